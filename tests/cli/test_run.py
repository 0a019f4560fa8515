"""`runner run`, as a user types it, on real servers: what is printed, kept, and left behind."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner.paths import ROOT
from runner.records.json_line import TrialLine
from runner.report.schema import ReportFile
from runner.results import RunFolder, latest, read_manifest
from runner.results.schema import RunFile
from tests.cli.inside import Told, told
from tests.cli.left_behind import assert_gone, assert_nothing_is_left, descendants

RUNNER = [sys.executable, "-c", "from runner.cli import main; main()"]
SMALL = """\
version: 1
defaults:
  {repeat: 4, max_repeat: 4, warmup: 20ms, duration: 100ms, disturbance: 100%, budget: 30s}
experiments:
  - id: ceiling
    title: Where does each stop?
    measure: ceiling
    server: {lab: [select, epoll]}
    limits: {nofile: 256}
    repeat: 1
    expect:
      - {metric: limit, of: {}, equals: EMFILE, points: 1}
  - id: alike
    title: Are they alike without idle connections?
    server: {lab: [poll, epoll]}
    fleet: {active: 4}
    limits: {nofile: 256}
    expect:
      - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.01, points: 1}
      - {metric: errors, of: {}, at_most: 0}
"""
INTERRUPTED = """\
version: 1
defaults: {repeat: 3, warmup: 20ms, duration: 100ms, disturbance: 100%, budget: 30s}
experiments:
  - id: served
    title: Is no reply lost?
    server: {lab: [poll, epoll]}
    fleet: {active: 4}
    limits: {nofile: 256}
    expect:
      - {metric: errors, of: {}, at_most: 0}
"""
TRIALS = 6
ALIKE = ("alike/lab=poll", "alike/lab=epoll")
NOISE = (
    "measure again later", "use a longer `warmup`", "INCONCLUSIVE NOISY", "measure at another time",
    "segments were retransmitted",
)  # fmt: skip
"""What a result says where the machine was busy: the lab is right to say so."""
ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the working folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A folder with a spec and a short run of it, and what the run said."""
    home = tmp_path_factory.mktemp("short")
    (home / "small.yaml").write_text(SMALL, encoding="utf-8")
    words = ("run", "small.yaml", "--engine", "process", "--filter", "alike", "--repeat", "2")
    with contextlib.chdir(home):
        return home, told(*words)


