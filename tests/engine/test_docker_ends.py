"""However a Docker box or its runner ends, nothing of it is left, and nothing else is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from runner.engine.box import EngineError, Exit, Program, Running
from runner.engine.daemon import owner
from runner.engine.docker import DockerEngine
from runner.engine.docker.running import DockerRunning
from tests.engine.boxes import box_of
from tests.engine.conftest import SELECT

pytestmark = pytest.mark.docker
RUNNER = """\
import sys
from runner.engine.docker import DockerEngine
from tests.engine.boxes import box_of
from tests.engine.conftest import SELECT
engine = DockerEngine()
engine.prepare([SELECT], lambda _: None)
running = engine.launch(box_of(SELECT, label="left-over"))
running.read_line(20)
print(running.name, flush=True)
sys.stdin.read()
"""


def names(engine: DockerEngine) -> set[str]:
    found: list[Container] = engine.client.containers.list(all=True, ignore_removed=True)
    return {str(container.name) for container in found}


def own(engine: DockerEngine) -> set[str]:
    """Those of this process: other tests may run beside it."""
    mine: dict[str, str | list[str] | bool] = {"label": f"{owner.OWNER}={owner.this_process()}"}
    found: list[Container] = engine.client.containers.list(
        all=True, filters=mine, ignore_removed=True
    )
    return {str(container.name) for container in found}


def launched(engine: DockerEngine, program: Program, *words: str, **changes: object) -> Running:
    running = engine.launch(box_of(program, *words, **changes))
    if words[0] in ("stubborn", "scatter", "serve"):
        assert running.read_line(20) == "READY"
    return running


@contextmanager
def another_runner() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A second runner with one box, and the name of that."""
    command = [sys.executable, "-c", RUNNER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (("exit", "0"), Exit(0)),
        (("exit", "7"), Exit(7)),
        (("exit", "127"), Exit(127)),
        (("exit", "137"), Exit(137)),
        (("nothing",), Exit(0)),
    ],
    ids=str,
)
def test_its_own_end(
    docker_engine: DockerEngine, docker_probe: Program, words: tuple[str, ...], ended: Exit
) -> None:
    running = docker_engine.launch(box_of(docker_probe, *words))
    assert running.read_line(20) is None
    assert running.exited(20) == ended
    assert running.stop(0) == ended


def test_sigterm_ends_a_lab_at_once(docker_engine: DockerEngine) -> None:
    running = docker_engine.launch(box_of(SELECT))
    assert running.read_line(20)
    assert running.exited(0) is None
    began = time.monotonic()
    assert running.stop(60) == Exit(0)
    assert time.monotonic() - began < 30
    assert running.exited(0) == Exit(0)


