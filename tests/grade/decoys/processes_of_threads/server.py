"""A decoy: it says that each client has a process; one process was made, in which each client has a
thread."""

import os
import socket
import threading


def serve(client):
    with client:
        try:
            while text := client.recv(65536):
                client.sendall(text)
        except OSError:
            pass


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
print(f"READY port={os.environ['PORT']} model=fork", flush=True)
if os.fork():
    os.wait()
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
