"""Own servers in folders run beside labs, on both engines, and are found by their names."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from runner.cli.exit_codes import Exit
from runner.paths import LABS
from tests.cli.inside import told

AS_BUSY_AS_IT_IS = (Exit.OK, Exit.INCONCLUSIVE)
"""Other programs may make a window of 50 ms INVALID."""
ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]
SPEC = """\
version: 1
defaults: {repeat: 1, max_repeat: 1, warmup: 20ms, duration: 50ms, disturbance: 100%, budget: 0s}
servers:
  in-c: {folder: ../Own Servers/C}
  in-python: {folder: python, environment: {GREETING: hello world}}
experiments:
  - id: own
    title: Do own servers answer beside a lab?
    server: {lab: [poll, in-c, in-python], language: [c, python]}
    exclude: [{lab: poll, language: python}]
    fleet: {active: 2}
    expect:
      - {metric: errors, of: {lab: [in-c, in-python]}, at_most: 0, points: 2}
"""
GREETS = 'import os\nassert os.environ["GREETING"] == "hello world"\n'


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """One server beside the spec, one outside of its folder."""
    shutil.copytree(LABS / "epoll", tmp_path / "Own Servers/C")
    (tmp_path / "specs/python").mkdir(parents=True)
    source = (LABS / "thread/server.py").read_text(encoding="utf-8")
    (tmp_path / "specs/python/server.py").write_text(
        source.replace("import lab\n", f"{GREETS}import lab\n", 1), encoding="utf-8"
    )
    (tmp_path / "specs/spec.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path / "specs/spec.yaml"


@pytest.mark.parametrize("engine", ENGINES)
def test_they_run_beside_a_lab_and_are_judged(spec: Path, engine: str) -> None:
    results = spec.parent / "results"
    words = ["run", str(spec), "--engine", engine, "--results", str(results), "-o", "csv=-"]
    done = told(*words)
    assert done.code in AS_BUSY_AS_IT_IS, done.all
    rows = list(csv.DictReader(done.out.splitlines()))
    assert {(row["lab"], row["language"]) for row in rows} == {
        ("poll", "c"), ("in-c", ""), ("in-python", "")
    }  # fmt: skip
    assert {row["status"] for row in rows} <= {"OK", "INVALID"}, done.all
    again = told("report", "--results", str(results), str(next(results.iterdir())))
    assert again.code == done.code, again.all
    assert "in-python" in again.out


def test_a_filter_names_one_of_them(spec: Path) -> None:
    done = told("run", str(spec), "--dry-run", "--filter", "own/lab=in-*", "--engine", "process")
    planned = [line.split(maxsplit=1)[1] for line in done.out.splitlines() if "#" in line]
    assert sorted(planned) == ["own/lab=in-c#1", "own/lab=in-python#1"]


def test_trace_takes_their_names(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("strace") is None:
        pytest.skip("NOT TRACED: strace is missing")
    words = ["trace", "in-python", "--engine", "process", "--watched", "0"]
    done = told(*words, "--spec", str(spec))
    assert done.code == Exit.OK, done.all
    assert "thread" in done.out
    (spec.parent / "spec.yaml").rename(spec.parent / "experiments.yaml")
    monkeypatch.chdir(spec.parent)
    assert "did you mean 'in-python'?" in told("trace", "in-pythn").err
    said = told("trace", "in-pythn", "--spec", "experiments.yaml").err
    assert "no name under `servers` in experiments.yaml; did you mean 'in-python'?" in said
