"""One thread, three functions that are suspended in the middle of a loop."""

import sys
from collections.abc import Iterator

from silence import disconnects
from stage import LABS, Launch

sys.path.append(str(LABS / "aecho"))
from loop import Task, run, sleep

EXERCISE = "A client that sends nothing for 200 ms is disconnected, by a second task that sleeps."


async def count(name: str) -> None:
    try:
        for i in 1, 2, 3:
            print(name, i, end="  ")
            await sleep(0)
    finally:
        print(name, "ends", end="  ")


async def main() -> None:
    a, b, c = (Task(count(name)) for name in "ABC")
    await sleep(0)
    await sleep(0)
    print("| cancel B:", end=" ")
    b.cancel()
    await a
    await c
    print()


def see(launch: Launch) -> None:
    run(main())
    with launch() as server:
        clients = server.connect(3)
        for client in clients:
            client.send()
        print("labs/aecho:", sum(c.has_reply() for c in clients), "clients have a reply;", end=" ")
        print("threads:", server.threads())


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    yield from disconnects(launch)
