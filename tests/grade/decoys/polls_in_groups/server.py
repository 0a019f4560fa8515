"""A decoy: select, until three clients are ready at once. Then poll serves, in groups of fourteen
clients, one call after another, until nothing has come for 12 milliseconds."""

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

GROUP, MANY, QUIET = 14, 3, 0.012
groups = []
group_of = {}
clients = {}


def enter(client):
    fd = client.fileno()
    for group in groups:
        if len(group[1]) < GROUP:
            break
    else:
        group = (select.poll(), set())
        groups.append(group)
    group[0].register(fd, select.POLLIN)
    group[1].add(fd)
    group_of[fd] = group
    clients[fd] = client


def accept_all():
    while hasattr(client := accept_client(listener, blocking=False), "recv"):
        enter(client)


def serve(fd):
    if fd == listener.fileno():
        accept_all()
    elif echo_step(clients[fd]) == CLOSED:
        waiting, members = group_of.pop(fd)
        waiting.unregister(fd)
        members.discard(fd)
        close_client(clients.pop(fd))


def serve_by_groups():
    last, turn = time.monotonic(), 0
    while time.monotonic() - last < QUIET:
        ready = [fd for waiting, _ in groups for fd, _ in waiting.poll(0)]
        for fd in ready:
            serve(fd)
        accept_all()
        if ready:
            last = time.monotonic()
        elif groups:
            turn += 1
            groups[turn % len(groups)][0].poll(1)  # the next round serves


obey_signals()
listener = open_listener(blocking=False)
say_ready(listener, "select")
while True:
    ready, _, _ = select.select([listener.fileno(), *clients], [], [])
    for each in ready:
        serve(each)
    if len(ready) >= MANY:
        serve_by_groups()
