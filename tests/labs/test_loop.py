"""The loop of aecho, labs/aecho/loop.py: tasks, time, and how a task is cancelled."""

import socket
from typing import Any

import pytest

from .servers import DEADLINE


def test_run_returns_what_the_coroutine_returns(loop: Any) -> None:
    async def seven() -> int:
        return 7

    assert loop.run(seven()) == 7


def test_timers_end_in_the_order_of_their_times(loop: Any) -> None:
    ended: list[float] = []

    async def wait(seconds: float) -> None:
        await loop.sleep(seconds)
        ended.append(seconds)

    async def main() -> None:
        for task in [loop.Task(wait(s)) for s in (0.03, 0.01, 0.04, 0.0, 0.02, 0.01)]:
            await task

    loop.run(main())
    assert ended == [0.0, 0.01, 0.01, 0.02, 0.03, 0.04]


def test_timers_of_the_same_time_end_in_the_order_they_began(
    loop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heap never compares two tasks, which have no order."""
    monkeypatch.setattr(loop, "monotonic", lambda: 0.0)
    ended: list[int] = []

    async def wait(number: int) -> None:
        await loop.sleep(0)
        ended.append(number)

    async def main() -> None:
        for task in [loop.Task(wait(number)) for number in range(50)]:
            await task

    loop.run(main())
    assert ended == list(range(50))


def test_sleep_is_never_too_short(loop: Any) -> None:
    """Not even if another event wakes the sleeping task."""
    early = []

    async def sleeper() -> None:
        end = loop.monotonic() + 0.05
        await loop.sleep(0.05)
        early.append(end - loop.monotonic())

    async def main() -> None:
        task = loop.Task(sleeper())
        for _ in range(20):
            await loop.sleep(0)
            loop.ready[task] = None
        await task

    loop.run(main())
    assert early[0] <= 0


def test_tasks_take_turns(loop: Any) -> None:
    said = []

    async def say(name: str) -> None:
        for _ in range(3):
            said.append(name)
            await loop.sleep(0)

    async def main() -> None:
        for task in [loop.Task(say(name)) for name in "abc"]:
            await task

    loop.run(main())
    assert said == list("abcabcabc")


def test_a_task_is_awaited_for_its_result_by_many_and_late(loop: Any) -> None:
    async def answer() -> int:
        await loop.sleep(0)
        return 42

    async def ask(task: Any) -> int:
        result: int = await task
        return result

    async def main() -> list[int]:
        task = loop.Task(answer())
        asking = [loop.Task(ask(task)) for _ in range(3)]
        return [*[await each for each in asking], await task]

    assert loop.run(main()) == [42] * 4


def test_who_awaits_a_task_and_wakes_too_early_waits_on(loop: Any) -> None:
    async def slow() -> str:
        await loop.sleep(0.02)
        return "done"

    async def ask(task: Any) -> Any:
        return await task

    async def main() -> Any:
        asking = loop.Task(ask(loop.Task(slow())))
        await loop.sleep(0)
        loop.ready[asking] = None
        return await asking

    assert loop.run(main()) == "done"


def test_an_uncaught_error_ends_run(loop: Any) -> None:
    async def fail() -> None:
        await loop.sleep(0)
        raise ZeroDivisionError

    async def main() -> None:
        loop.Task(fail())
        await loop.sleep(DEADLINE)

    with pytest.raises(ZeroDivisionError):
        loop.run(main())


async def wait_for(loop: Any, what: str, sock: socket.socket) -> None:
    match what:
        case "time":
            await loop.sleep(DEADLINE)
        case "descriptor":
            await loop.until(sock, loop.EPOLLIN)
        case "task":
            await loop.Task(wait_for(loop, "time", sock))


@pytest.mark.parametrize("what", ["time", "descriptor", "task"])
def test_cancelled_where_it_waits(
    loop: Any, pair: tuple[socket.socket, socket.socket], what: str
) -> None:
    here, there = pair
    happened = []

    async def waiter() -> None:
        try:
            await wait_for(loop, what, here)
            happened.append("waited")
        finally:
            happened.append("finally")

    async def main() -> None:
        task = loop.Task(waiter())
        await loop.sleep(0)
        task.cancel()
        assert happened == ["finally"], "at once"
        assert await task is None, "the awaiting task continues"
        there.send(b"x")  # the event comes after all, and no task waits for it
        await loop.sleep(0.01)

    loop.run(main())
    assert happened == ["finally"]


def test_cancelled_before_it_began(loop: Any) -> None:
    began = []

    async def never() -> None:
        began.append(True)

    async def main() -> None:
        task = loop.Task(never())
        task.cancel()
        await task
        await loop.sleep(0)

    loop.run(main())
    assert began == []


def test_cancelled_after_its_end_keeps_its_result(loop: Any) -> None:
    async def one() -> int:
        return 1

    async def main() -> Any:
        task = loop.Task(one())
        await task
        task.cancel()
        return await task

    assert loop.run(main()) == 1
