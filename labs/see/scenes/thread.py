"""A thread for each client: a client that is silent, or does not read, delays no other client."""

from collections.abc import Iterator

from stage import SILENCE, Launch

EXERCISE = "At most 4 clients at a time: the fifth waits in the listen queue until one leaves."


def see(launch: Launch) -> None:
    with launch() as server:
        print("threads without a client:", server.threads())
        a, b, c = server.connect(3)
        c.send()
        print("A and B are silent. C sends a line:", "reply" if c.has_reply() else "no reply")
        print("threads:", server.threads())
        a.send_without_reading()
        print("A sends and never reads, until its thread blocks in send")
        b.send()
        print("B sends a line:", "reply" if b.has_reply() else "no reply")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        clients = server.connect(5)
        replied = []
        for client in clients[:4]:
            client.send()
            replied.append(client.has_reply(3))
        yield "4 clients send a line and have their replies", all(replied)
        clients[4].send()
        yield "the fifth is connected, and has no reply", not clients[4].has_reply(SILENCE)
        clients[0].leave()
        yield "one leaves, and the fifth has its reply", clients[4].has_reply(3)
