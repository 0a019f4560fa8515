"""The kinds of measurement are a room: a kind is declared in one file and run by one, and no other
file knows which kinds there are."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.kinds import KINDS, METRICS, Kind
from runner.measure import RUNNERS
from runner.spec import AXES, Fleet

ROOT = Path(__file__).resolve().parent.parent
RUNNER = ROOT / "runner"
OTHERS = [
    path
    for path in sorted(RUNNER.rglob("*.py"))
    if path.parent not in (RUNNER / "kinds", RUNNER / "claims" / "rules")
]
"""A rule of a claim may say by which kind its evidence is measured."""


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_declared_by_one_file_and_run_by_another_of_its_name(kind: Kind) -> None:
    assert (RUNNER / "kinds" / f"{kind.name}.py").is_file()
    assert RUNNERS[kind.name].__module__ == f"runner.measure.{kind.name}"
    assert set(RUNNERS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_a_kind_names_is_there(kind: Kind) -> None:
    own = {metric.name for metric in kind.metrics}
    assert len(own) == len(kind.metrics)
    assert all(METRICS[metric.name] == metric for metric in kind.metrics), "one name, one metric"
    assert {column.metric for column in kind.columns if column.metric} <= own
    assert {*kind.compared, *kind.outliers} <= own
    assert set(kind.keys) <= set(Fleet.model_fields)
    assert set(kind.axes) <= set(AXES)


def test_no_other_file_tells_the_kinds_apart_by_name() -> None:
    assert [where for path in OTHERS for where in tells_kinds_apart(path)] == []


def tells_kinds_apart(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Compare | ast.Match):
            subject = node.left if isinstance(node, ast.Compare) else node.subject
            if "measure" in ast.unparse(subject).lower().split("."):
                yield where
        if isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set):
            entries = (node.keys if isinstance(node, ast.Dict) else node.elts) or []
            named = {each.value for each in entries if isinstance(each, ast.Constant)}
            if len(named & set(KINDS)) >= 2 and "server" not in named:
                yield f"{where}: a table of kinds"


DECLARED = """
from runner.kinds.column import Column
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric

GREETING = Kind(
    name="greeting",
    about="read the lines that a server prints before any client has come",
    tools=(),
    metrics=(Metric("lines", "lines", "lines after READY", fact=True, can_be_zero=True),),
    columns=(Column("lines printed", "lines", "values"),),
    headline="{lines} lines",
)
"""
RUN = """
from runner.measure.boxes import server_box
from runner.measure.server import ready
from runner.records.outcome import Status
from runner.records.trial_record import TrialRecord

def run(trial, bench):
    box = server_box(trial, bench.engine)
    server = bench.engine.launch(box)
    bench.boxes.callback(server.remove)
    ready(server, int(box.env["PORT"]))
    lines = 0
    while server.read_line(1.0) is not None:
        lines += 1
    return Status.OK, "", {"lines": lines}, TrialRecord()
"""
LINES = {
    "kinds/__init__.py": {
        "from runner.kinds.kind import": "from runner.kinds.greeting import GREETING\n",
        "LOAD, CEILING,": "GREETING, ",
    },
    "measure/__init__.py": {
        "from runner.measure.server import": "from runner.kinds import GREETING\n"
        "from runner.measure import greeting\n",
        "    LOAD.name: load.run,": "    GREETING.name: greeting.run,\n",
    },
}
"""The lines that register the kind, each before a place."""
SPEC = """
version: 1
experiments:
  - id: hello
    title: What does a server print?
    measure: greeting
    server: {lab: [epoll, poll]}
    expect: [{metric: lines, of: {lab: epoll}, equals: 2, points: 1}]
"""
MAIN = """
from pathlib import Path
from runner import judge, measure
from runner.plan import Host, expand
from runner.report import FORMATS, Run
from runner.spec import load
from tests.fake_engine import READY, FakeEngine, Script

suite = load("spec.yaml")
trials = expand(suite, Host(1024, (0, 1)), repeat=1).trials
engine = FakeEngine(Script([READY, "hello", "world"], silent=False) for _ in trials)
found = [measure.run(trial, engine, {}) for trial in trials]
print(FORMATS["table"](Run("greetings", {}, suite, found, judge.verdicts(suite, found)), {}))
"""


def test_a_sixth_kind_is_two_files_and_a_line_in_each_of_two_tables(tmp_path: Path) -> None:
    """From the YAML to the table, in a copy of the runner to which nothing else is added."""
    ignored = shutil.ignore_patterns("__pycache__", "native")
    shutil.copytree(RUNNER, tmp_path / "runner", ignore=ignored)
    (tmp_path / "labs").symlink_to(ROOT / "labs")
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "fake_engine.py", tmp_path / "tests")
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "runner" / "kinds" / "greeting.py").write_text(DECLARED, encoding="utf-8")
    (tmp_path / "runner" / "measure" / "greeting.py").write_text(RUN, encoding="utf-8")
    for name, added in LINES.items():
        path = tmp_path / "runner" / name
        text = path.read_text(encoding="utf-8")
        for place, line in added.items():
            assert text.count(place) == 1, place
            text = text.replace(place, line + place)
        path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MAIN], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "lines printed" in done.stdout
    (epoll,) = (line for line in done.stdout.splitlines() if line.startswith("epoll"))
    assert epoll.split() == ["epoll", "2"]
    assert "PASS" in done.stdout
