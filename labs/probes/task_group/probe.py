"""task_group: what becomes of the other children when one of several tasks fails?

A parent starts its children in three ways: create_task alone, asyncio.gather, asyncio.TaskGroup.
Two children work, in many steps. Then a third child fails, or a third and a fourth in the same
round of the event loop, or the parent itself is cancelled. When the parent goes on: which error
does it have, how many children still run, how many have cleaned up? How many steps do they take
after that?

Each step is one round of the event loop: nothing depends on time.
"""

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Never

STEPS = 1000
FAILS_AT = 10
CASES = ("one child fails", "two children fail", "the parent is cancelled")


class ChildError(Exception):
    """What a child fails with."""


@dataclass
class Work:
    """What the children have done so far."""

    running: int = 0
    cleaned_up: int = 0
    steps: int = 0


async def rest(rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)


async def work(done: Work) -> None:
    """Work in steps, and clean up at the end, however it comes."""
    done.running += 1
    try:
        for _ in range(STEPS):
            await asyncio.sleep(0)
            done.steps += 1
    finally:
        done.running -= 1
        done.cleaned_up += 1


async def fail() -> Never:
    await rest(FAILS_AT)
    raise ChildError


Child = Coroutine[Any, Any, None]
started: set[asyncio.Task[None]] = set()


async def by_create_task(children: list[Child]) -> None:
    """The tasks belong to the loop: nothing leads from a child back to its parent."""
    started.update(map(asyncio.create_task, children))
    await rest(2 * FAILS_AT)


async def by_gather(children: list[Child]) -> None:
    await asyncio.gather(*children)


async def by_task_group(children: list[Child]) -> None:
    async with asyncio.TaskGroup() as group:
        for child in children:
            group.create_task(child)


WAYS: dict[str, Callable[[list[Child]], Awaitable[None]]] = {
    "create_task": by_create_task,
    "gather": by_gather,
    "TaskGroup": by_task_group,
}


def errors_in(error: BaseException) -> int:
    if isinstance(error, BaseExceptionGroup):
        return sum(map(errors_in, error.exceptions))
    return int(isinstance(error, ChildError))


def children_of(case: str, done: Work) -> list[Child]:
    failing = CASES.index(case) + 1 if case != "the parent is cancelled" else 0
    return [work(done), work(done), *(fail() for _ in range(failing))]


async def run_parent(way: str, case: str, done: Work) -> tuple[str, int]:
    """Return the name of the parent's error, and the number of children's errors in it."""
    parent = asyncio.ensure_future(WAYS[way](children_of(case, done)))
    if case == "the parent is cancelled":
        await rest(FAILS_AT)
        parent.cancel()
    try:
        await parent
    except (ChildError, BaseExceptionGroup, asyncio.CancelledError) as error:
        return type(error).__name__, errors_in(error)
    return "none", 0


async def try_one(way: str, case: str) -> dict[str, str | int]:
    done = Work()
    unseen: list[str] = []  # errors that reached no parent, which asyncio only logs
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, about: unseen.append(about["message"]))
    error, errors = await run_parent(way, case, done)
    then = Work(done.running, done.cleaned_up, done.steps)
    await rest(2 * STEPS)
    started.clear()
    gc.collect()  # an error that no task awaits is logged when its task is freed
    return {
        "probe": "task_group",
        "way": way,
        "case": case,
        "parent_has": error,
        "errors_seen": errors,
        "errors_logged": len(unseen),
        "running": then.running,
        "cleaned_up": then.cleaned_up,
        "steps_after": done.steps - then.steps,
    }


def main() -> None:
    for case in CASES:
        for way in WAYS:
            finding = asyncio.run(try_one(way, case))
            print(json.dumps(finding, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
