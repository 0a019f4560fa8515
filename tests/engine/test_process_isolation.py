"""What holds a box, where the kernel grants it: network, files, memory, processes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import Nofile, Program, Running
from runner.engine.process import ProcessEngine
from tests.engine.boxes import EVERYTHING, box_of, engine_in, probe_in

MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("isolation")


@pytest.fixture(scope="module")
def probe(folder: Path) -> Program:
    return probe_in(folder)


@pytest.fixture(scope="module")
def engine(folder: Path, probe: Program) -> Iterator[ProcessEngine]:
    engine = engine_in(folder)
    assert engine.prepare([probe], lambda _: None) == {}
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def poor(folder: Path, probe: Program) -> Iterator[ProcessEngine]:
    engine = engine_in(folder, EVERYTHING)
    assert engine.prepare([probe], lambda _: None) == {}
    yield engine
    engine.close()


def needs(running: Running, *holds: str) -> Running:
    missing = set(holds) - set(running.isolation)
    if missing:
        running.remove()
        pytest.skip(f"this machine does not grant: {', '.join(sorted(missing))}")
    return running


def lines(running: Running, count: int) -> list[str | None]:
    found = [running.read_line(20) for _ in range(count)]
    running.remove()
    return found


def test_two_boxes_on_the_same_port(engine: ProcessEngine, probe: Program) -> None:
    serve = box_of(probe, "serve", "127.0.0.1", "9000")
    first = needs(engine.launch(serve), "net")
    second = engine.launch(serve)
    assert [first.read_line(20), second.read_line(20)] == ["READY", "READY"]
    assert str(first.stop(20)) == str(second.stop(20)) == "exit code 0"


def test_no_way_out_of_the_network(engine: ProcessEngine, probe: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = str(outside.getsockname()[1])
        inside = needs(engine.launch(box_of(probe, "call", "127.0.0.1", port)), "net")
        assert lines(inside, 1) == ["Connection refused"]
        assert lines(engine.launch(box_of(probe, "call", "192.0.2.1", "80")), 1) == [
            "Network is unreachable"
        ]


def test_without_namespaces_ports_are_shared_and_free_ones_are_found(
    poor: ProcessEngine, probe: Program
) -> None:
    port = poor.free_port()
    serve = box_of(probe, "serve", "127.0.0.1", str(port))
    first, second = poor.launch(serve), None
    assert first.isolation == ()
    assert first.read_line(20) == "READY"
    second = poor.launch(serve)
    assert second.read_line(20) == "Address already in use"
    assert poor.free_port() != port
    first.remove()
    second.remove()


def test_the_file_system_is_read_only_but_for_tmp(
    engine: ProcessEngine, probe: Program, folder: Path
) -> None:
    own = folder.name + str(os.getpid())
    kept = folder / "cache" / "bin" / "x"
    paths = ["/labs/server/x", "/etc/x", "/proc/sys/kernel/core_pattern", "/run/x", f"/tmp/{own}",
             "/dev/null", f"/dev/shm/{own}", str(kept)]  # fmt: skip
    running = needs(engine.launch(box_of(probe, "touch", *paths)), "mount", "user")
    told = lines(running, len(paths))
    assert set(told[:3]) <= {"Read-only file system", "Permission denied"}
    assert told[4:7] == ["written", "written", "written"]
    assert told[7] == "No such file or directory"
    assert not kept.exists()
    assert not Path(f"/tmp/{own}").exists()
    assert not Path(f"/dev/shm/{own}").exists()


def test_neither_devices_nor_sockets_of_the_host(engine: ProcessEngine, probe: Program) -> None:
    disks = [str(path) for path in Path("/dev").iterdir() if path.is_block_device()][:3]
    doors = [str(path) for path in Path("/run").glob("*.sock")][:3]
    running = needs(engine.launch(box_of(probe, "reads", *disks, *doors, "/dev/zero")), "mount")
    told = lines(running, len(disks) + len(doors) + 1)
    assert told[-1] == "opened"
    assert set(told[:-1]) <= {"Permission denied", "No such file or directory"}


@pytest.mark.parametrize("held", ["cgroup", "rlimit"])
def test_memory_is_bounded(
    engine: ProcessEngine, poor: ProcessEngine, probe: Program, held: str
) -> None:
    """In a control group the kernel kills; by RLIMIT_DATA malloc fails."""
    box = box_of(probe, "eat", str(400 * MIB), memory=32 * MIB, pids=4)
    running = needs(engine.launch(box), "memory") if held == "cgroup" else poor.launch(box)
    ended = running.exited(60)
    assert ended is not None
    assert (ended.oom, ended.code) == ((True, None) if held == "cgroup" else (False, 3))
    assert ("out of memory" in str(ended)) == (held == "cgroup")
    running.remove()


def test_less_memory_than_the_bound_is_granted(
    engine: ProcessEngine, poor: ProcessEngine, probe: Program
) -> None:
    for one in (engine, poor):
        running = one.launch(box_of(probe, "eat", str(20 * MIB), memory=64 * MIB))
        assert lines(running, 1) == ["eaten"]


def test_processes_are_bounded(engine: ProcessEngine, probe: Program) -> None:
    running = engine.launch(box_of(probe, "spawn", "50", pids=20))
    if "pids" not in running.isolation and os.geteuid() == 0:
        needs(running, "pids")
    assert lines(running, 1) == ["19"]


@pytest.mark.parametrize("rich", [True, False])
def test_a_flood_is_bounded(
    engine: ProcessEngine, poor: ProcessEngine, probe: Program, rich: bool
) -> None:
    running = (engine if rich else poor).launch(box_of(probe, "flood"))
    reader = running._lines  # type: ignore[attr-defined]
    while reader.dropped < 1000:
        running.read_line(20)
    assert len(reader._lines) <= 1024
    assert len(running.stderr()) <= 4096
    running.remove()


def test_everything_at_once_at_the_highest_limit(engine: ProcessEngine, probe: Program) -> None:
    most = engine.nofile_max()
    running = engine.launch(box_of(probe, "limits", nofile=Nofile(most, most)))
    assert running.nofile == Nofile(most, most)
    running.remove()
