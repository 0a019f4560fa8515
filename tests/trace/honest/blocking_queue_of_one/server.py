"""One client at a time, and a listen queue of one: most connections fail."""

import os
import socket

with socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=1) as listener:
    print(f"READY port={os.environ['PORT']} model=blocking", flush=True)
    while True:
        client, _ = listener.accept()
        with client:
            while text := client.recv(4096):
                client.sendall(text)
