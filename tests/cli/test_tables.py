"""Tables on stdout: when they appear, once, and as wide as the terminal."""

from __future__ import annotations

import contextlib
import os
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli.tables import Tables
from runner.judge import verdicts
from runner.paths import ROOT
from runner.plan import Host, Plan, expand, looks
from runner.records.asked import Asked
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.report import Run
from runner.results import latest
from runner.spec import Cell, Suite
from tests.cli.test_run import RUNNER, SMALL
from tests.conftest import MakeSuite

TWO = """
    defaults: {repeat: 4, max_repeat: 8}
    experiments:
      - id: first
        title: the first
        server: {lab: [poll, epoll]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}
      - id: second
        title: the second
        server: {lab: [select, poll, epoll]}
        expect:
          - {ratio: rate, of: {lab: select}, to: {lab: poll}, at_least: 1}
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}
"""
FASTER = {"poll": 100.0, "epoll": 300.0}


def sample(cell: Cell, block: int, rate: float) -> Outcome:
    asked = Asked(looks=looks(4, 8))
    name, record = f"{cell.experiment}/{cell.name}#{block + 1}", TrialRecord(asked)
    return Outcome(name, cell, block, Status.OK, "", {"rate": rate}, record)


class Runs:
    """A run that is under way, with what it printed to stdout."""

    def __init__(self, suite: Suite, *, early: bool = True) -> None:
        self.suite = suite
        self.plan: Plan = expand(suite, Host(20_000, (0, 1)))
        self.measured: list[Outcome] = []
        self.printed: list[str] = []
        self.tables = Tables(suite, self.plan, self.reported, early=early)

    def reported(self) -> Run:
        cells = self.plan.cells
        found = tuple(self.measured)
        return Run("r", {}, self.suite, found, verdicts(self.suite, found, cells))

    def measure(self, experiment: str, rate: Callable[[str, int], float]) -> None:
        for trial in self.plan.trials:
            if trial.experiment == experiment:
                self.tables.begins([trial], self.printed.append)
                lab = str(trial.cell.get("lab"))
                self.measured.append(sample(trial.cell, trial.block, rate(lab, trial.block)))


def clear(lab: str, block: int) -> float:
    return FASTER.get(lab, 100.0) * (1 + block / 100)


def unclear(lab: str, block: int) -> float:
    return 100.0 * (1 + (block + (lab == "epoll")) % 2)


def test_a_decided_experiment_is_shown_when_the_next_one_begins(suite_of: MakeSuite) -> None:
    run = Runs(suite_of(TWO))
    run.measure("first", clear)
    assert not run.printed, "not before its last trial is over"
    run.measure("second", clear)
    run.measure("first", clear)
    assert len(run.printed) == 2
    assert run.printed[0].startswith("the first  [first]")
    assert "PASS" in run.printed[0]
    assert run.tables.shown == ["first", "second"]
    run.measure("second", clear)
    assert len(run.printed) == 2, "each once"


def test_an_undecided_experiment_waits_for_its_further_repeats(suite_of: MakeSuite) -> None:
    run = Runs(suite_of(TWO))
    run.measure("first", unclear)
    run.measure("second", clear)
    assert not run.printed
    run.measured += [
        sample(cell, block, clear(str(cell.get("lab")), block))
        for cell in run.suite.experiments[0].cells()
        for block in range(4, 8)
    ]
    run.tables.begins([run.plan.trials[0]], run.printed.append)
    run.tables.begins([run.plan.trials[-1]], run.printed.append)
    assert run.tables.shown == ["second", "first"], "it has had its last repeat, decided or not"


def test_data_on_stdout_and_a_closed_stdout_end_no_run(suite_of: MakeSuite) -> None:
    quiet = Runs(suite_of(TWO), early=False)
    quiet.measure("first", clear)
    quiet.measure("second", clear)
    assert not quiet.printed

    def closed(_text: str) -> None:
        raise BrokenPipeError

    run = Runs(suite_of(TWO))
    run.measure("first", clear)
    run.tables.begins([run.plan.trials[-1]], closed)
    run.measure("first", clear)
    assert run.tables.shown == [], "so the end shows all of it, or says why not"


def test_a_verdict_in_mid_run_is_as_sure_as_at_the_end(suite_of: MakeSuite) -> None:
    suite = suite_of(TWO)
    plan = expand(suite, Host(20_000, (0, 1)))
    first, second = ([t for t in plan.trials if t.experiment == e] for e in ("first", "second"))
    half = [sample(t.cell, t.block, clear(str(t.cell.get("lab")), t.block)) for t in first]
    rest = [sample(t.cell, t.block, clear(str(t.cell.get("lab")), t.block)) for t in second]
    early = verdicts(suite, half, plan.cells)[0].checks[0].interval
    late = verdicts(suite, [*half, *rest])[0].checks[0].interval
    assert early == late
    assert early != verdicts(suite, half)[0].checks[0].interval


@pytest.mark.alone  # it measures
def test_the_first_table_does_not_wait_for_the_last_trial(tmp_path: Path) -> None:
    """Also in a pipe: what is printed when is the order of one stream."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    words = ["run", "small.yaml", "--engine", "process"]
    done = subprocess.run(
        [*RUNNER, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=110, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    first = done.stdout.index("limit of every cell (2 cells)")
    assert first < done.stdout.index("] alike/"), "before the first trial of the next experiment"
    assert done.stdout.count("Where does each stop?") == 1, "it is not repeated at the end"
    *_, last, report = done.stdout.rstrip().splitlines()
    assert report.endswith("/report.html")
    assert last.startswith("10 trials"), "whole: a pipe has no width"
    folder = latest(tmp_path / "results").path
    shown, status = on_a_terminal([*RUNNER, "report", str(folder)], tmp_path, columns=70)
    assert status == done.returncode
    paths = [line for line in shown if line.startswith("report: ")]
    assert max(len(line) for line in shown if line not in paths) <= 70
    assert any(line.startswith("left out, for 70 columns: ") for line in shown)


def on_a_terminal(words: list[str], folder: Path, columns: int) -> tuple[list[str], int]:
    """What a program prints to a terminal so wide, and its exit code."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    with subprocess.Popen(
        words, cwd=folder, stdout=theirs, stdin=theirs, stderr=subprocess.DEVNULL,
        env={**environment, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # EIO: the other end was closed
            while part := os.read(ours, 1 << 16):
                printed += part
        os.close(ours)
        return printed.decode().splitlines(), process.wait(60)
