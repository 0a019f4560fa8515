"""One thread waits for all clients in one call, and 1024 is a number like any other."""

import time
from collections.abc import Iterator

from multiplexed import eleven_hundred, three_in_turn
from stage import Launch

EXERCISE = "A client that sends nothing for 200 ms is disconnected. Without a client poll sleeps."


def see(launch: Launch) -> None:
    with launch() as server:
        three_in_turn(server)
    with launch(nofile=4096) as server:
        eleven_hundred(server, 4096, limit=False)
    with launch(nofile=256) as server:
        eleven_hundred(server, 256)


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        a, b = server.connect(2)
        a.send()
        yield "A sends a line and has its reply", a.has_reply()
        for _ in range(5):
            b.send_if_connected()
            replied = b.has_reply(3)
            time.sleep(0.1)
        yield "B sends a line every 100 ms, and stays connected", replied
        yield "A is silent, and is disconnected", a.is_closed(1)
        yield "B is silent now, and is disconnected", b.is_closed(1)
        yield "without a client the thread sleeps", server.states() == "S" * 20
