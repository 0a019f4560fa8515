"""A process for each client: the end of one process is the end of one client."""

import os
import signal
import time
from collections.abc import Iterator

from stage import Launch

EXERCISE = "At most 4 clients at a time: the fifth is refused, with limit=PROCESSES."


def see(launch: Launch) -> None:
    with launch() as server:
        print("children without a client:", len(server.children()))
        a, b = server.connect(2)
        for name, client in (("A", a), ("B", b)):
            client.send()
            print(f"{name} sends a line:", "reply" if client.has_reply() else "no reply")
        print("children:", len(server.children()))
        os.kill(server.children()[0], signal.SIGKILL)
        print("kill -9 the first child. A:", "disconnected" if a.is_closed() else "connected")
        b.send()
        print("B sends a line:", "reply" if b.has_reply() else "no reply")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        clients = server.connect(4)
        replied = []
        for client in clients:
            client.send()
            replied.append(client.has_reply(3))
        yield "4 clients send a line and have their replies", all(replied)
        [fifth] = server.connect()
        yield "the fifth is disconnected", fifth.is_closed(1)
        yield "the server prints the limit", server.line().startswith("REFUSED limit=PROCESSES ")
        clients[0].leave()
        served = False
        end = time.monotonic() + 3
        while not served and time.monotonic() < end:  # the parent may not have noticed yet
            [client] = server.connect()
            client.send_if_connected()
            served = client.has_reply(3)
        yield "one leaves, and a new client has its reply", served
