"""select, and sockets with a time-out of five seconds: CPython calls poll before each recv."""

import os
import select
import socket

listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
clients = {listener.fileno(): listener}
print(f"READY port={os.environ['PORT']} model=select", flush=True)
while True:
    ready, _, _ = select.select(list(clients), [], [])
    for fd in ready:
        if fd == listener.fileno():
            client, _ = listener.accept()
            client.settimeout(5)
            clients[client.fileno()] = client
            continue
        try:
            text = clients[fd].recv(65536)
            clients[fd].sendall(text)
        except OSError:
            text = b""
        if not text:
            clients.pop(fd).close()
