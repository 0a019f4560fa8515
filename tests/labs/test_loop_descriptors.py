"""The loop of aecho: its descriptors, and that only epoll_wait sleeps."""

import re
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from .capabilities import Variant
from .clients import echo, reset
from .engines import ProcessEngine
from .servers import DEADLINE, wait_until
from .small_loop import FOLDER

AECHO = Variant("aecho", "python")


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


def test_a_client_that_always_sends_starves_no_other(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Its socket is readable in every round, and the other tasks still get their turns."""
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
    seen = 0

    async def read(sock: socket.socket, enough: int) -> int:
        count = 0
        while count < enough:
            count += len(await sockets.recv(sock, 65536))
        return count

    async def main() -> None:
        nonlocal seen
        writing = [loop.Task(sockets.send_all(sock, bytes(size))) for sock in pair]
        reading = [loop.Task(read(sock, size)) for sock in pair]
        for task in (*writing, *reading):
            await task
        seen = sum(task.result for task in reading)

    loop.run(main())
    assert seen == 2 * size


@pytest.mark.parametrize("event", ["data", "reset"])
def test_an_event_without_a_waiting_task_wakes_the_loop_once(
    loop: Any, sockets: Any, event: str
) -> None:
    """Otherwise the kernel would report it in every round, and the loop would spin."""
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
    seen = []

    async def reader() -> None:
        try:
            await sockets.recv(here, 9)
        except OSError as error:
            seen.append(error.strerror)

    async def main() -> None:
        task = loop.Task(reader())
        await loop.sleep(0)
        loop.close(here)
        await task

    loop.run(main())
    assert seen == ["Bad file descriptor"]


def test_an_error_on_the_connection_reaches_who_writes(
    loop: Any, sockets: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    here, there = pair
    seen = []

    async def writer() -> None:
        try:
            await sockets.send_all(here, bytes(1 << 22))
        except OSError as error:
            seen.append(type(error))

    async def main() -> None:
        task = loop.Task(writer())
        await loop.sleep(0)
        there.close()
        await task

    loop.run(main())
    assert seen in ([BrokenPipeError], [ConnectionResetError])


def test_it_is_short() -> None:
    assert len((FOLDER / "loop.py").read_text().splitlines()) <= 140


def test_nothing_waits_but_epoll_wait(engine: ProcessEngine, tmp_path: Path) -> None:
    """In a trace: one thread, and every socket call returns its result at once."""
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
    assert waited == [], "each read follows a notification"
    assert names.count("epoll_ctl") == 4, "a new client is made known once"
    assert trace.read_text().count("FIONBIO, [1]") == 4, "and no call on it may wait"
