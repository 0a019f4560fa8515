"""A fixed number of threads on one listen queue: as many clients as workers, and no fewer."""

import signal
from collections.abc import Iterator

from stage import SILENCE, Launch, those_with_reply

EXERCISE = "kill -USR1 adds a worker: the client that waits in the listen queue is served."


def see(launch: Launch) -> None:
    with launch(WORKERS="4") as server:
        print("4 workers; threads without a client:", server.threads())
        clients = server.connect(64)
        for client in clients:
            client.send()
        served = those_with_reply(clients)
        print(f"64 clients send a line: replies for {len(served)}")
        for client in served:
            client.leave()
        waiting = [client for client in clients if client not in served]
        next_served = those_with_reply(waiting)
        print(f"these {len(served)} leave: replies for {len(next_served)} others")
        print("threads:", server.threads())
    with launch(WORKERS="16") as server:
        clients = server.connect(16)
        for client in clients:
            client.send()
        print(f"16 workers, 16 clients: replies for {len(those_with_reply(clients))}")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch(WORKERS="2") as server:
        first, second, third = server.connect(3)
        for client in (first, second, third):
            client.send()
        yield "2 workers serve 2 clients", first.has_reply(3) and second.has_reply(3)
        yield "the third client has no reply", not third.has_reply(SILENCE)
        server.process.send_signal(signal.SIGUSR1)
        yield "after SIGUSR1 the third client has its reply", third.has_reply(3)
