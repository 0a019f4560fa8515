"""Two threads, one client: what keeps it from being served by both."""

import select
from collections.abc import Iterator
from socket import socketpair
from threading import Thread

from kernel import epolls, interest, settles
from stage import Launch

EXERCISE = "Each of the THREADS threads has an epoll descriptor and clients of its own."
ONESHOT = int(select.EPOLLONESHOT)
FLAGS = {"no flag": 0, "EPOLLET": int(select.EPOLLET), "EPOLLONESHOT": ONESHOT}


def receives(watched: select.epoll) -> str:
    """Call epoll_wait in a thread of its own. Does it return the client?"""
    events: list[tuple[int, int]] = []
    thread = Thread(target=lambda: events.extend(watched.poll(0)))
    thread.start()
    thread.join()
    return "yes" if events else "no"


def see(launch: Launch) -> None:
    for name, flag in FLAGS.items():
        client, server_side = socketpair()
        watched = select.epoll()
        watched.register(server_side, select.EPOLLIN | flag)
        client.send(b"first")
        one = receives(watched)
        client.send(b"second")
        two = receives(watched)
        print(f"{name}: thread 1 is notified: {one}; more bytes, thread 2 is notified: {two}")
        if flag == ONESHOT:
            watched.modify(server_side, select.EPOLLIN | flag)
            print("  thread 1 arms the client again; a thread is notified:", receives(watched))
    with launch(THREADS="4") as server:
        [a] = server.connect()
        a.send()
        print("labs/epoll_threads, a client sends:", "reply" if a.has_reply() else "no reply")
        print("threads:", server.threads(), "epoll descriptors:", len(epolls(server)))
        settles(lambda: all(events & ONESHOT for events in interest(server)))
        oneshot = sum(1 for events in interest(server) if events & ONESHOT)
        print("entries in the interest list:", len(interest(server)), "with EPOLLONESHOT:", oneshot)


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch(THREADS="4") as server:
        yield "the server has 4 threads or more", settles(lambda: server.threads() >= 4)
        clients = server.connect(16)
        for client in clients:
            client.send()
        yield "16 clients have their replies", all(c.has_reply(3) for c in clients)
        lists = epolls(server)
        yield "there are 4 epoll descriptors or more", len(lists) >= 4
        yield "none holds more than 12 of the 16 clients", max(map(len, lists)) <= 13
        once = [events for events in interest(server) if events & ONESHOT]
        yield "no client needs EPOLLONESHOT any more", len(once) <= len(lists)
