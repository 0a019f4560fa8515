"""The kernel keeps the list of clients: it is there before, during and after every call."""

import signal
import time
from collections.abc import Iterator

from kernel import interest, send_until_stuck, settles
from stage import SILENCE, Launch

EXERCISE = "On SIGUSR1 the server prints `clients=N`; the signal comes through epoll_wait too."
WRITABLE = 0x4  # EPOLLOUT


def see(launch: Launch) -> None:
    with launch() as server:
        print("the interest list in the kernel:", len(interest(server)), "descriptor")
        a, b, _ = server.connect(3)
        a.send()
        print("3 clients connect, A sends a line:", "reply" if a.has_reply() else "no reply")
        settles(lambda: len(interest(server)) == 4)
        print("the interest list:", len(interest(server)), "descriptors")
        send_until_stuck(b)
        print("B sends and does not read")
        stuck = settles(lambda: WRITABLE in [0x7 & events for events in interest(server)])
        print("the server waits for B's socket to become:", "writable" if stuck else "readable")
        b.leave()
        settles(lambda: len(interest(server)) == 3)
        print("B leaves; the interest list:", len(interest(server)), "descriptors")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        a, b, _ = server.connect(3)
        a.send()
        yield "A sends a line and has its reply", a.has_reply()
        settles(lambda: len(interest(server)) >= 4)
        watched = len(interest(server))
        yield "the interest list has one more descriptor than listener and clients", watched == 5
        server.process.send_signal(signal.SIGUSR1)
        yield "SIGUSR1 makes the server print clients=3", server.line() == "clients=3"
        a.leave()
        settles(lambda: len(interest(server)) == 4)
        server.process.send_signal(signal.SIGUSR1)
        yield "A leaves: clients=2", server.line() == "clients=2"
        time.sleep(SILENCE)
        yield "the server sleeps meanwhile", set(server.states()) == {"S"}
        b.send()
        yield "B sends a line and has its reply", b.has_reply()
