"""Two clients and one thread: the second waits until the first has left."""

import time
from collections.abc import Iterator

from stage import SILENCE, Launch

EXERCISE = "A client that sends nothing for 200 ms is disconnected; the next client has its turn."


def see(launch: Launch) -> None:
    with launch() as server:
        a, b = server.connect(2)
        a.send()
        print("A sends a line:", "reply" if a.has_reply() else "no reply")
        b.send()
        print("B sends a line:", "reply" if b.has_reply(SILENCE) else "no reply")
        print("the server's thread, looked at 20 times:", server.states())
        a.leave()
        print("A leaves")
        print("B receives:", "reply" if b.has_reply() else "no reply")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        a, b = server.connect(2)
        a.send()
        yield "A sends a line and has its reply", a.has_reply()
        b.send()
        yield "A is silent, and B has its reply", b.has_reply(3)
        yield "A is disconnected", a.is_closed(3)
        for _ in range(4):
            time.sleep(0.1)
            b.send()
            replied = b.has_reply(3)
        yield "B sends a line every 100 ms, and stays connected", replied
