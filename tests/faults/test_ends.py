"""Servers and fleets that end in mid-trial: put at the right door, and the rest is run."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.docker import DockerEngine
from runner.engine.images import image_of
from runner.records.outcome import Outcome, Status
from tests.cli.left_behind import descendants
from tests.faults import labs
from tests.faults.runs import Run, assert_sound, folder_of
from tests.test_ci import commands

ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]
LONG = """\
version: 1
defaults: {repeat: 2}
experiments:
  - id: long
    title: Long enough to be disturbed
    measure: ceiling
    server: {lab: epoll}
    fleet: {connections: 15k}
    limits: {nofile: max}
    expect:
      - {metric: served, of: {}, at_least: 100}
"""
TRIES = 12_000


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Path]:
    yield labs.lay(tmp_path)
    if DockerEngine.refusal() is None:
        engine = DockerEngine()
        for name in (*labs.ENDS, labs.GOOD):
            with suppress(Exception):
                program = Program("server", tmp_path / "labs" / name, "python")
                engine.client.api.remove_image(image_of(program).ref)
        engine.close()


def last(folder: Path) -> dict[str, Outcome]:
    """By lab; a trial that was run again counts as it ended."""
    return {str(m.cell.get("lab")): m for m in folder_of(folder).measurements()}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_end_of_a_server_is_its_own_fail_and_the_rest_is_run(ends: Path, engine: str) -> None:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(ends.parent / "summary.md")}
    ended = Run(ends.parent, ends.name, "--quick", "--engine", engine, env=env).end()
    assert ended.code == 1, ended.out + ended.err
    assert "Traceback" not in ended.err
    found = last(ends.parent)
    reasons = {lab: (m.status, m.reason) for lab, m in found.items()}
    lacks = folder_of(ends.parent).environment()["engine"]["lacks"]
    limited = not any("memory" in sentence for sentence in lacks)
    for lab in labs.ENDS if limited else ("exits", "crashes"):
        assert found[lab].status is Status.FAIL, reasons
        assert "the server died during the trial" in found[lab].reason
    assert "exit code 3: ::error::gave up" in found["exits"].reason
    assert "signal 11" in found["crashes"].reason
    assert not limited or re.search("out of memory|MemoryError", found["hungers"].reason), reasons
    assert found[labs.GOOD].status is Status.OK, reasons
    own = [line for line in commands(ended.err) if line.startswith("::error file=ends.yaml,line=")]
    assert commands(ended.err) == own, "no server gives commands to a CI runner"
    assert own
    assert commands(ended.out) == []
    assert "exit code 3: ::error::" in (ends.parent / "summary.md").read_text()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fleet_that_is_killed_is_the_labs_error_and_run_again(
    tmp_path: Path, engine: str
) -> None:
    (tmp_path / "long.yaml").write_text(LONG)
    run = Run(tmp_path, "long.yaml", "--quick", "--engine", engine)
    run.until("results: ")
    kill_fleet(run.process.pid, engine)
    ended = run.end()
    assert_sound(ended)
    measured = list(folder_of(tmp_path).measurements())
    errors = [m for m in measured if m.status is Status.ERROR]
    assert len(errors) == 1, [m.reason for m in measured]
    assert "the load generator was killed" in errors[0].reason
    assert "signal 9" in errors[0].reason
    assert {m.trial: m.status for m in measured}[errors[0].trial] is not Status.ERROR
    assert len({m.trial for m in measured}) == 2
    summary = next(line for line in ended.out.splitlines() if "2 trials" in line)
    assert "1 ERROR" in summary


def kill_fleet(runner: int, engine: str) -> None:
    """The first fleet of that runner, as soon as there is one. Nothing tells: ask again."""
    pause = threading.Event()
    for _ in range(TRIES):
        if (_docker_fleet if engine == "docker" else _process_fleet)(runner):
            return
        pause.wait(0.005)
    raise AssertionError("no fleet was started")


def _process_fleet(runner: int) -> bool:
    for pid in descendants(runner):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"/fleet" in words[0] and b"--wait" in words:
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _docker_fleet(runner: int) -> bool:
    import docker

    client = docker.from_env()
    try:
        for box in client.containers.list(
            filters={"label": ["iolab=1", "iolab.role=fleet"]}, ignore_removed=True
        ):
            if f":{runner}:" in box.labels.get("iolab.owner", ""):
                box.kill("SIGKILL")
                return True
    except docker.errors.APIError:
        return False  # it ended between the two calls
    finally:
        client.close()
    return False
