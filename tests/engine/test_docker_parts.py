"""The parts of engine `docker` that need no daemon."""

from __future__ import annotations

import time

import pytest

from runner.engine.box import EngineError, Nofile
from runner.engine.daemon.attach import Demultiplexer
from runner.engine.docker import DockerEngine
from runner.engine.docker.limits import ENOUGH_NOFILE, highest_nofile, lacks, nofile_of
from runner.engine.docker.running import exit_of
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
    assert time.monotonic() - began < 2
    assert refusal is not None
    assert address in refusal
    assert reason in refusal
    assert "\n" not in refusal
    with pytest.raises(EngineError):
        DockerEngine()


@pytest.mark.parametrize(
    ("grants", "daemon", "highest"),
    [
        (1 << 30, None, ENOUGH_NOFILE),
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
    assert str(exit_of({"ExitCode": 137})) == "signal 9"
    assert str(exit_of({"ExitCode": 143})) == "signal 15"
    assert str(exit_of({"ExitCode": 128})) == "exit code 128"
    assert str(exit_of({"ExitCode": 255})) == "exit code 255"
    assert str(exit_of({"ExitCode": 137, "OOMKilled": True})) == "killed: out of memory"


def test_what_a_daemon_lacks_is_named() -> None:
    rich = {"MemoryLimit": True, "SecurityOptions": ["name=seccomp", "name=rootless"]}
    assert lacks(rich) == []
    poor = lacks({"PidsLimit": False})
    assert any("pids" in sentence for sentence in poor)
    assert any("user namespace" in sentence for sentence in poor)
