"""A decoy: a forked child serves with poll; the parent calls select on a pipe that the child
writes to."""

import os
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

obey_signals()
listener = open_listener(blocking=False)
read, write = os.pipe()
if os.fork() == 0:
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    clients = {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                client = accept_client(listener, blocking=False)
                if hasattr(client, "recv"):
                    clients[client.fileno()] = client
                    poller.register(client, select.POLLIN)
                continue
            os.write(write, b"x")
            if echo_step(clients[fd]) == CLOSED:
                poller.unregister(fd)
                close_client(clients.pop(fd))
say_ready(listener, "select")
while True:
    select.select([read], [], [])
    os.read(read, 100)
