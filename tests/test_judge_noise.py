"""What a busy machine kept open: how a run ends, and what its last lines say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.judge import Decision, undecided, verdicts
from runner.judge.disturbed import TooBusy, too_busy
from runner.records.asked import Asked
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.report import Run
from runner.report.summary_line import closing
from runner.report.table import render
from runner.spec import Suite
from tests.conftest import MakeSuite

SPEC = """
    defaults: {repeat: 5, max_repeat: 15}
    experiments:
      - id: e
        title: t
        server: {lab: [poll, epoll]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1, points: 10}
          - {metric: p99, of: {lab: epoll}, at_most: 5ms, points: 3}
          - {metric: errors, of: {}, at_most: 0, points: 2}
          - {metric: threads, of: {}, equals: 2, points: 1}
"""
LOOKS = [5, 7, 10, 15]


def measured(suite: Suite, blocks: int, invalid: Sequence[int] = ()) -> list[Outcome]:
    """Two labs that are the same, some of their blocks disturbed."""
    found = []
    for cell in suite.experiments[0].cells():
        for block in range(blocks):
            figure = 1000.0 + (7 * block + len(cell.name)) % 5
            metrics = {"rate": figure, "p99": 1e6, "errors": 0, "threads": 1}
            record = TrialRecord(Asked(looks=tuple(LOOKS)))
            whole = Outcome(f"{cell.name}#{block}", cell, block, Status.OK, "", metrics, record)
            if block in invalid:
                record = replace(record, disturbed="steal")
                whole = replace(whole, status=Status.INVALID, reason="steal", record=record)
            found.append(whole)
    return found


@pytest.mark.parametrize(
    ("blocks", "invalid", "expected"),
    [
        (7, [5, 6], TooBusy(2, 4, 4)),
        (10, [7, 9], TooBusy(2, 4, 6)),
        (10, [9], None),
        (5, [3, 4], None),
        (15, [11, 12, 13, 14], None),
    ],
)
def test_half_of_what_was_added_ends_the_repeats(
    suite_of: MakeSuite, blocks: int, invalid: list[int], expected: TooBusy | None
) -> None:
    suite = suite_of(SPEC)
    found = measured(suite, blocks, invalid)
    assert too_busy(undecided(suite, found), found) == expected


def test_the_closing_lines_name_the_remedy(suite_of: MakeSuite) -> None:
    suite = suite_of(SPEC)
    found = measured(suite, 7, [5, 6])
    page = render(Run("run", {}, suite, found, verdicts(suite, found)))
    told, _, last = page.splitlines()[-3:]
    assert "4 of the last 4 repeats of 2 undecided cells were INVALID, so no more were run" in told
    assert "--set defaults.disturbance=50% (now 25%)" in told
    assert last.startswith("14 trials")
    calm = measured(suite, 7)
    assert "too busy" not in render(Run("run", {}, suite, calm, verdicts(suite, calm)))


def test_points_that_are_open_stand_apart_from_lost_ones(suite_of: MakeSuite) -> None:
    suite = suite_of(SPEC)
    found = measured(suite, 5)
    judged = verdicts(suite, found)
    assert [v.outcome for v in judged] == [
        Decision.INCONCLUSIVE, Decision.PASS, Decision.PASS, Decision.FAIL
    ]  # fmt: skip
    said = closing(Run("run", {}, suite, found, judged))
    assert said.endswith("; 5 of 16 points, 1 lost, 10 INCONCLUSIVE")
    busy = [replace(m, status=Status.INVALID, reason="steal", metrics={}) for m in found]
    said = closing(Run("run", {}, suite, busy, verdicts(suite, busy)))
    assert said.endswith("; 0 of 16 points, 16 INVALID")
