"""Three processes, each with its own listening socket (SO_REUSEPORT) and its own epoll."""

import os
import select
import socket

from lab import CLOSED, accept_client, close_client, echo_step, obey_signals


def serve(listener):
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for fd, _ in epoll.poll():
            if fd == listener.fileno():
                client = accept_client(listener, blocking=False)
                if hasattr(client, "recv"):
                    clients[client.fileno()] = client
                    epoll.register(client, select.EPOLLIN)
            elif echo_step(clients[fd]) == CLOSED:
                close_client(clients.pop(fd))


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("0.0.0.0", int(os.environ["PORT"])))
    listener.listen(500)
    listener.setblocking(False)
    return listener


obey_signals()
listeners = [listen() for _ in range(3)]
for listener in listeners[1:]:
    if os.fork() == 0:
        serve(listener)
print(f"READY port={os.environ['PORT']} model=epoll", flush=True)
serve(listeners[0])
