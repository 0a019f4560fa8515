"""What `deny` denies in a real box of either engine, and the ways round it that are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import Engine, Program
from runner.engine.docker import DockerEngine
from tests.engine.boxes import box_of, engine_in

EVADING = Path(__file__).parent / "evading.c"
WAITS = ("poll", "ppoll", "select", "pselect", "epoll", "async", "fioasync", "nonblock")
MAKES = ("thread", "fork", "vfork", "spawn", "sharing")
FEW, MANY = ("poll15", "select15", "epoll15"), ("poll16", "select16", "epoll16")
RING = ("ring",)
ROUND = ("gate", "x32", "lift", "child", "exec")
ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture(scope="module")
def evading(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("evading") / "evading"
    folder.mkdir()
    banner = "/* Build: -O2 -pthread\n * Needs: io_uring */\n"
    (folder / "server.c").write_text(banner + EVADING.read_text())
    return Program("server", folder, "c")


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, evading: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    engine: Engine
    if request.param == "docker":
        engine = DockerEngine()
    else:
        engine = engine_in(tmp_path_factory.mktemp("denials"))
    assert engine.prepare([evading], print) == {}
    yield engine
    engine.close()


def tried(engine: Engine, program: Program, ways: tuple[str, ...], *deny: str) -> dict[str, str]:
    """What came of each way, in the words of evading.c."""
    running = engine.launch(box_of(program, *ways, deny=deny))
    try:
        assert not deny or "seccomp" in running.isolation
        lines = {}
        while (line := running.read_line(20)) is not None:
            way, _, what = line.partition(": ")
            lines[way] = what
        ended = running.exited(20)
        assert ended is not None
        assert ended.code == 0, f"{ended}: {running.stderr()}"
    finally:
        running.remove()
    return lines


def of(ways: tuple[str, ...], *refused: str) -> dict[str, str]:
    return {way: "ENOSYS" if way in refused else "works" for way in ways}


def test_a_box_without_denials_has_all_of_it(engine: Engine, evading: Program) -> None:
    assert tried(engine, evading, WAITS + MAKES) == of(WAITS + MAKES)
    assert tried(engine, evading, ("lift", "child", "exec")) == {
        "lift": "works", "child": "works", "poll": "works",
    }  # fmt: skip


def test_a_denied_call_answers_enosys_and_no_other_call_does(
    engine: Engine, evading: Program
) -> None:
    everything = WAITS + MAKES
    deny = ("epoll_create1", "poll", "sigio")
    refused = ("poll", "ppoll", "epoll", "async", "fioasync")
    assert tried(engine, evading, everything, *deny) == of(everything, *refused)
    assert tried(engine, evading, WAITS, "select") == of(WAITS, "select", "pselect")
    assert tried(engine, evading, RING, "io_uring_setup") == of(RING, *RING)


def test_a_helper_may_wait_for_a_few_descriptors(engine: Engine, evading: Program) -> None:
    deny = ("poll_many", "select_many", "epoll_many")
    assert tried(engine, evading, FEW + MANY + WAITS, *deny) == of(FEW + MANY + WAITS, *MANY)


def test_threads_and_processes_are_told_apart(engine: Engine, evading: Program) -> None:
    """clone3 hides which it is, so it is refused, and a C library falls back to clone."""
    both = (*MAKES, "clone3")
    assert tried(engine, evading, both, "threads") == of(both, "thread", "sharing", "clone3")
    assert tried(engine, evading, both, "processes") == of(both, *set(both) - {"thread"})
    assert tried(engine, evading, both, "processes", "threads") == of(both, *both)


def test_there_is_no_way_round(engine: Engine, evading: Program) -> None:
    """Not by the numbers of i386 or x32, not by lifting the filter, not in a child, and not in
    another program: `exec` is one that tries poll."""
    lines = tried(engine, evading, ROUND, "poll")
    assert lines == dict.fromkeys(("gate", "x32", "lift", "child", "poll"), "ENOSYS")


def test_a_machine_that_cannot_deny_says_so(evading: Program, tmp_path: Path) -> None:
    """Then the box runs, without what would show as a denial that is in force."""
    engine = engine_in(tmp_path, without=["seccomp"])
    try:
        assert engine.prepare([evading], print) == {}
        lacks = engine.environment()["lacks"]
        assert isinstance(lacks, list)
        assert any("`limits: {deny: ...}`" in sentence for sentence in lacks)
        running = engine.launch(box_of(evading, "poll", deny=("poll",)))
        assert running.read_line(20) == "poll: works"
        assert "seccomp" not in running.isolation
        running.remove()
    finally:
        engine.close()


def test_without_namespaces_calls_are_denied_all_the_same(evading: Program, tmp_path: Path) -> None:
    """A filter needs no namespace: as where AppArmor refuses them all."""
    spaces = ("user", "net", "pid", "mount", "ipc", "uts", "uid")
    engine = engine_in(tmp_path, without=spaces)
    try:
        assert engine.prepare([evading], print) == {}
        assert tried(engine, evading, ("poll", "select"), "poll") == of(("poll", "select"), "poll")
    finally:
        engine.close()


def test_a_held_box_is_denied_them_as_well(engine: Engine, evading: Program) -> None:
    """The tracer attaches to a shell, which then becomes the server."""
    running = engine.launch(box_of(evading, "poll", "select", deny=("poll",), held=True))
    running.write_line("go")
    assert [running.read_line(20) for _ in range(2)] == ["poll: ENOSYS", "select: works"]
    running.remove()
