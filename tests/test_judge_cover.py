"""A verdict covers what it says, and the exit code and the JUnit file say the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from runner.cli import exits
from runner.cli.exit_codes import Exit
from runner.judge import Decision, Incomplete, Verdict, cut_short, verdicts
from runner.judge.tally import points
from runner.records.outcome import Outcome, Status
from runner.report import Run
from runner.report.junit import to_junit
from runner.report.summary_line import closing
from runner.report.table import render
from runner.spec import Cell, Suite
from runner.words.verdict import covers, notes, reason
from tests.conftest import MakeSuite

THREE = """
    experiments:
      - id: e
        title: t
        server: {lab: [select, poll, epoll]}
        fleet: {idle: [0, 5k]}
        expect:
          - {metric: errors, of: {}, at_most: 0, points: 2}
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1, points: 3}
      - id: free
        title: nothing is expected
        server: {lab: [select, poll]}
"""
MISSING = "libfoo is missing; type: apt-get install libfoo"


def trials(cell: Cell, status: Status = Status.OK, reason: str = "") -> list[Outcome]:
    rate = 2000.0 if cell.get("lab") == "epoll" else 1000.0
    metrics = {"rate": rate, "errors": 0.0} if status is Status.OK else {}
    return [
        Outcome(f"{cell.full_name}#{block + 1}", cell, block, status, reason, metrics)
        for block in range(5)
    ]


def cells(suite: Suite, experiment: int = 0) -> dict[tuple[object, object], Cell]:
    every = suite.experiments[experiment].cells()
    return {(cell.get("lab"), cell.get("idle")): cell for cell in every}


def test_a_cell_that_lacks_a_capability_is_named_and_nothing_passes(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    lacking = cells(suite)["epoll", 0]
    found = [
        m
        for cell in suite.experiments[0].cells()
        for m in trials(cell, *((Status.SKIP, MISSING) if cell == lacking else ()))
    ]
    judged = verdicts(suite, found, suite.experiments[0].cells())
    assert [verdict.outcome for verdict in judged] == [Decision.SKIP, Decision.SKIP]
    assert sum(verdict.earned for verdict in judged) == 0
    for verdict in judged:
        assert verdict.not_run == (lacking,)
        assert reason(verdict) == f"{lacking.name} did not run: {MISSING}"
    assert exits.of(judged, found) is Exit.NOTHING_RAN
    assert points(judged)[Decision.SKIP] == 5


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_what_an_interrupted_run_did_not_reach_is_named_and_nothing_passes(
    suite_of: MakeSuite, kept: int
) -> None:
    suite = suite_of(THREE)
    every = suite.experiments[0].cells()
    found = [m for cell in every[:kept] for m in trials(cell)]
    errors, rates = verdicts(suite, found, every)
    assert errors.outcome is rates.outcome is Decision.INCONCLUSIVE
    assert errors.not_run == every[kept:]
    assert reason(errors).endswith("did not run: the run ended before it")
    assert errors.earned == rates.earned == 0


def test_a_broken_fact_is_a_failure_whatever_did_not_run(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    every = suite.experiments[0].cells()
    broken = Outcome("x", every[0], 0, Status.OK, metrics={"errors": 3, "rate": 1.0})
    lacking = trials(every[1], Status.SKIP, MISSING)
    found = [broken, *lacking, *(m for cell in every[2:] for m in trials(cell))]
    errors = verdicts(suite, found, every)[0]
    assert errors.outcome is Decision.FAIL
    assert f"{every[1].name} did not run" in reason(errors)
    assert exits.of([errors], found) is Exit.FAILED


def test_what_the_user_did_not_select_costs_the_points_and_is_counted(
    suite_of: MakeSuite,
) -> None:
    suite = suite_of(THREE)
    some = [cell for cell in suite.experiments[0].cells() if cell.get("idle") == 0]
    found = [m for cell in some for m in trials(cell)]
    judged = verdicts(suite, found, some)
    assert [verdict.outcome for verdict in judged] == [Decision.PASS, Decision.PASS]
    assert [verdict.earned for verdict in judged] == [0, 0]
    assert [covers(verdict) for verdict in judged] == ["3 of 6 cells", "1 of 2 cells"]
    assert "no points without lab=select idle=5k and 2 more" in notes(judged[0])[0][0]
    assert exits.of(judged, found) is Exit.OK
    assert closing(run_of(suite, found, judged)).endswith("2 PASS; 0 of 5 points, 5 left out")
    whole = [m for cell in suite.experiments[0].cells() for m in trials(cell)]
    full = verdicts(suite, whole, suite.experiments[0].cells())
    assert [(v.earned, covers(v)) for v in full] == [(2, "6 cells"), (3, "2 cells")]
    assert points(full) == {**dict.fromkeys(Decision, 0.0), Decision.PASS: 5}


def test_nothing_sound_is_no_success_though_nothing_was_expected(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    first, second = suite.experiments[1].cells()
    noisy = trials(first, Status.INVALID, "steal")
    assert exits.of((), noisy) is Exit.INCONCLUSIVE
    assert exits.of((), [*noisy, *trials(second)]) is Exit.INCONCLUSIVE
    assert exits.of((), [*noisy[:1], *trials(first)[1:]]) is Exit.OK
    assert exits.of((), trials(first, Status.SKIP, MISSING)) is Exit.NOTHING_RAN
    partly = [*trials(first, Status.SKIP, MISSING), *trials(second)]
    assert exits.of((), partly) is Exit.OK, "nothing was expected of it"


def run_of(suite: Suite, found: Sequence[Outcome], judged: Sequence[Verdict]) -> Run:
    return Run("run", {}, suite, tuple(found), tuple(judged))


def junit(run: Run) -> Exit:
    """The exit code that somebody reads who has the JUnit file alone."""
    root = ET.fromstring(to_junit(run))  # noqa: S314 - our own
    if list(root.iter("failure")):
        return Exit.FAILED
    errors = [str(each.get("message")) for each in root.iter("error")]
    if any(told.startswith("ERROR") for told in errors):
        return Exit.INFRASTRUCTURE
    if errors:
        return Exit.INCONCLUSIVE
    skipped = [str(each.get("message")) for each in root.iter("skipped")]
    if any(told.startswith("INCONCLUSIVE") for told in skipped):
        return Exit.INCONCLUSIVE
    return Exit.NOTHING_RAN if any(told.startswith("SKIP") for told in skipped) else Exit.OK


def test_junit_agrees_with_the_exit_code_whatever_happened(suite_of: MakeSuite) -> None:
    """Every status in every place: of cells with expectations and of cells without."""
    suite = suite_of(THREE)
    every = [cell for experiment in suite.experiments for cell in experiment.cells()]
    draw = random.Random(10)
    seen = set()
    for _ in range(600):
        likely = draw.choice([[Status.OK], [Status.OK] * 20 + list(Status), list(Status)])
        some = [cell for cell in every if draw.random() < draw.choice([0.7, 1])]
        found = []
        for cell in some:
            whole = draw.choice(likely)
            for m in trials(cell):
                status = whole if draw.random() < 0.7 else draw.choice(likely)
                metrics = m.metrics if status is Status.OK else {}
                found.append(Outcome(m.trial, cell, m.block, status, "because", metrics))
        judged = verdicts(suite, found, every)
        code = exits.of(judged, found)
        said = junit(run_of(suite, found, judged))
        lenient = said is Exit.NOTHING_RAN and code is Exit.OK
        gone = code is Exit.NOTHING_RAN and all(m.status is Status.SKIP for m in found)
        assert said is code or lenient or gone, (code, said)
        seen.add(code)
    assert len(seen) >= 5
    assert Exit.INTEGRITY not in seen


def test_an_experiment_that_was_not_begun_is_in_the_report(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    judged = verdicts(suite, [], suite.experiments[0].cells())
    run = run_of(suite, [], judged)
    assert "did not run: the run ended before it" in to_junit(run)
    assert "INCONCLUSIVE" in render(run)


PLANNED = 5


@pytest.mark.parametrize("left", [Status.INVALID, Status.ERROR, None], ids=str)
@pytest.mark.parametrize("measured", [1, 4])
def test_a_run_that_ended_before_its_repeats_earns_nothing(
    suite_of: MakeSuite, measured: int, left: Status | None
) -> None:
    """A fact as little as an estimate, whether the repeats have no record, or one that the run
    would have measured again."""
    suite = suite_of(THREE)
    every = suite.experiments[0].cells()
    found = [m for cell in every for m in trials(cell)[:measured]]
    if left is not None:
        found += [m for cell in every for m in trials(cell, left, "steal")[measured:]]
    cut = cut_short(dict.fromkeys(every, PLANNED), found, complete=False)
    judged = verdicts(suite, found, every, cut)
    said = f"the run ended before {PLANNED - measured} of its {PLANNED} repeats"
    for verdict in judged:
        assert (verdict.outcome, verdict.earned) == (Decision.INCONCLUSIVE, 0)
        assert reason(verdict) == said
    grave = Exit.INFRASTRUCTURE if left is Status.ERROR else Exit.INCONCLUSIVE
    assert exits.of(judged, found) is grave
    assert said in to_junit(run_of(suite, found, judged))


def test_one_cell_that_was_cut_short_keeps_the_whole_expectation_open(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    every = suite.experiments[0].cells()
    found = [m for cell in every for m in trials(cell)][:-1]
    cut = cut_short(dict.fromkeys(every, PLANNED), found, complete=False)
    errors = verdicts(suite, found, every, cut)[0]
    assert errors.outcome is Decision.INCONCLUSIVE
    assert reason(errors) == "the run ended before 1 of its 5 repeats"


def test_what_lies_beyond_the_plan_and_what_stayed_invalid_change_nothing(
    suite_of: MakeSuite,
) -> None:
    suite = suite_of(THREE)
    every = suite.experiments[0].cells()
    found = [m for cell in every for m in trials(cell)]
    few = dict.fromkeys(every, 4)
    assert cut_short(few, found, complete=False) == {}, "the fifth is beyond the plan"
    first = trials(every[0], Status.INVALID, "steal")[:1]
    kept = [*first, *(m for m in found if m.trial != first[0].trial)]
    assert cut_short(few, kept, complete=True) == {}, "it had its turns"
    assert verdicts(suite, kept, every)[0].outcome is Decision.PASS


def test_a_run_that_ended_early_does_not_pardon_a_failure(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    every = suite.experiments[0].cells()
    broken = Outcome("x", every[0], 0, Status.OK, metrics={"errors": 3, "rate": 1.0})
    found = [broken, *(m for cell in every[1:] for m in trials(cell)[:1])]
    cut = cut_short(dict.fromkeys(every, PLANNED), found, complete=False)
    judged = verdicts(suite, found, every, cut)
    assert judged[0].outcome is Decision.FAIL
    assert exits.of(judged, found, complete=False) is Exit.FAILED


def test_a_run_that_ended_early_says_so_where_nothing_was_expected(suite_of: MakeSuite) -> None:
    suite = suite_of(THREE)
    found = [m for cell in suite.experiments[1].cells() for m in trials(cell)[:1]]
    run = replace(run_of(suite, found, ()), incomplete=Incomplete(8, 10))
    assert "INCOMPLETE: the run ended before 8 of its 10 planned trials" in render(run)
    assert exits.of((), found, complete=False) is junit(run) is Exit.INCONCLUSIVE
