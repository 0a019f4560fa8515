"""Two rings: how many requests the server writes, and how many results it gets for them."""

from collections.abc import Iterator
from subprocess import DEVNULL

from kernel import ring, settles
from silence import disconnects
from stage import Launch

EXERCISE = "A client that sends nothing for 200 ms is disconnected, by a timeout in the ring."


def see(launch: Launch) -> None:
    launch.log = DEVNULL  # the features of the kernel, which it lists
    with launch() as server:
        settles(lambda: ring(server) == (1, 0))
        requests, results = ring(server)
        print("the server is READY:", requests, "request,", results, "results")
        a, *idle = server.connect(10)
        settles(lambda: ring(server) == (11, 10))
        requests, results = ring(server)
        print(1 + len(idle), "clients connect:", requests, "requests,", results, "results")
        for _ in range(5):
            a.send()
            a.has_reply()
        settles(lambda: ring(server) == (16, 20))
        requests, results = ring(server)
        print("A sends 5 lines:", requests, "requests,", results, "results")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    launch.log = DEVNULL
    yield from disconnects(launch)
