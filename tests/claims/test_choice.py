"""Which run a verdict on a claim comes from, and that its intervals are the run's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner import machine
from runner.claims import CLAIMS, Source, Standing, measured_whole, rule, rulings
from runner.cli import cli
from runner.judge import comparisons, verdicts
from runner.records.asked import Asked
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.results import RunFolder
from runner.spec import Cell, Experiment, Suite, load
from tests.conftest import MakeSuite

SWEEP = """
    defaults: {repeat: 4, max_repeat: 4}
    experiments:
      - id: sweep
        title: the sweep
        interleave: 20ms
        server: {lab: [select, poll, epoll]}
        fleet: {idle: [0, 900, 10k]}
        exclude: [{lab: select, idle: 10k}]
        quick: {only: [{lab: epoll}]}
        expect:
          - {ratio: rate, of: {lab: epoll, idle: 10k}, to: {lab: epoll, idle: 0}, at_least: 0.5}
          - {ratio: rate, of: {lab: poll, idle: 10k}, to: {lab: poll, idle: 0}, at_most: 0.5}
          - {ratio: rate, of: {lab: select, idle: 0}, to: {lab: epoll, idle: 0}, at_least: 0.5}
"""
KEPT = {"select": 0.9, "poll": 0.2, "epoll": 0.97}
PACE = (1.0, 0.6, 1.4, 0.9, 0.7, 1.2, 1.0, 0.8)
"""What the machine does from block to block: to all cells of a block alike."""


def load_of(cell: Cell, block: int, kept: float) -> Outcome:
    idle = int(cell.get("idle") or 0)
    own = 1 + block * (idle + len(str(cell.get("lab")))) % 7 / 300
    rate = 100_000 * PACE[block % len(PACE)] * (kept if idle else 1.0) * own
    asked = Asked(measure="load", idle=idle, looks=(4,))
    trial = f"{cell.experiment}/{cell.name}#{block + 1}"
    return Outcome(trial, cell, block, Status.OK, "", {"rate": rate}, TrialRecord(asked))


def measured(
    experiment: Experiment,
    blocks: int = 4,
    kept: Callable[[str], float] = lambda lab: KEPT[lab],
    only: Sequence[Cell] | None = None,
) -> tuple[Outcome, ...]:
    return tuple(
        load_of(cell, block, kept(str(cell.get("lab"))))
        for block in range(blocks)
        for cell in (experiment.cells() if only is None else only)
    )


def source(suite: Suite, name: str, found: tuple[Outcome, ...], cut: str = "") -> Source:
    cells = {m.cell for m in found}
    return Source(name, found, comparisons(suite, cells), measured_whole(suite, found), cut)


def test_a_part_never_replaces_a_whole(suite_of: MakeSuite) -> None:
    """A newer --quick, --filter or interrupted run has cells of the experiment, and not all."""
    suite = suite_of(SWEEP)
    sweep = suite.experiments[0]
    whole = source(suite, "whole", measured(sweep))
    assert whole.whole == {"sweep"}
    parts = {
        "--quick": measured(sweep, only=sweep.quick_cells()),
        "--filter": measured(sweep, only=[c for c in sweep.cells() if c.get("lab") == "poll"]),
        "interrupted": measured(sweep, blocks=2),
    }
    for cut, some in parts.items():
        part = source(suite, "part", some, cut)
        assert not part.whole, cut
        ruling = rule(CLAIMS["T3"], [part, whole])
        assert ruling.standing is Standing.SUPPORTED, cut
        assert ruling.sources == ("whole",), cut
        assert rule(CLAIMS["T3"], [whole, part]).sources == ("whole",), cut


def test_of_two_whole_runs_the_newer_counts(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    older = source(suite, "older", measured(suite.experiments[0]))
    newer = source(suite, "newer", measured(suite.experiments[0], kept=lambda _lab: 0.3))
    ruling = rule(CLAIMS["T3"], [newer, older])
    assert (ruling.standing, ruling.sources) == (Standing.REFUTED, ("newer",))


def test_a_part_stands_where_nothing_is_whole_and_says_so(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    some = measured(suite.experiments[0], only=suite.experiments[0].quick_cells())
    ruling = rule(CLAIMS["T3"], [source(suite, "part", some, "--quick")])
    assert ruling.sources == ("part (--quick)",)
    assert ruling.standing is Standing.NO_EVIDENCE


def test_a_disturbed_cell_makes_a_run_no_whole_one(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    found = measured(suite.experiments[0])
    invalid = tuple(
        Outcome(m.trial, m.cell, m.block, Status.INVALID, "busy", m.metrics, m.record)
        if m.cell.get("lab") == "poll"
        else m
        for m in found
    )
    older = source(suite, "older", found)
    ruling = rule(CLAIMS["T3"], [source(suite, "newer", invalid), older])
    assert ruling.sources == ("older",)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_claims_and_run_give_the_same_interval(suite_of: MakeSuite, number: int) -> None:
    """Paired by blocks: the machine's pace is in both sides of a block, and falls out. As sure: all
    comparisons together, and all looks."""
    suite = suite_of(SWEEP)
    found = measured(suite.experiments[0], blocks=16)
    check = verdicts(suite, found)[number].checks[0]
    assert check.interval is not None
    ends = f"[{check.interval.low:.3g}, {check.interval.high:.3g}]"
    assert check.interval.high is not None
    assert check.interval.low is not None
    assert check.interval.high / check.interval.low < 1.1, "unpaired it is ×2 wide"
    ruled = {claim.id: ruling for claim, ruling in rulings([source(suite, "r", found)])}
    if number == 0:
        shared = rule(CLAIMS["T3"], [source(suite, "r", found)])
        assert f"{ends} beside 10,000; alone" in shared.figure
    if number == 1:
        assert f"{ends} beside 10,000, epoll" in ruled["T3"].figure
    if number == 2:
        assert f"{ends}, poll" in ruled["T3"].figure.partition("alone")[2]


def test_the_command_says_which_run_each_verdict_came_from(tmp_path: Path) -> None:
    """Through the files: a whole run, then a quick one."""
    text = "version: 1" + SWEEP.replace("\n    ", "\n")
    for name, quick in (("20260101T000000-whole", False), ("20260102T000000-quick", True)):
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir(parents=True)
        about = {"format": 1, "host": machine.gather(), "engine": {"name": "fake"}}
        folder.write("run.json", json.dumps({**about, "options": {"quick": quick}}))
        (folder.path / "effective.yaml").write_text(text, encoding="utf-8")
        sweep = load(folder.path / "effective.yaml", recorded=True).experiments[0]
        for m in measured(sweep, only=sweep.quick_cells() if quick else None):
            folder.append(m)
    done = CliRunner().invoke(cli, ["claims", "T3", "--results", str(tmp_path)])
    assert done.exception is None or done.exit_code == 0, done.output
    assert "T3   SUPPORTED" in done.output
    assert "measured in: 20260101T000000-whole" in done.output
    assert "20260102" not in done.output
