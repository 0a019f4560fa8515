"""A ThreadPoolExecutor of 100 threads; each client occupies one of them until it leaves."""

from concurrent.futures import ThreadPoolExecutor

from lab import (
    accept_client,
    close_client,
    echo_until_closed,
    obey_signals,
    open_listener,
    say_ready,
)


def serve(client):
    echo_until_closed(client)
    close_client(client)


obey_signals()
listener = open_listener(blocking=True)
with ThreadPoolExecutor(100) as pool:
    say_ready(listener, "thread")
    while True:
        client = accept_client(listener, blocking=True)
        if hasattr(client, "recv"):
            pool.submit(serve, client)
