"""Several threads on one epoll descriptor: their number, and one thread per client at a time."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .capabilities import Build, Variant
from .clients import Talk, converse, echo, receive, reset, seeded, send_until_stuck
from .engines import ProcessEngine, build
from .servers import DEADLINE

C = Variant("epoll_threads", "c")


def tasks(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.parametrize("threads", [1, 3])
def test_as_many_threads_as_asked_for(engine: ProcessEngine, threads: int) -> None:
    server = engine.launch(C, env={"THREADS": str(threads)})
    assert tasks(server.pid) == threads
    clients = [server.connect() for _ in range(20)]
    assert all(echo(client) for client in clients)
    assert tasks(server.pid) == threads, "clients add none"
    for client in clients:
        client.close()


def test_as_many_threads_as_processors_allowed(engine: ProcessEngine) -> None:
    server = engine.launch(C, env={"THREADS": "0"})
    assert tasks(server.pid) == len(os.sched_getaffinity(0))


def test_bad_number_of_threads(engine: ProcessEngine) -> None:
    process, log = engine.popen(C, env={"THREADS": "-1"})
    output, _ = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (2, b"")
    assert log.read_text() == "THREADS=-1: expected a whole number from 0 to 65535\n"


# ---- A client belongs to one thread at a time --------------------------------------

WITHOUT_ONESHOT = (("events | EPOLLONESHOT", "events"),)


@dataclass(frozen=True, slots=True)
class Watched(Variant):
    """epoll_threads built with ThreadSanitizer, possibly with a mistake."""

    path: Path

    @property
    def source(self) -> Path:
        return self.path

    @property
    def build(self) -> Build:
        order = str(Path(__file__).with_name("happens_before.h"))
        flags = ("-g", "-fsanitize=thread", "-include", order)
        return Build("server.c", flags=flags, own_memory=False)


@pytest.fixture
def watched_engine(tmp_path: Path) -> Iterator[ProcessEngine]:
    logs = tmp_path / "logs"
    logs.mkdir()
    engine = ProcessEngine(lambda variant: build(variant, tmp_path / str(variant)), logs)
    yield engine
    for process, server, _ in engine.started:
        process.kill()
        process.wait()
        server.lines.close()


def watched(folder: Path, changes: tuple[tuple[str, str], ...]) -> Watched:
    source = C.source.read_text()
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    path = folder / "server.c"
    path.write_text(source)
    return Watched("epoll_threads", "c-watched", path)


def live_wildly(engine: ProcessEngine, variant: Variant, deadline: float = DEADLINE) -> str:
    """Clients connect, send in small pieces, get stuck and leave. Return the server's stderr."""
    server = engine.launch(variant, env={"THREADS": "4"})
    chance = seeded(30)
    for _ in range(5):
        clients = [server.connect() for _ in range(12)]
        talks = [Talk(client, chance.randbytes(20_000), chance, 2000) for client in clients]
        converse(talks, deadline)
        assert [talk for talk in talks if bytes(talk.received) != talk.payload] == []
        for client in clients:
            chance.choice((reset, type(client).close))(client)
    with server.connect(receive_buffer=4096) as stuck:
        sent = send_until_stuck(server, stuck)
        assert receive(stuck, len(sent)) == sent
    [(_, _, log)] = engine.started
    return log.read_text()


def test_no_two_threads_have_the_same_client(watched_engine: ProcessEngine, tmp_path: Path) -> None:
    assert live_wildly(watched_engine, watched(tmp_path, ())) == ""


def test_without_oneshot_they_would(watched_engine: ProcessEngine, tmp_path: Path) -> None:
    """The check is checked: the same load on a server with this one mistake must fail. Two threads
    must meet for that, so it may take several loads."""
    binary = watched(tmp_path, WITHOUT_ONESHOT)
    complaints = []
    for _ in range(6):
        watched_engine.started.clear()
        try:
            complaints.append(live_wildly(watched_engine, binary, deadline=5))
        except (AssertionError, OSError):
            return  # bytes out of order or a lost client: a failure too
        if "data race" in complaints[-1]:
            return
    assert not complaints
