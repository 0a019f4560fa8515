"""The loop of aecho: who may wait for a descriptor, for how long, and what a failed wait leaves."""

import errno
import socket
from contextlib import suppress
from typing import Any

import pytest

from .capabilities import LABS
from .servers import DEADLINE
from .small_loop import fresh


def test_a_second_task_for_the_same_event_is_an_error(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    """If it took the place of the first, the first would never run again."""
    here, _ = pair

    async def main() -> None:
        loop.Task(sockets.recv(here, 9))
        loop.Task(sockets.recv(here, 9))
        await loop.sleep(DEADLINE)

    with pytest.raises(RuntimeError, match=f"descriptor {here.fileno()}: another task waits"):
        loop.run(main())


def test_a_task_may_wait_where_a_cancelled_one_did(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    here, there = pair

    async def main() -> Any:
        first = loop.Task(sockets.recv(here, 9))
        await loop.sleep(0)
        first.cancel()
        there.send(b"x")
        return await sockets.recv(here, 9)

    assert loop.run(main()) == b"x"


def test_a_closed_socket_is_an_error_of_the_socket(
    loop: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    """serve_client catches OSError; another error would end the whole server."""
    here, _ = pair
    loop.close(here)
    with pytest.raises(OSError, match="closed"):
        loop.run(loop.until(here, loop.EPOLLIN))


def test_a_wait_that_the_kernel_refuses_leaves_nothing_behind(
    loop: Any, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number may belong to another client next."""

    def register(fd: int, events: int) -> None:
        raise OSError(errno.ENOSPC, f"{fd} {events}")

    monkeypatch.setattr(loop.kernel, "register", register, raising=False)
    with pytest.raises(OSError, match=str(pair[0].fileno())):
        loop.run(loop.until(pair[0], loop.EPOLLIN))
    assert (loop.readers, loop.writers, loop.interest) == ({}, {}, {})


def test_a_listener_that_does_not_read_is_waited_for_without_polling(
    loop: Any, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In aplay two coroutines may wait at once. Both go on when there is room, and until then the
    loop sleeps in one epoll_wait.
    """
    here, there = pair
    fresh("track", monkeypatch, LABS / "aplay")
    player = fresh("player", monkeypatch, LABS / "aplay").Player(here, None)
    player.put(bytes(1 << 20))
    polls = []

    async def main() -> None:
        draining = [loop.Task(player.drain()) for _ in range(2)]
        await loop.sleep(0)
        before = loop.kernel.calls.count("poll")
        await loop.sleep(0.2)
        polls.append(loop.kernel.calls.count("poll") - before)
        while player.unsent:
            with suppress(BlockingIOError):
                there.recv(1 << 20)
            await loop.sleep(0)
        for task in draining:
            await task

    loop.run(main())
    assert polls[0] <= 3


def test_a_listener_that_never_reads_is_dropped_in_time(
    loop: Any, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh("track", monkeypatch, LABS / "aplay")
    module = fresh("player", monkeypatch, LABS / "aplay")
    module.PATIENCE = 0.02  # type: ignore[attr-defined]
    player = module.Player(pair[0], None)
    player.put(bytes(1 << 20))
    with pytest.raises(TimeoutError):
        loop.run(player.drain())
