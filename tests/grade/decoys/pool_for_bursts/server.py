"""A decoy: the thread in select serves up to three clients that are ready at once. Where four are,
a pool of four threads serves all of them, and it only waits for the pool."""

import select
import time
from concurrent.futures import ThreadPoolExecutor

from lab import (
    CLOSED,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)

POOL, MANY = 4, 4
obey_signals()
listener = open_listener(blocking=False)
clients = set()
pool = ThreadPoolExecutor(POOL)
list(pool.map(time.sleep, [0.02] * POOL))  # its threads exist from now on
say_ready(listener, "select")
while True:
    readable, _, _ = select.select([listener, *clients], [], [])
    ready = [each for each in readable if each is not listener]
    steps = list(pool.map(echo_step, ready) if len(ready) >= MANY else map(echo_step, ready))
    for client, step in zip(ready, steps, strict=True):
        if step == CLOSED:
            clients.discard(client)
            close_client(client)
    if listener in readable:
        while hasattr(client := accept_client(listener, blocking=False), "recv"):
            clients.add(client)
