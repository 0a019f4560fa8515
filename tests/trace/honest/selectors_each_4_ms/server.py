"""The selectors module with a timeout of 4 ms."""

import selectors

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
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
say_ready(listener, "epoll")
while True:
    for key, _ in selector.select(0.004):
        if key.fileobj is listener:
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                selector.register(client, selectors.EVENT_READ)
        elif echo_step(key.fileobj) == CLOSED:
            selector.unregister(key.fileobj)
            close_client(key.fileobj)
