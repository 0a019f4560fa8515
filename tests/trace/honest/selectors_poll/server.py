"""The selectors module with a PollSelector."""

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
selector = selectors.PollSelector()
selector.register(listener, selectors.EVENT_READ)
say_ready(listener, "poll")
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            client = accept_client(listener, blocking=False)
            if hasattr(client, "recv"):
                selector.register(client, selectors.EVENT_READ)
        elif echo_step(key.fileobj) == CLOSED:
            selector.unregister(key.fileobj)
            close_client(key.fileobj)
