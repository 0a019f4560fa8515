"""The parts of engine `docker` that need no daemon."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.box import NOFILE_MOST, Box, EngineError, Nofile, Program
from runner.engine.daemon.attach import Demultiplexer
from runner.engine.docker import DockerEngine
from runner.engine.docker.limits import highest_nofile, isolation_of, lacks, nofile_of
from runner.engine.docker.running import Signals, exit_of
from runner.engine.docker.ways import HOSTS, Ways, hosts_file
from runner.engine.lines import LineReader, Tail


def frame(stream: int, payload: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


@pytest.mark.parametrize("size", [1, 3, 8, 9, 1000])
def test_frames_are_joined_however_they_are_cut(size: int) -> None:
    sent = frame(1, b"READY po") + frame(2, b"warn") + frame(1, b"") + frame(1, b"rt=1\n2\n")
    out, log = LineReader(), Tail()
    frames = Demultiplexer(out, log)
    for at in range(0, len(sent), size):
        frames.feed(sent[at : at + size])
    frames.close()
    assert [out.read_line(0) for _ in range(3)] == ["READY port=1", "2", None]
    assert log.text() == "warn"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("unix:///nowhere/docker.sock", "No such file"),
        ("tcp://127.0.0.1:1", "refused"),
        ("tcp://192.0.2.77:2375", ""),
        ("tcp://nowhere.invalid:2375", ""),
        ("ssh://nobody@127.0.0.1:1", ""),
        ("nonsense://", ""),
    ],
)
def test_a_dead_docker_host_is_found_quickly(
    address: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    began = time.monotonic()
    refusal = DockerEngine.refusal()
    assert time.monotonic() - began < 10
    assert refusal is not None
    assert address in refusal
    assert reason in refusal
    assert "\n" not in refusal
    with pytest.raises(EngineError):
        DockerEngine()


@pytest.mark.parametrize(
    ("grants", "daemon", "highest"),
    [
        (1 << 30, None, NOFILE_MOST),
        (20000, 20000, 20000),
        (4096, None, 4096),
        (4096, 50000, 4096),
    ],
)
def test_the_highest_nofile_is_tried(
    grants: int, daemon: int | None, highest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int | None] = []

    def start(asked: int | None) -> int:
        tried.append(asked)
        if asked is not None and asked > grants:
            raise EngineError("rlimit")
        return asked if asked is not None else grants

    hard = Nofile(1024, daemon) if daemon else None
    monkeypatch.setattr("runner.engine.docker.limits.nofile_of", lambda _: hard)
    assert highest_nofile(start, 1 if daemon else None) == highest
    assert len(tried) <= 3


def test_when_nothing_starts_the_last_reason_is_given() -> None:
    def start(_: int | None) -> int:
        raise EngineError("no space left on device")

    with pytest.raises(EngineError, match="no space left"):
        highest_nofile(start, None)


def test_nofile_of_a_process_that_is_not_there() -> None:
    assert nofile_of(2**22 + 1) is None
    assert nofile_of(1) is not None


def test_signals_are_read_off_the_code_that_the_runtime_writes() -> None:
    assert str(exit_of({"ExitCode": 139})) == "signal 11"
    assert str(exit_of({"ExitCode": 143}, Signals(ours=True))) == "signal 15"
    assert str(exit_of({"ExitCode": 143})) == "exit code 143", "a program may say so itself"
    assert str(exit_of({"ExitCode": 128})) == "exit code 128"
    assert str(exit_of({"ExitCode": 255})) == "exit code 255"
    assert str(exit_of({"ExitCode": 137, "OOMKilled": True})) == "killed: out of memory"


def test_137_is_a_kill_only_where_the_daemon_sent_one() -> None:
    """A program can say exit(137) itself, and is not excused by it."""
    killed = exit_of({"ExitCode": 137}, Signals(others=True))
    assert (str(killed), killed.outside) == ("signal 9", True)
    ours = exit_of({"ExitCode": 137}, Signals(ours=True))
    assert (str(ours), ours.outside) == ("signal 9", False)
    itself = exit_of({"ExitCode": 137})
    assert (str(itself), itself.outside) == ("exit code 137", False)
    assert exit_of({"ExitCode": 0}, Signals(others=True)).outside, "docker stop by another"


def test_what_a_daemon_lacks_is_named() -> None:
    rich = {"MemoryLimit": True, "SecurityOptions": ["name=seccomp", "name=rootless"]}
    assert lacks(rich, Ways(None)) == []
    poor = lacks({"PidsLimit": False}, Ways(None))
    assert any("pids" in sentence for sentence in poor)
    assert any("user namespace" in sentence for sentence in poor)


@pytest.mark.parametrize(
    "refusal",
    [
        "docker, starting x: Requested CPUs are not available - requested 2,3, available: 0-1",
        "docker, starting x: crun: the requested cgroup controller `cpuset` is not available",
        "docker, starting x: failed to write 3: /sys/fs/cgroup/a/cpuset.cpus: Invalid argument",
    ],
)
def test_a_daemon_with_other_cpus_runs_unpinned_and_says_so(refusal: str) -> None:
    ways = Ways(None).after(refusal)
    assert ways is not None
    assert ways.after(refusal) is None, "what is not asked for cannot be refused again"
    (sentence,) = (each for each in lacks({"CPUSet": True}, ways) if "pinning" in each)
    assert refusal.partition(": ")[2][:40] in sentence
    box = Box(Program("server", Path("x"), "c"), (), {}, Nofile(1, 1), 1, 1, (2,), "label")
    assert "cpuset" in isolation_of(box, {}, Ways(None))
    assert "cpuset" not in isolation_of(box, {}, ways)


def test_a_daemon_that_cannot_deny_calls_runs_boxes_without_and_says_so() -> None:
    refusal = "docker, starting x: OCI runtime create failed: seccomp: config provided but not sup"
    ways = Ways(None).after(refusal)
    assert ways is not None
    assert ways.after(refusal) is None
    seccomp = {"SecurityOptions": ["name=seccomp,profile=default", "name=userns"]}
    assert any("deny" in sentence for sentence in lacks(seccomp, ways))
    assert any("deny" in sentence for sentence in lacks({}, Ways(None)))
    assert not any("deny" in sentence for sentence in lacks(seccomp, Ways(None)))
    box = Box(Program("server", Path("x"), "c"), (), {}, Nofile(1, 1), 1, 1, (), "label")
    denied = replace(box, deny=("poll",))
    assert "seccomp" in isolation_of(denied, seccomp, Ways(None))
    assert "seccomp" not in isolation_of(denied, seccomp, ways), "no denial is in force"
    assert "seccomp" in isolation_of(box, seccomp, ways), "Docker's own profile is"


def test_a_daemon_that_does_not_see_our_files_makes_its_own_hosts(tmp_path: Path) -> None:
    path = hosts_file(tmp_path, "name=seccomp")
    assert path is not None
    assert path.read_text() == HOSTS
    ways = Ways(path).after(
        f"docker, starting x: invalid mount config: bind source path does not exist: {path}"
    )
    assert ways == Ways(None)
    assert Ways(path).after("no space left on device") is None
    assert hosts_file(tmp_path, "name=selinux") is None, "the box would not be let read it"


def test_a_daemon_elsewhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    away = lacks({"SecurityOptions": ["name=userns", "name=seccomp"]}, Ways(None))
    assert len(away) == 1
    assert "another machine" in away[0]
    monkeypatch.setenv("DOCKER_HOST", "unix:///var/run/docker.sock")
    virtual = {
        "SecurityOptions": ["name=userns", "name=seccomp"], "KernelVersion": "0.0-linuxkit",
    }  # fmt: skip
    assert lacks(virtual, Ways(None)) == away
