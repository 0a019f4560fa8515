"""However a box or its runner ends, nothing of it is left, and nothing else is touched."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.process import ProcessEngine, record
from tests.engine.boxes import EVERYTHING, NAMESPACES, Ends, box_of, engine_in, marked, probe_in

MODES = {
    "all": (),
    "no pid namespace": ("pid",),
    "no cgroups": ("memory", "pids", "cpuset"),
    "accounts": NAMESPACES,
    "none": EVERYTHING,
}
RUNNER = """\
import sys
from pathlib import Path
from tests.engine.boxes import box_of, engine_in, probe_in
folder = Path(sys.argv[1])
probe = probe_in(folder)
engine = engine_in(folder, sys.argv[3:])
engine.prepare([probe], lambda _: None)
running = engine.launch(box_of(probe, "scatter", sys.argv[2], label="left-over"))
print(running.read_line(20), *running.pids, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ends")


@pytest.fixture(params=list(MODES.values()), ids=list(MODES))
def without(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


@pytest.fixture
def marker() -> str:
    return f"marker-{secrets.token_hex(6)}"


def prepared(folder: Path, without: tuple[str, ...] = ()) -> tuple[ProcessEngine, Program]:
    probe = probe_in(folder)
    engine = engine_in(folder, without)
    assert engine.prepare([probe], lambda _: None) == {}
    return engine, probe


def records(folder: Path) -> list[Path]:
    return list((folder / "cache" / "boxes").glob("*"))


def groups() -> set[Path]:
    """Control groups of the process engine, anywhere; os.walk forgives those that vanish."""
    walk = os.walk("/sys/fs/cgroup")
    return {Path(at, name) for at, names, _ in walk for name in names if name.startswith("iolab-")}


@pytest.mark.parametrize("way", ["stop", "remove", "close"])
def test_daemons_end_with_their_box(
    folder: Path, without: tuple[str, ...], marker: str, way: str
) -> None:
    engine, probe = prepared(folder, without)
    running = engine.launch(box_of(probe, "scatter", marker))
    assert running.read_line(20) == "READY"
    family = marked(marker)
    assert running.usage().processes == 4
    assert len(family) == 5, "the shim, the command and three daemons"
    made = [str(path) for path in groups() if path.name.split("-")[1] == str(os.getpid())]
    assert bool(made) == any(name in running.isolation for name in ("memory", "pids"))
    if way == "stop":
        ended = running.stop(0.05)  # it is deaf to SIGTERM
        assert str(ended) == "signal 9"
    elif way == "remove":
        running.remove()
        running.remove()
    else:
        engine.close()
    assert marked(marker) == set()
    assert not any(Path(path).exists() for path in made)
    assert records(folder) == []


def test_a_command_that_ends_leaves_no_daemon(
    folder: Path, without: tuple[str, ...], marker: str
) -> None:
    engine, probe = prepared(folder, without)
    running = engine.launch(box_of(probe, "spawn", "8", marker))
    assert running.read_line(20) == "8"
    assert str(running.exited(20)) == "exit code 0"
    assert marked(marker) <= {running.pids[0]}  # type: ignore[attr-defined]
    running.remove()
    assert marked(marker) == set()


def test_sigterm_is_obeyed(folder: Path, without: tuple[str, ...]) -> None:
    engine, probe = prepared(folder, without)
    running = engine.launch(box_of(probe, "serve", "127.0.0.1", str(engine.free_port())))
    assert running.read_line(20) == "READY"
    assert str(running.stop(60)) == "exit code 0"


def test_a_killed_command_is_told_apart(folder: Path, without: tuple[str, ...]) -> None:
    engine, probe = prepared(folder, without)
    running = engine.launch(box_of(probe, "stubborn"))
    assert running.read_line(20) == "READY"
    os.kill(running.pids[1], signal.SIGKILL)  # type: ignore[attr-defined]
    ended = running.exited(20)
    assert ended is not None
    assert (ended.signal, ended.oom, ended.outside) == (9, False, False), "its sender is unknown"
    running.remove()


def test_a_killed_launcher_takes_its_box_along(folder: Path, marker: str) -> None:
    engine, probe = prepared(folder)
    running = engine.launch(box_of(probe, "scatter", marker))
    if "pid" not in running.isolation:
        pytest.skip("this machine grants no PID namespace")
    assert running.read_line(20) == "READY"
    ends = Ends(marked(marker))
    os.kill(running.pids[0], signal.SIGKILL)  # type: ignore[attr-defined]
    assert ends.wait()
    ended = running.exited(20)
    assert (str(ended), ended is not None and ended.outside) == ("signal 9", True)
    running.remove()
    assert records(folder) == []


def test_a_stopped_launcher_does_not_hold_the_runner(
    folder: Path, marker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.engine.process.running._END_SECONDS", 0.2)
    engine, probe = prepared(folder)
    running = engine.launch(box_of(probe, "scatter", marker))
    assert running.read_line(20) == "READY"
    ends = Ends(marked(marker))
    os.kill(running.pids[0], signal.SIGSTOP)  # type: ignore[attr-defined]
    running.remove()
    assert ends.wait()


def killed_runner(folder: Path, marker: str, without: tuple[str, ...]) -> subprocess.Popen[str]:
    """A runner of its own with a box that is ready; whoever calls kills it."""
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, folder, marker, *without],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert runner.stdout is not None
    assert runner.stdout.readline().startswith("READY ")
    return runner


def test_a_killed_runner_leaves_nothing_that_runs(
    folder: Path, without: tuple[str, ...], marker: str
) -> None:
    engine, _ = prepared(folder, without)
    with killed_runner(folder, marker, without) as runner:
        ends = Ends(marked(marker) - {runner.pid})
        assert engine.sweep(lambda _: None) == 0, "its runner lives"
        assert len(marked(marker)) == 6
        runner.kill()
        runner.communicate()
    assert ends.wait()
    said: list[str] = []
    assert engine.sweep(said.append) == 1
    assert said == [f"removed a box left by an ended runner (pid {runner.pid}): left-over"]
    assert records(folder) == []
    assert not [path for path in groups() if path.name.split("-")[1] == str(runner.pid)]
    assert engine.sweep(said.append) == 0


@pytest.mark.parametrize("without", [("pid",), ("memory", "pids", "cpuset")], indirect=True)
def test_runner_and_launcher_killed_together(
    folder: Path, without: tuple[str, ...], marker: str
) -> None:
    """Then control groups tell who belongs to the box, or its PID namespace ends with it."""
    engine, _ = prepared(folder, without)
    if "pid" in without and "pids" not in str(engine.environment()["isolation"]):
        pytest.skip("this machine grants no control groups")
    with killed_runner(folder, marker, without) as runner:
        ends = Ends(marked(marker) - {runner.pid})
        (path,) = records(folder)
        shim = json.loads(path.read_text())["processes"][0]["pid"]
        os.kill(shim, signal.SIGSTOP)
        runner.kill()
        runner.communicate()
    os.kill(shim, signal.SIGKILL)
    assert engine.sweep(lambda _: None) == 1
    assert ends.wait()
    assert marked(marker) == set()


def test_a_sweep_touches_no_box_of_the_living(folder: Path) -> None:
    engine, probe = prepared(folder)
    running = engine.launch(box_of(probe, "stubborn"))
    other, _ = prepared(folder)
    assert other.sweep(lambda _: None) == 0
    assert len(records(folder)) == 1
    assert running.exited(0) is None
    running.remove()


@pytest.mark.parametrize("change", ["start", "boot", "place"])
def test_a_pid_that_is_another_s_now_is_left_alone(folder: Path, change: str) -> None:
    engine, _ = prepared(folder)
    with subprocess.Popen(["sleep", "1000"]) as bystander:
        boot, place = record.here()
        known = record.identity(bystander.pid)
        if change == "start":
            known = record.Identity(known.pid, known.start - 1)
        dead = record.Identity(os.getpid(), 1)
        entry = record.Record(
            "bystander", "another boot" if change == "boot" else boot,
            "pid:[1]" if change == "place" else place, dead, (known,), (str(folder),),
        )  # fmt: skip
        path = folder / "cache" / "boxes" / "1-x.json"
        entry.write(path)
        engine.sweep(lambda _: None)
        assert bystander.poll() is None
        assert path.exists() == (change == "place"), "nothing is known about another namespace"
        path.unlink(missing_ok=True)
        bystander.kill()
    assert folder.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"label": 1}', "null", '{"groups": [3]}'])
def test_a_broken_record_is_only_a_file(folder: Path, text: str) -> None:
    engine, _ = prepared(folder)
    (folder / "cache" / "boxes" / "broken.json").write_text(text)
    assert engine.sweep(lambda _: None) == 0
    assert records(folder) == []
