"""A fixed number of threads on one listen queue: as many clients as workers, and no fewer."""

import signal
from collections.abc import Iterator

from stage import SILENCE, Launch
from workers import served_of_sixteen, two_shifts

EXERCISE = "kill -USR1 adds a worker: the client that waits in the listen queue is served."


def see(launch: Launch) -> None:
    with launch(WORKERS="4") as server:
        print("4 workers; threads without a client:", server.threads())
        two_shifts(server)
        print("threads:", server.threads())
    with launch(WORKERS="16") as server:
        print(f"16 workers, 16 clients: replies for {served_of_sixteen(server)}")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch(WORKERS="2") as server:
        first, second, third = server.connect_and_send(3)
        yield "2 workers serve 2 clients", first.has_reply(3) and second.has_reply(3)
        yield "the third client has no reply", not third.has_reply(SILENCE)
        server.process.send_signal(signal.SIGUSR1)
        yield "after SIGUSR1 the third client has its reply", third.has_reply(3)
