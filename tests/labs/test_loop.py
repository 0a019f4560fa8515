"""The loop of aecho, labs/aecho/loop.py: tasks, time, descriptors; only epoll_wait waits."""

import importlib.util
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .capabilities import LABS, Variant
from .clients import echo, reset
from .servers import DEADLINE, ProcessEngine, wait_until

AECHO = Variant("aecho", "python")
FOLDER = LABS / "aecho"


class Kernel:
    """The epoll object, and how often it was asked for what."""

    def __init__(self, epoll: Any) -> None:
        self.epoll = epoll
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.epoll, name)


def fresh(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of aecho's folder, with no task and no descriptor of another test in it."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    module: Any = fresh("loop", monkeypatch)
    epoll = module.kernel
    module.kernel = Kernel(epoll)
    yield module
    epoll.close()


@pytest.fixture
def sockets(loop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001 (it imports loop)
    return fresh("sockets", monkeypatch)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.setblocking(False)
    there.setblocking(False)
    with here, there:
        yield here, there


# ---- Tasks and time ----------------------------------------------------------------


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
    """And a task itself is never compared: it has no order."""
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
    """Not even if the sleeper is woken for something else."""
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


def test_an_error_that_nobody_catches_ends_run(loop: Any) -> None:
    async def fail() -> None:
        await loop.sleep(0)
        raise ZeroDivisionError

    async def main() -> None:
        loop.Task(fail())
        await loop.sleep(DEADLINE)

    with pytest.raises(ZeroDivisionError):
        loop.run(main())


# ---- Cancelling --------------------------------------------------------------------


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
        assert await task is None, "who awaits it goes on"
        there.send(b"x")  # what it waited for comes after all, and finds nobody
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


# ---- Descriptors -------------------------------------------------------------------


def talk(sockets: Any, client: socket.socket) -> Coroutine[Any, Any, None]:
    async def echo_all() -> None:
        while received := await sockets.recv(client, 65536):
            await sockets.send_all(client, received)

    return echo_all()


def test_a_wait_as_before_costs_no_call(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    here, there = pair

    async def main() -> None:
        loop.Task(talk(sockets, here))
        for _ in range(100):
            await sockets.send_all(there, b"x")
            assert await sockets.recv(there, 9) == b"x"

    loop.run(main())
    assert [call for call in loop.kernel.calls if call != "poll"] == ["register"] * 2


def test_a_client_who_always_talks_starves_nobody(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Its socket is readable in every round; the others have theirs all the same."""
    here, there = pair
    with suppress(BlockingIOError):
        while True:
            there.send(bytes(65536))
    reads, rounds = 0, 0

    async def reader() -> None:
        nonlocal reads
        while await sockets.recv(here, 1):
            reads += 1

    async def main() -> None:
        nonlocal rounds
        loop.Task(reader())
        while rounds < 100:
            await loop.sleep(0)
            rounds += 1

    loop.run(main())
    assert 90 <= reads <= 110


def test_one_reads_and_one_writes_on_the_same_descriptor(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    size = 4 << 20
    heard = 0

    async def read(sock: socket.socket, enough: int) -> int:
        count = 0
        while count < enough:
            count += len(await sockets.recv(sock, 65536))
        return count

    async def main() -> None:
        nonlocal heard
        writing = [loop.Task(sockets.send_all(sock, bytes(size))) for sock in pair]
        reading = [loop.Task(read(sock, size)) for sock in pair]
        for task in (*writing, *reading):
            await task
        heard = sum(task.result for task in reading)

    loop.run(main())
    assert heard == 2 * size


@pytest.mark.parametrize("event", ["data", "reset"])
def test_what_nobody_waits_for_wakes_the_loop_once(loop: Any, sockets: Any, event: str) -> None:
    """The kernel would go on reporting it, and the loop spin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = socket.create_connection(listener.getsockname())
        here, _ = listener.accept()
    here.setblocking(False)

    async def main() -> None:
        there.send(b"x")
        assert await sockets.recv(here, 9) == b"x"
        if event == "data":
            there.send(b"unwanted")
        else:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            there.close()
        await loop.sleep(0.05)

    with here, there:
        loop.run(main())
    assert loop.kernel.calls.count("poll") < 10


def test_a_number_that_comes_again_is_a_new_descriptor(loop: Any, sockets: Any) -> None:
    async def main() -> None:
        numbers = set()
        for _ in range(3):
            here, there = socket.socketpair()
            here.setblocking(False)
            numbers.add(here.fileno())
            there.send(b"x")
            assert await sockets.recv(here, 9) == b"x"
            loop.close(here)
            there.close()
        assert len(numbers) == 1, "the kernel gives the lowest free number"

    loop.run(main())


def test_close_wakes_who_waits_there(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    here, _ = pair
    heard = []

    async def reader() -> None:
        try:
            await sockets.recv(here, 9)
        except OSError as error:
            heard.append(error.strerror)

    async def main() -> None:
        task = loop.Task(reader())
        await loop.sleep(0)
        loop.close(here)
        await task

    loop.run(main())
    assert heard == ["Bad file descriptor"]


def test_an_error_on_the_connection_reaches_who_writes(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    here, there = pair
    heard = []

    async def writer() -> None:
        try:
            await sockets.send_all(here, bytes(1 << 22))
        except OSError as error:
            heard.append(type(error))

    async def main() -> None:
        task = loop.Task(writer())
        await loop.sleep(0)
        there.close()
        await task

    loop.run(main())
    assert heard in ([BrokenPipeError], [ConnectionResetError])


# ---- The whole file, and the whole program -----------------------------------------


def test_it_can_be_read_whole() -> None:
    assert len((FOLDER / "loop.py").read_text().splitlines()) <= 120


def test_nothing_waits_but_epoll_wait(engine: ProcessEngine, tmp_path: Path) -> None:
    """Traced: one thread; every socket call returns at once, with what it was called for."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace; type: apt-get install strace")
    server = engine.launch(AECHO)
    first = server.connect()
    assert echo(first)
    trace = tmp_path.parent / "trace"
    tracer = subprocess.Popen(
        [strace, "-f", "-o", str(trace), "-p", str(server.pid)], stderr=subprocess.PIPE
    )
    assert tracer.stderr is not None
    attached = tracer.stderr.readline()
    if b"attached" not in attached:
        tracer.wait(DEADLINE)
        pytest.skip(f"strace may not trace here: {attached.decode().strip()}")
    clients = [first, *(server.connect() for _ in range(4))]
    for _ in range(5):
        assert all(echo(client) for client in clients)
    reset(clients.pop())
    for client in clients:
        client.close()
    wait_until(lambda: trace.read_text().count("close(") >= 5, "all clients are closed")
    tracer.send_signal(signal.SIGINT)
    tracer.wait(DEADLINE)
    tracer.stderr.close()

    lines = [line.split(None, 1) for line in trace.read_text().splitlines()]
    assert {pid for pid, _ in lines} == {str(server.pid)}, "one thread"
    calls = [re.match(r"(\w+)\(", call) for _, call in lines]
    names = [call[1] for call in calls if call]
    assert set(names) <= {
        "epoll_wait", "epoll_ctl", "accept4", "recvfrom", "sendto", "close",
        "ioctl", "fcntl", "getsockname", "brk", "mmap", "munmap", "mremap", "madvise",
    }  # fmt: skip
    assert names.count("recvfrom") >= 30
    waited = [call for _, call in lines if call.startswith("recvfrom") and "EAGAIN" in call]
    assert waited == [], "who reads was told that there is something to read"
    assert names.count("epoll_ctl") == 4, "a new client is made known once"
    assert trace.read_text().count("FIONBIO, [1]") == 4, "and no call on it may wait"