def test_waiting_is_bounded(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = launched(docker_engine, docker_probe, "stubborn")
    began = time.monotonic()
    assert running.exited(0.2) is None
    assert 0.2 <= time.monotonic() - began < 30
    running.remove()


def test_deaf_to_sigterm(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = launched(docker_engine, docker_probe, "scatter")
    assert running.stop(0.1) == Exit(None, signal.SIGKILL)
    assert _name(running) not in names(docker_engine)


def test_killed_from_outside(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = launched(docker_engine, docker_probe, "stubborn")
    docker_engine.client.containers.get(_name(running)).kill()
    assert running.read_line(20) is None
    ended = running.exited(20)
    assert ended == Exit(None, signal.SIGKILL)
    assert ended.outside, "the daemon's events tell it from exit(137)"
    with pytest.raises(EngineError, match="has ended"):
        running.usage()
    running.remove()


def test_removed_from_outside(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = launched(docker_engine, docker_probe, "stubborn")
    docker_engine.client.containers.get(_name(running)).remove(force=True)
    assert running.read_line(20) is None
    with pytest.raises(EngineError, match="No such container"):
        running.exited(1)
    running.remove()
    running.remove()


def test_out_of_memory_is_told_apart(docker_engine: DockerEngine, docker_probe: Program) -> None:
    running = launched(docker_engine, docker_probe, "eat", str(1 << 30), memory=32 << 20)
    assert running.read_line(60) is None
    ended = running.stop(20)
    assert ended.oom
    assert str(ended) == "killed: out of memory"


def test_an_interrupted_launch_leaves_nothing(
    docker_engine: DockerEngine, docker_probe: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own(docker_engine)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("runner.engine.docker.engine.DockerRunning", interrupted)
    with pytest.raises(KeyboardInterrupt):
        docker_engine.launch(box_of(docker_probe, "stubborn"))
    assert own(docker_engine) <= before


def test_a_launch_that_is_interrupted_before_the_daemon_answers_leaves_nothing(
    docker_engine: DockerEngine, docker_probe: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon makes the container after the first attempt to remove it."""
    before = own(docker_engine)
    api, missed = docker_engine.client.api, threading.Event()
    create, remove = api.create_container, api.remove_container

    def removed(name: str, **options: Any) -> None:
        try:
            remove(name, **options)
        finally:
            missed.set()

    with ThreadPoolExecutor(1) as daemon:

        def late(**options: Any) -> None:
            assert missed.wait(20)
            create(**options)

        def interrupted(**options: Any) -> None:
            daemon.submit(late, **options)
            raise KeyboardInterrupt

        monkeypatch.setattr(api, "create_container", interrupted)
        monkeypatch.setattr(api, "remove_container", removed)
        with pytest.raises(KeyboardInterrupt):
            docker_engine.launch(box_of(docker_probe, "stubborn"))
    assert own(docker_engine) <= before


def test_a_removal_that_was_interrupted_is_waited_for(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    """The daemon goes on with it, and refuses a second one meanwhile."""
    for _ in range(5):
        mine = launched(docker_engine, docker_probe, "stubborn")
        with closing(docker.from_env()) as other, ThreadPoolExecutor(1) as pool:
            name = _name(mine)
            first = pool.submit(other.api.remove_container, name, force=True)
            mine.remove()
            assert name not in own(docker_engine)
            first.exception(20)


def test_close_removes_what_still_runs_and_only_its_own(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    mine = launched(docker_engine, docker_probe, "stubborn")
    other = DockerEngine()
    assert other.prepare([docker_probe], print) == {}
    theirs = [launched(other, docker_probe, "stubborn") for _ in range(2)]
    other.close()
    other.close()
    left = names(docker_engine)
    assert _name(mine) in left
    assert not left & {_name(box) for box in theirs}
    assert theirs[0].exited(0) == Exit(None, signal.SIGKILL)
    mine.remove()


@pytest.mark.alone  # it counts the boxes that are swept, and another test may sweep
def test_sweep_removes_a_dead_runners_boxes_and_no_others(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    mine = launched(docker_engine, docker_probe, "stubborn")
    image = docker_engine.client.images.list("iolab/probe-c")[0]
    foreign = docker_engine.client.containers.create(image, ["stubborn"])
    assert foreign.labels[owner.MARK] == "1", "it inherits our mark, and yet is not ours"
    elsewhere = docker_engine.client.containers.create(
        image, ["stubborn"], labels={**_a_dead_owner(), owner.PLACE: "another"}
    )
    last_boot = docker_engine.client.containers.create(image, labels=_a_dead_owner())
    try:
        with another_runner() as (_, living), another_runner() as (process, orphan):
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert {orphan, living} <= names(docker_engine)
            said: list[str] = []
            assert docker_engine.sweep(said.append) >= 2
            left = names(docker_engine)
            assert {living, _name(mine), foreign.name, elsewhere.name} <= left
            assert not {orphan, last_boot.name} & left
            assert len(said) == 1
        assert docker_engine.sweep(print) == 1
    finally:
        foreign.remove(force=True)
        elsewhere.remove(force=True)
        mine.remove()


def test_labels_that_are_not_ours_are_nobodys_orphan() -> None:
    dead = _a_dead_owner()
    assert owner.is_orphan(dead)
    assert not owner.is_orphan(owner.labels("run", "server", "trial"))
    assert not owner.is_orphan({})
    for broken in ("", "x", "::", f"{os.getpid()}", "boot:pid:start"):
        assert not owner.is_orphan({**dead, owner.OWNER: broken})
    boot, pid, start = owner.this_process().split(":")
    assert owner.is_orphan({**dead, owner.OWNER: f"{boot}:{pid}:{int(start) + 1}"})


def _a_dead_owner() -> dict[str, str]:
    labels = owner.labels("run", "server", "trial")
    return {**labels, owner.OWNER: "00000000-0000-0000-0000-000000000000:1:1"}


def _name(running: Running) -> str:
    assert isinstance(running, DockerRunning)
    return running.name
