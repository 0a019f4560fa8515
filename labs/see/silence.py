"""The exercise of several labs: disconnect a silent client. The labs differ in how to wait."""

import time
from collections.abc import Iterator

from kernel import descriptors
from stage import Launch


def disconnects(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        a, b, c = server.connect(3)
        a.send()
        yield "A sends a line and has its reply", a.has_reply()
        for _ in range(6):
            b.send()
            replied = b.has_reply(3)
            time.sleep(0.1)
        yield "B sends a line every 100 ms, and stays connected", replied
        yield "A is disconnected", a.is_closed(2)
        yield "C, which has never sent anything, is disconnected", c.is_closed(3)
        yield "the server needs no thread for that", server.threads() == 1
        yield "and no descriptor", not descriptors(server, "[timerfd]")
        yield "B is disconnected, silent by now", b.is_closed(3)
        yield "the server sleeps without clients", set(server.states()) == {"S"}
        [d] = server.connect()
        d.send()
        yield "a new client has its reply", d.has_reply(3)
