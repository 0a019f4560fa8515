"""A thread for each client, with a time-out on its socket: CPython then waits in poll before it
reads."""

import os
import socket
import threading


def serve(client):
    client.settimeout(60)
    with client:
        while text := client.recv(4096):
            client.sendall(text)


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
print(f"READY port={os.environ['PORT']} model=thread", flush=True)
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
