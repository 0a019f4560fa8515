"""Thirty threads that all block in accept of one listener, and then in recv for their client; the
first thread waits for a signal."""

import os
import signal
import socket
import threading

POOL = 30


def serve():
    while True:
        client, _ = listener.accept()
        with client:
            try:
                while text := client.recv(65536):
                    client.sendall(text)
            except OSError:
                pass


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
for _ in range(POOL):
    threading.Thread(target=serve, daemon=True).start()
print(f"READY port={os.environ['PORT']} model=prethread", flush=True)
signal.sigwait([signal.SIGTERM])
os._exit(0)
