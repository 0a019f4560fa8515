"""A state is reported until it ends, a change once."""

import select
import signal
from collections.abc import Iterator
from socket import SHUT_WR, socketpair

from kernel import interest, rest, settles
from stage import Launch

EXERCISE = "The listening socket is edge-triggered as well, and no client is left in its queue."
CROWD = 150


def see(launch: Launch) -> None:
    for name, trigger in ("level-triggered", 0), ("edge-triggered", select.EPOLLET):
        here, there = socketpair()
        watched = select.epoll()
        watched.register(there, select.EPOLLIN | trigger)
        print(f"{name}:")
        here.send(b"hello")
        reports = [len(watched.poll(0)) for _ in range(3)]
        print("  5 bytes arrive; three calls of epoll_wait report:", *reports)
        there.recv(2)
        print("  2 of them are read; the next call reports:", len(watched.poll(0)))
        here.send(b"!")
        print("  1 more byte arrives; the next call reports:", len(watched.poll(0)))
    with launch() as server:
        [a] = server.connect()
        server.process.send_signal(signal.SIGSTOP)
        a.send("the last words\n")
        a.socket.shutdown(SHUT_WR)
        server.process.send_signal(signal.SIGCONT)
        print("labs/epoll_et, bytes and EOF in one edge:", rest(a).strip(), "and EOF")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        edges = [events for events in interest(server) if events & select.EPOLLET]
        yield "the listening socket is registered with EPOLLET", len(edges) == 1
        served = all(client.has_reply(3) for client in server.crowd(CROWD))
        yield f"{CROWD} clients connect at once: replies", served
    with launch(nofile=100) as server:
        clients = server.crowd(CROWD)
        settled = all(client.has_reply(3) or client.is_closed(3) for client in clients)
        yield "with room for 100 descriptors: a reply, or refused; none is left waiting", settled
        for client in clients:
            client.leave()
        settles(lambda: len(interest(server)) == 1)
        [late] = server.connect()
        late.send()
        yield "all leave, one more client comes: it has its reply", late.has_reply(3)
