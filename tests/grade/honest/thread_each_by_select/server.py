"""A thread for each client, which waits for it in select, so that it can also end in time."""

import os
import select
import socket
import threading

ending = False


def serve(client):
    with client:
        while not ending:
            ready, _, _ = select.select([client], [], [], 0.5)
            if ready:
                text = client.recv(65536)
                if not text:
                    return
                client.sendall(text)


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
print(f"READY port={os.environ['PORT']} model=thread", flush=True)
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
