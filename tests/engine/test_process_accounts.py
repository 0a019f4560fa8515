"""Boxes where the kernel refuses namespaces to root, as in a container without privileges: each has
a user id of its own. tests/grade/test_in_platforms.py grades in such a container."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.box import EngineError, Program
from runner.engine.given import Given
from runner.engine.process import ProcessEngine, accounts
from tests.engine.boxes import (
    EVERYTHING,
    NAMESPACES,
    box_of,
    engine_in,
    probe_in,
    without_the_checkout,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give another user id")
DENIED = "Permission denied"


@pytest.fixture
def probe(tmp_path: Path) -> Program:
    return probe_in(tmp_path)


@pytest.fixture
def engine(
    tmp_path: Path, probe: Program, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProcessEngine]:
    without_the_checkout(monkeypatch)
    engine = engine_in(tmp_path, NAMESPACES)
    assert engine.prepare([probe], lambda _: None) == {}
    yield engine
    engine.close()


def status(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}


def test_each_box_has_a_user_who_owns_nothing(engine: ProcessEngine, probe: Program) -> None:
    boxes = [engine.launch(box_of(probe, "stubborn")) for _ in range(2)]
    assert [box.read_line(20) for box in boxes] == ["READY"] * 2
    seen = [status(box.pid) for box in boxes]
    users = {each["Uid"][0] for each in seen}
    assert len(users) == 2
    for each in seen:
        assert set(each["Uid"]) == set(each["Gid"])
        assert len(set(each["Uid"])) == 1
        assert accounts.FIRST <= int(each["Uid"][0]) < accounts.FIRST + accounts.COUNT
        assert set(each["Groups"]) <= set(each["Gid"])
        assert {int(each[f"Cap{name}"][0], 16) for name in ("Prm", "Eff", "Bnd", "Amb")} == {0}
        assert each["NoNewPrivs"] == ["1"]
    for box in boxes:
        box.remove()
    assert [accounts.processes_of(int(user)) for user in users] == [[], []]


def test_neither_the_runner_nor_another_box_can_be_opened(
    engine: ProcessEngine, probe: Program, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    other = engine.launch(box_of(probe, "stubborn"))
    assert other.read_line(20) == "READY"
    program = Path(f"/proc/{other.pid}/exe").readlink()
    paths = [str(secret), str(program), f"/proc/{os.getpid()}/environ", "/etc/shadow"]
    running = engine.launch(box_of(probe, "reads", *paths, "/dev/null"))
    assert [running.read_line(20) for _ in paths] == [DENIED] * len(paths)
    assert running.read_line(20) == "opened"
    running.remove()
    other.remove()


def test_what_a_box_writes_for_every_user_goes_with_it(
    engine: ProcessEngine, probe: Program, tmp_path: Path
) -> None:
    left = [Path(folder, f"left-{os.getpid()}") for folder in ("/tmp", "/dev/shm")]
    kept = tmp_path / "kept"
    running = engine.launch(box_of(probe, "touch", *map(str, left), str(kept)))
    assert [running.read_line(20) for _ in range(3)] == ["written", "written", DENIED]
    left.append(running.account.folder)  # type: ignore[attr-defined]
    assert all(path.exists() for path in left)
    running.remove()
    assert not any(path.exists() for path in left)


def test_a_command_runs_with_copies_of_its_files_and_its_port(
    engine: ProcessEngine, tmp_path: Path
) -> None:
    """Also from a folder that the box's user cannot enter."""
    own, words = tmp_path / "run.sh", ("{folder}/run.sh", "{port}", "in {folder}")
    own.write_text('#!/bin/sh\ncat "${0%/*}/about"; echo "$1 $2 $PWD"; id -u\n')
    own.chmod(0o700)
    (tmp_path / "about").write_text("about it\n")
    given = Given("mine", words, (own, tmp_path / "about"))
    program = Program("server", tmp_path, "c", given=given)
    assert engine.prepare([program], lambda _: None) == {}
    running = engine.launch(replace(box_of(program), env={"PORT": "9123"}))
    folder = f"{running.account.folder}/labs/server"  # type: ignore[attr-defined]
    said = [running.read_line(20) for _ in range(3)]
    uid = running.account.uid  # type: ignore[attr-defined]
    assert said == ["about it", f"9123 in {folder} {folder}", str(uid)]
    running.remove()


def test_what_is_missing_is_said(engine: ProcessEngine) -> None:
    environment = engine.environment()
    lacks = str(environment["lacks"])
    assert "account" in str(environment["isolation"])
    assert "no network namespace, servers share the host's ports and can reach the network" in lacks
    assert "a box sees the other processes and can signal none" in lacks
    assert "runs as the runner's own user" not in lacks
    assert engine.exposed() == [], "a submission may run"


def test_a_file_that_every_user_may_open_refuses_strangers(tmp_path: Path, probe: Program) -> None:
    """Where Landlock does not close it either: then a box would not be confined."""
    without = (*NAMESPACES, "landlock")
    engine = ProcessEngine(tmp_path / "cache", tmp_path, without, closed=[Path("/etc/hosts")])
    assert engine.prepare([probe], lambda _: None) == {}
    said = " ".join(engine.exposed())
    assert re.search(r"a user id of its own would help, but .*: every user may open it", said)
    engine.close()


def test_a_box_is_not_started_when_its_user_could_open_a_closed_path(
    engine: ProcessEngine, probe: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each run, not only at the start."""
    ready = engine._ready()
    assert ready.apart is not None
    monkeypatch.setattr(type(ready.apart), "closed", (Path("/dev/null"),), raising=False)
    with pytest.raises(EngineError, match="/dev/null: every user may open it"):
        engine.launch(box_of(probe, "exit", "0"))


def test_what_a_killed_runner_left_is_swept(tmp_path: Path) -> None:
    base = tmp_path / "boxes"
    mine, left = accounts.claim(base), accounts.claim(base)
    os.close(left.lock)
    assert accounts.sweep(base) == 1
    assert [path.name for path in base.iterdir()] == [str(mine.uid)]
    mine.leave()
    mine.leave()
    assert list(base.iterdir()) == []


def test_without_a_user_id_of_its_own_a_box_is_as_exposed_as_before(
    tmp_path: Path, probe: Program
) -> None:
    engine = engine_in(tmp_path, EVERYTHING)
    engine.prepare([probe], lambda _: None)
    assert "it could read the files of this user, keys among them" in engine.exposed()
    engine.close()
