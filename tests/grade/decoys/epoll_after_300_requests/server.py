"""A decoy: select for the first 300 requests, then epoll."""

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

FIRST = 300
obey_signals()
listener = open_listener(blocking=False)
clients = {listener.fileno(): listener}
served = 0
say_ready(listener, "select")


def serve(fd):
    if fd == listener.fileno():
        client = accept_client(listener, blocking=False)
        if hasattr(client, "recv"):
            clients[client.fileno()] = client
            return client.fileno()
    elif echo_step(clients[fd]) == CLOSED:
        close_client(clients.pop(fd))
    return None


while served < FIRST:
    ready, _, _ = select.select(list(clients), [], [])
    served += len(ready)
    for each in ready:
        serve(each)

waiting = select.epoll()
for each in clients:
    waiting.register(each, select.EPOLLIN)
while True:
    for each, _ in waiting.poll():
        if (new := serve(each)) is not None:
            waiting.register(new, select.EPOLLIN)
