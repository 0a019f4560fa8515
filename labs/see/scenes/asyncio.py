"""A coroutine that blocks its thread stops all the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from stage import Launch

EXERCISE = "For a line `sleep` the server calls time.sleep(1) before its reply; no client waits."


async def block() -> None:
    time.sleep(0.2)  # noqa: ASYNC251 - the mistake that the scene shows


async def tick(ticks: list[float]) -> None:
    while True:
        ticks.append(time.monotonic())
        await asyncio.sleep(0.01)


async def beside(name: str, wait: Callable[[], Awaitable[None]]) -> None:
    """Run a second coroutine beside the one that waits: does it run meanwhile?"""
    ticks: list[float] = []
    other = asyncio.create_task(tick(ticks))
    await asyncio.sleep(0)
    before = len(ticks)
    await wait()
    print(f"{name}: the other coroutine", "runs" if len(ticks) > before else "does not run")
    other.cancel()


async def compare() -> None:
    await beside("await asyncio.sleep(0.2)", lambda: asyncio.sleep(0.2))
    await beside("time.sleep(0.2)", block)
    await beside(
        "await asyncio.to_thread(time.sleep, 0.2)", lambda: asyncio.to_thread(block_thread)
    )


def block_thread() -> None:
    time.sleep(0.2)


def see(launch: Launch) -> None:
    asyncio.run(compare())
    with launch() as server:
        clients = server.connect(3)
        for client in clients:
            client.send()
        print(
            "labs/asyncio:", sum(c.has_reply() for c in clients), "clients have a reply;", end=" "
        )
        print("threads:", server.threads())


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        a, b, c, d = server.connect(4)
        b.send()
        yield "B sends a line and has its reply", b.has_reply()
        for sleeper in a, c, d:
            sleeper.send("sleep\n")
        yield "A, C and D send `sleep`: no reply yet", not a.has_reply(0.3)
        b.send()
        meanwhile = b.has_reply() and not any(s.has_reply(0.001) for s in (a, c, d))
        yield "B, meanwhile, has its reply", meanwhile
        yield "the server has a second thread for the call", server.threads() > 1
        yield "A, C and D have a reply as well", all(s.has_reply(3) for s in (a, c, d))
