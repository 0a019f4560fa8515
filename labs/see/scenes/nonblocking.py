"""One thread serves all clients and never sleeps, with or without work."""

from collections.abc import Iterator

from stage import Launch

EXERCISE = "The thread sleeps for a few milliseconds in each round, and still serves all clients."


def see(launch: Launch) -> None:
    with launch() as server:
        print("without a client, the thread, looked at 20 times:", server.states())
        a, b = server.connect(2)
        b.send()
        print("A is silent. B sends a line:", "reply" if b.has_reply() else "no reply")
        a.send()
        print("A sends a line:", "reply" if a.has_reply() else "no reply")
        print("threads:", server.threads())
        print("both are silent, the thread, looked at 20 times:", server.states())


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        clients = server.connect(10)
        replied = []
        for client in reversed(clients):
            client.send()
            replied.append(client.has_reply(3))
        yield "10 clients send a line and have their replies", all(replied)
        asleep = server.states().count("S")
        yield "all are silent, and the thread sleeps in most of 20 looks", asleep > 10
