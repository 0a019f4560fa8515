"""poll whose time-out is that of the next slot of a wheel of timers, every 50 milliseconds; a
client that was silent for a minute would be closed."""

import select
import time

from lab import (
    CLOSED,
    STUCK,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)

SLOT, SLOTS = 0.05, 1200
obey_signals()
listener = open_listener(blocking=False)
waiting = select.poll()
waiting.register(listener, select.POLLIN)
clients, due = {}, {}
wheel = [set() for _ in range(SLOTS)]
slot, since = 0, time.monotonic()


def keep(fd):
    wheel[due.get(fd, 0)].discard(fd)
    due[fd] = (slot - 1) % SLOTS
    wheel[due[fd]].add(fd)


def drop(fd):
    wheel[due.pop(fd)].discard(fd)
    waiting.unregister(fd)
    close_client(clients.pop(fd))


say_ready(listener, "poll")
while True:
    left = since + SLOT - time.monotonic()
    while left <= 0:
        for fd in list(wheel[slot]):
            drop(fd)
        slot, since, left = (slot + 1) % SLOTS, since + SLOT, left + SLOT
    for fd, _ in waiting.poll(left * 1000):
        if fd == listener.fileno():
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                clients[client.fileno()] = client
                waiting.register(client, select.POLLIN)
                keep(client.fileno())
            continue
        step = echo_step(clients[fd])
        if step == CLOSED:
            drop(fd)
        else:
            keep(fd)
            waiting.modify(fd, select.POLLOUT if step == STUCK else select.POLLIN)
