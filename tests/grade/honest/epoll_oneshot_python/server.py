"""epoll with EPOLLONESHOT: each client is armed again after it was served."""

import select

from lab import (
    CLOSED,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)

ONCE = select.EPOLLIN | select.EPOLLONESHOT
obey_signals()
listener = open_listener(blocking=False)
waiting = select.epoll()
waiting.register(listener, select.EPOLLIN)
clients = {}
say_ready(listener, "epoll")
while True:
    for fd, _ in waiting.poll():
        if fd == listener.fileno():
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                clients[client.fileno()] = client
                waiting.register(client, ONCE)
        elif echo_step(clients[fd]) == CLOSED:
            waiting.unregister(fd)
            close_client(clients.pop(fd))
        else:
            waiting.modify(fd, ONCE)