@pytest.fixture
def short(
    once: tuple[Path, Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Told]:
    """A copy of it, as the working folder."""
    home = Path(shutil.copytree(once[0], tmp_path / "copy"))
    monkeypatch.chdir(home)
    return home, once[1]


def runner(*words: str, cwd: Path, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUNNER, *words], cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.alone  # it measures
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_ends_with_its_tables_and_its_folder(spec: Path, engine: str) -> None:
    done = runner("run", spec.name, "--engine", engine, "-o", "junit=out/j.xml", cwd=spec.parent)
    assert_passed(done)
    assert "Where does each stop?" in done.stdout
    assert re.search(r"^10 trials(, verdicts| \(repeated): ", done.stdout, re.MULTILINE)
    assert "[10/1" in done.stderr
    folder = latest(spec.parent / "results")
    names = {path.name for path in folder.path.iterdir()}
    assert names >= {"run.json", "effective.yaml", "trials.jsonl", "report.json", "junit.xml",
                     "report.md", "trials.csv", "table.txt"}  # fmt: skip
    assert (spec.parent / "out" / "j.xml").read_text() == (folder.path / "junit.xml").read_text()
    measured = list(folder.measurements())
    for line in folder.trials.read_text().splitlines():
        TrialLine.model_validate_json(line)  # what is written is what the schema says
    sealed = read_manifest(folder)
    assert sealed is not None
    assert any("epoll" in name for name in sealed.programs), "what ran is in the manifest"
    RunFile.model_validate_json((folder.path / "run.json").read_text())
    ReportFile.model_validate_json((folder.path / "report.json").read_text())
    assert len({m.trial for m in measured}) == 10
    refused = [m for m in measured if m.cell.experiment == "ceiling"]
    assert {m.metrics["refused_fd"] for m in refused} == {256}
    assert all(m.record.granted.measured == 256 for m in measured)
    again = told("report")
    assert again.out == done.stdout, "a report needs no engine and says the same"


def test_asked_for_data_stdout_is_nothing_else(spec: Path) -> None:
    words = ("run", spec.name, "--engine", "process", "--filter", "alike", "--repeat", "1")
    done = runner(*words, "-o", "json=-", cwd=spec.parent)
    document = json.loads(done.stdout)
    assert {each["trial"] for each in document["trials"]} == {each + "#1" for each in ALIKE}
    done = runner(*words, "-o", "csv=-", "--quiet", cwd=spec.parent)
    rows = csv.DictReader(io.StringIO(done.stdout))
    assert {(row["lab"], row["repeat"]) for row in rows} == {("poll", "1"), ("epoll", "1")}
    assert done.stderr == ""


def test_too_few_repeats_are_inconclusive(short: tuple[Path, Told]) -> None:
    done = short[1]
    assert done.code == 4, done.out
    assert "too few sound repeats" in done.out


def test_a_dry_run_shows_the_plan_and_runs_nothing(spec: Path) -> None:
    done = told("run", spec.name, "--engine", "process", "--dry-run")
    assert done.code == 0
    assert len(done.out.splitlines()) == 13
    assert "10 trials, about" in done.out
    assert "alike: 1 comparison, decided after 4 repeats" in done.out
    assert not (spec.parent / "results").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "missing.yaml"), "missing.yaml"),
        (("run", "small.yaml", "-o", "jsn=x"), "did you mean 'json'"),
        (("run", "small.yaml", "-o", "json"), "type -o json=FILE"),
        (("run", "small.yaml", "--filter", "nothing*"), "there is no cell that is called nothing*"),
        (("run", "small.yaml", "--set", "defaults.repeet=3"), "repeat"),
        (("run", "small.yaml", "--repeat", "0"), "--repeat"),
        (("run", "small.yaml", "--engine", "dcker"), "--engine"),
        (("rnu",), "rnu"),
    ],
)
def test_bad_words_are_one_clear_error_and_exit_2(
    spec: Path, words: Sequence[str], said: str
) -> None:
    assert spec.exists()
    done = told(*words)
    assert done.code == 2, done.err
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_daemon_that_does_not_answer(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    words = ("run", spec.name, "--filter", "alike", "--repeat", "1")
    done = told(*words, "--engine", "docker")
    assert (done.code, "type --engine process" in done.err) == (3, True), done.err
    done = told(*words)
    assert "engine: process, because no Docker daemon answers" in done.err
    assert done.code == 4, done.err


def test_results_that_cannot_be_written_stop_before_anything_runs(spec: Path) -> None:
    (spec.parent / "blocked").write_text("a file")
    words = ("run", spec.name, "--engine", "process", "--results", "blocked")
    done = told(*words)
    assert (done.code, "type --results DIR" in done.err) == (3, True), done.err


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)],
    ids=lambda value: value.name if isinstance(value, signal.Signals) else "",
)
def test_a_killed_run_keeps_its_results_and_leaves_nothing(
    spec: Path, engine: str, how: signal.Signals, code: int
) -> None:
    spec.write_text(INTERRUPTED, encoding="utf-8")
    words = ("run", spec.name, "--engine", engine)
    process = subprocess.Popen(
        [*RUNNER, *words], cwd=spec.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("[2/"):
            break
    children = list(descendants(process.pid))
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode == code
    for pid in children:
        assert_gone(pid)
    folder = latest(spec.parent / "results")
    before = {measurement.trial for measurement in folder.measurements()}
    assert len(before) >= 2, "what was measured is whole"
    if how is signal.SIGKILL and engine == "docker":
        swept = told("clean")
        assert swept.code == 0, swept.err
    assert_nothing_is_left(engine, process.pid)
    resumed = runner("run", "--resume", str(folder.path), cwd=spec.parent)
    assert_passed(resumed)
    measured = list(RunFolder(folder.path).measurements())
    assert len({m.trial for m in measured}) == TRIALS
    assert {m.trial for m in measured if m.session == 1} >= before
    assert "(the run was resumed once;" in resumed.stdout
    assert told("verify", str(folder.path)).code == 0


def test_resume_goes_on_as_the_run_was_called(spec: Path) -> None:
    words = ("--engine", "process", "--filter", "alike/lab=poll*", "--repeat", "1", "--seed", "7")
    told("run", spec.name, *words)
    folder = latest(spec.parent / "results")
    folder.trials.unlink()
    (folder.path / "manifest.json").unlink()
    resumed = told("run", "--resume", str(folder.path))
    # One trial, twice in the file where the machine disturbed it.
    assert {m.trial for m in folder.measurements()} == {"alike/lab=poll#1"}, resumed.err
    done = told("run", spec.name, "--repeat", "2", "--resume", str(folder.path))
    assert (done.code, "begun with --repeat 1, not with --repeat 2" in done.err) == (2, True), (
        done.err
    )


def test_a_changed_run_is_neither_resumed_nor_verified(short: tuple[Path, Told]) -> None:
    folder = latest(short[0] / "results")
    for command in ("list", "show", "verify", f"show {folder.path.name}"):
        assert told(*command.split()).code == 0
    text = folder.trials.read_text()
    folder.trials.write_text(text.replace('"rate": ', '"rate": 1', 1))
    for command in ("verify", f"run --resume {folder.path}"):
        done = told(*command.split())
        assert done.code == 6, done.err
        assert "trials.jsonl:1: was changed" in done.all
        assert "Traceback" not in done.err


def test_resume_refuses_another_spec(short: tuple[Path, Told]) -> None:
    folder = latest(short[0] / "results")
    text = SMALL.replace("duration: 100ms", "duration: 150ms")
    (short[0] / "small.yaml").write_text(text, encoding="utf-8")
    done = told("run", "--resume", str(folder.path))
    assert done.code == 2
    assert "is not the spec that this run was begun with (its hash differs)" in done.err


def assert_passed(done: subprocess.CompletedProcess[str]) -> None:
    """All PASS; or, where other programs kept the machine busy to the end, INVALID or INCONCLUSIVE
    for that reason and no other: then the lab was right to say so."""
    disturbed = done.returncode == 4 and any(each in done.stdout for each in NOISE)
    assert done.returncode == 0 or disturbed, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
