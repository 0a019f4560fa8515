"""poll; before the first client the server asks another program for its host's name, and while it
serves, a timer of the threading module looks at the clock."""

import os
import select
import socket
import subprocess
import threading
import time

subprocess.run(["/bin/sh", "-c", "echo host; echo warning >&2"], capture_output=True, check=False)
started = time.monotonic()
ages = []


def look() -> None:
    ages.append(time.monotonic() - started)
    again = threading.Timer(0.05, look)
    again.daemon = True
    again.start()


look()
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
listener.setblocking(False)
clients = {}
watched = select.poll()
watched.register(listener, select.POLLIN)
print(f"READY port={os.environ['PORT']} model=poll", flush=True)
while True:
    for fd, _ in watched.poll():
        if fd == listener.fileno():
            try:
                client, _ = listener.accept()
            except BlockingIOError:
                continue
            clients[client.fileno()] = client
            watched.register(client, select.POLLIN)
            continue
        try:
            text = clients[fd].recv(65536)
            clients[fd].sendall(text)
        except OSError:
            text = b""
        if not text:
            watched.unregister(fd)
            clients.pop(fd).close()
