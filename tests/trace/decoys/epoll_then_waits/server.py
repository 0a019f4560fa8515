"""A decoy: epoll reports which client is ready; then the thread sleeps for 30 ms before it
reads."""

import select
import time

from lab import (
    CLOSED,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)

obey_signals()
listener = open_listener(blocking=False)
epoll = select.epoll()
epoll.register(listener, select.EPOLLIN)
clients = {}
say_ready(listener, "epoll")
while True:
    for fd, _ in epoll.poll():
        if fd == listener.fileno():
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                clients[client.fileno()] = client
                epoll.register(client, select.EPOLLIN)
            continue
        time.sleep(0.03)
        if echo_step(clients[fd]) == CLOSED:
            close_client(clients.pop(fd))
