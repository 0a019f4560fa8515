"""Three helper threads: the fourth idle client needs a fourth."""

from collections.abc import Iterator

from stage import SILENCE, Launch

EXERCISE = "An idle client needs no helper thread: start its read when its socket is readable."


def see(launch: Launch) -> None:
    with launch(AIO_THREADS="3") as server:
        print("threads of the server, before any client:", server.threads())
        a, *others = server.connect(3)
        a.send()
        print(
            1 + len(others),
            "clients connect, A sends a line:",
            "reply" if a.has_reply() else "no reply",
        )
        server.wait_until_idle(3)  # each client's read has been begun, and its helper made
        print("threads of the server:", server.threads(), "(3 of them are glibc's)")
        [d] = server.connect()
        d.send()
        print("D connects and sends a line:", "reply" if d.has_reply(SILENCE) else "no reply")
        a.leave()
        print("A leaves, D receives:", "reply" if d.has_reply() else "no reply")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch(AIO_THREADS="3") as server:
        clients = server.connect(20)
        server.wait_until_accepted(20)
        clients[-1].send()
        yield (
            "20 idle clients, 3 helper threads: one sends and has its reply",
            clients[-1].has_reply(3),
        )
        for client in clients:
            client.send()
        yield "all of them send and have a reply", all(c.has_reply(10) for c in clients)
        yield "the helper threads exist", server.threads() >= 3
        clients[0].leave()
        [late] = server.connect()
        late.send()
        yield "a client leaves, another comes: it has its reply", late.has_reply(3)
        yield "the main thread sleeps while all are idle", set(server.states()) == {"S"}
