"""A loop that asks every client by readv, on sockets that do not block, and never sleeps."""

import os
import socket

listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
listener.setblocking(False)
clients = []
room = bytearray(65536)
print(f"READY port={os.environ['PORT']} model=nonblocking", flush=True)
while True:
    try:
        client, _ = listener.accept()
        client.setblocking(False)
        clients.append(client)
    except BlockingIOError:
        pass
    for client in list(clients):
        try:
            length = os.readv(client.fileno(), [room])
            client.sendall(room[:length])
        except BlockingIOError:
            continue
        except OSError:
            length = 0
        if not length:
            clients.remove(client)
            client.close()
