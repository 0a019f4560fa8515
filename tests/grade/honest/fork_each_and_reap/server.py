"""A process for each client; a handler of SIGCHLD reaps those that have ended."""

import os
import signal
import socket


def reap(number, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
signal.signal(signal.SIGCHLD, reap)
print(f"READY port={os.environ['PORT']} model=fork", flush=True)
while True:
    client, _ = listener.accept()
    if os.fork() == 0:
        listener.close()
        try:
            with client:
                while text := client.recv(65536):
                    client.sendall(text)
        finally:
            os._exit(0)
    client.close()
