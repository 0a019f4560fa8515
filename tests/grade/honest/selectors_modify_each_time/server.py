"""selectors.DefaultSelector whose interest is set anew after each event, as proxies do: read, then
write, then read; with a time-out and a queue of calls that other parts of a program would fill."""

import collections
import selectors

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

obey_signals()
listener = open_listener(blocking=False)
waiting = selectors.DefaultSelector()
calls: collections.deque = collections.deque()


def accepted(sock, _events):
    client = accept_client(sock, blocking=False)
    if hasattr(client, "recv"):
        waiting.register(client, selectors.EVENT_READ, served)


def served(client, _events):
    step = echo_step(client)
    if step == CLOSED:
        waiting.unregister(client)
        close_client(client)
        return
    event = selectors.EVENT_WRITE if step == STUCK else selectors.EVENT_READ
    calls.append(lambda: waiting.modify(client, event, served))


waiting.register(listener, selectors.EVENT_READ, accepted)
say_ready(listener, "epoll")
while True:
    for key, events in waiting.select(timeout=0.3):
        key.data(key.fileobj, events)
    while calls:
        calls.popleft()()
