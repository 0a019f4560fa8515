"""A decoy: select.select is replaced by a function of that name that waits in poll."""

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


def select_by_poll(readers, _writers, _others):
    waiting = select.poll()
    for fd in readers:
        waiting.register(fd, select.POLLIN)
    return [fd for fd, _ in waiting.poll()], [], []


select.select = select_by_poll
obey_signals()
listener = open_listener(blocking=False)
clients = {}
say_ready(listener, "select")
while True:
    ready, _, _ = select.select([listener.fileno(), *clients], [], [])
    for fd in ready:
        if fd == listener.fileno():
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                clients[client.fileno()] = client
        elif echo_step(clients[fd]) == CLOSED:
            close_client(clients.pop(fd))
