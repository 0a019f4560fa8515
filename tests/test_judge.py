"""Verdicts: PASS and FAIL only where the data decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.cli import exits
from runner.cli.exit_codes import Exit
from runner.judge import Decision, Verdict, verdicts
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.spec import Cell, Suite
from runner.words.verdict import measured, reason, title
from tests.conftest import MakeSuite

RATES = """
    experiments:
      - id: e
        title: t
        server: {lab: [poll, epoll]}
        fleet: {idle: [0, 5k]}
        expect:
          - {ratio: rate, of: {lab: epoll, idle: 5k}, to: {lab: poll, idle: 5k},
             at_least: 5, points: 10}
          - {metric: errors, of: {}, at_most: 0, points: 2}
"""
CALM = [1.0, 1.01, 0.99, 1.02, 0.98]


def of(
    suite: Suite, lab: str, idle: int, rates: Sequence[float], errors: Sequence[int] = ()
) -> list[Outcome]:
    cell = next(
        c for c in suite.experiments[0].cells() if (c.get("lab"), c.get("idle")) == (lab, idle)
    )
    return [
        Outcome(f"{cell.name}#{i}", cell, i, Status.OK, metrics={"rate": rate, "errors": wrong})
        for i, (rate, wrong) in enumerate(zip(rates, errors or [0] * len(rates), strict=True))
    ]


def broken(cell: Cell, status: Status, reason: str) -> Outcome:
    return Outcome(f"{cell.name}#9", cell, 9, status, reason)


def ratio(suite: Suite, measurements: Sequence[Outcome]) -> Verdict:
    return verdicts(suite, measurements)[0]


@pytest.mark.parametrize(
    ("epoll", "outcome"),
    [
        ([8 * x for x in CALM], Decision.PASS),
        ([3 * x for x in CALM], Decision.FAIL),
        ([4.5, 4.9, 5.0, 5.1, 5.6], Decision.INCONCLUSIVE),
        ([80.0, 81.0, 82.0], Decision.INCONCLUSIVE),
    ],
)
def test_the_interval_decides(suite_of: MakeSuite, epoll: list[float], outcome: Decision) -> None:
    suite = suite_of(RATES)
    poll = CALM[: len(epoll)]
    found = ratio(suite, of(suite, "poll", 5000, poll) + of(suite, "epoll", 5000, epoll))
    assert found.outcome is outcome
    assert found.earned == (10 if outcome is Decision.PASS else 0)
    assert found.deciding is not None
    assert found.deciding.repeats == len(epoll)


@pytest.mark.parametrize("status", [Status.FAIL, Status.ERROR, Status.INVALID, Status.SKIP])
def test_a_cell_without_data_never_passes(suite_of: MakeSuite, status: Status) -> None:
    suite = suite_of(RATES)
    poll = of(suite, "poll", 5000, CALM)
    cell = of(suite, "epoll", 5000, [1.0])[0].cell
    found = ratio(suite, [*poll, broken(cell, status, "because")])
    assert str(found.outcome) == str(status)
    assert found.earned == 0


def test_what_was_not_run_is_skipped(suite_of: MakeSuite) -> None:
    suite = suite_of(RATES)
    found = ratio(suite, of(suite, "poll", 0, CALM))
    assert (found.outcome, reason(found)) == (Decision.SKIP, "this run left its cells out")


def test_one_invalid_repeat_is_left_out_and_one_fault_of_the_server_is_not(
    suite_of: MakeSuite,
) -> None:
    suite = suite_of(RATES)
    sound = of(suite, "poll", 5000, CALM) + of(suite, "epoll", 5000, [9 * x for x in CALM])
    cell = sound[-1].cell
    invalid = [*sound, broken(cell, Status.INVALID, "steal")]
    assert ratio(suite, invalid).outcome is Decision.PASS
    faulty = [*sound, broken(cell, Status.FAIL, "died in mid-trial")]
    assert ratio(suite, faulty).outcome is Decision.FAIL
    assert reason(ratio(suite, faulty)) == "died in mid-trial"


def test_too_few_repeats_say_which_was_lost(suite_of: MakeSuite) -> None:
    suite = suite_of(RATES)
    few = of(suite, "poll", 5000, CALM[:4]) + of(suite, "epoll", 5000, CALM[:3])
    told = ratio(suite, few)
    assert told.outcome is Decision.INCONCLUSIVE
    assert reason(told).endswith("3, and a verdict needs 4; type --repeat 5")
    lost = broken(few[-1].cell, Status.INVALID, "steal")
    assert reason(ratio(suite, [*few, lost])).endswith(f"; {lost.trial} is INVALID: steal")


def test_a_fact_must_hold_in_every_repeat(suite_of: MakeSuite) -> None:
    suite = suite_of(RATES)
    clean = verdicts(suite, of(suite, "poll", 0, CALM))[1]
    assert clean.outcome is Decision.PASS
    once = verdicts(suite, of(suite, "poll", 0, CALM, errors=[0, 0, 1, 0, 0]))[1]
    assert once.outcome is Decision.FAIL
    assert once.deciding is not None
    assert list(once.deciding.values) == [0, 1]
    assert measured(once) == "0 / 1"


def test_a_disturbed_repeat_counts_for_facts_and_for_nothing_else(suite_of: MakeSuite) -> None:
    suite = suite_of(RATES)
    calm = of(suite, "poll", 5000, CALM) + of(suite, "epoll", 5000, [9 * x for x in CALM])

    def shaken(measurement: Outcome) -> Outcome:
        record = TrialRecord(disturbed="a neighbour")
        return replace(measurement, status=Status.INVALID, reason="a neighbour", record=record)

    rates, errors = verdicts(suite, [shaken(m) for m in calm])
    assert (rates.outcome, reason(rates)) == (Decision.INVALID, "a neighbour")
    assert (errors.outcome, errors.checks[0].repeats) == (Decision.PASS, 5)
    broken_once = of(suite, "poll", 0, CALM, errors=[0, 0, 3, 0, 0])
    busy = [shaken(m) if m.metrics["errors"] else m for m in broken_once]
    assert verdicts(suite, busy)[1].outcome is Decision.PASS, "the machine may have broken it"
    assert verdicts(suite, broken_once)[1].outcome is Decision.FAIL
    only = verdicts(suite, [m for m in busy if m.metrics["errors"]])[1]
    assert (only.outcome, reason(only)) == (Decision.INVALID, "a neighbour")
    saturated = [replace(m, status=Status.INVALID, reason="the fleet was") for m in calm]
    assert verdicts(suite, saturated)[1].outcome is Decision.INVALID


def test_names_are_compared_as_names(suite_of: MakeSuite) -> None:
    suite = suite_of(
        """
        experiments:
          - id: e
            title: t
            measure: ceiling
            server: {lab: select}
            limits: {nofile: 4096}
            expect:
              - {metric: limit, of: {}, equals: FD_SETSIZE}
              - {metric: refused_fd, of: {}, equals: 1024}
              - {metric: served, of: {}, at_least: 1000}
              - {metric: limit, of: {}, one_of: [FD_SETSIZE, ENFILE]}
        """
    )
    (cell,) = suite.experiments[0].cells()
    metrics: dict[str, float | str] = {"limit": "FD_SETSIZE", "refused_fd": 1024, "served": 1019}
    found = verdicts(suite, [Outcome("x", cell, 0, Status.OK, metrics=metrics)])
    assert [verdict.outcome for verdict in found] == [Decision.PASS] * 4
    metrics = {"limit": "EMFILE", "refused_fd": 256, "served": 251}
    found = verdicts(suite, [Outcome("x", cell, 0, Status.OK, metrics=metrics)])
    assert [verdict.outcome for verdict in found] == [Decision.FAIL] * 4


@pytest.mark.parametrize(
    ("statuses", "outcomes", "code"),
    [
        ([Status.OK], [Decision.PASS], Exit.OK),
        ([Status.OK], [], Exit.OK),
        ([Status.OK, Status.SKIP], [Decision.PASS, Decision.SKIP], Exit.OK),
        ([Status.OK], [Decision.PASS, Decision.FAIL], Exit.FAILED),
        ([Status.OK, Status.ERROR], [Decision.PASS, Decision.FAIL], Exit.FAILED),
        ([Status.FAIL], [], Exit.FAILED),
        ([Status.OK, Status.ERROR], [Decision.PASS], Exit.INFRASTRUCTURE),
        ([Status.OK], [Decision.INCONCLUSIVE], Exit.INCONCLUSIVE),
        ([Status.INVALID], [Decision.INVALID], Exit.INCONCLUSIVE),
        ([Status.SKIP], [Decision.SKIP], Exit.NOTHING_RAN),
        ([], [], Exit.NOTHING_RAN),
    ],
)
def test_exit_codes_are_frozen(
    suite_of: MakeSuite, statuses: list[Status], outcomes: list[Decision], code: Exit
) -> None:
    suite = suite_of(RATES)
    cell = suite.experiments[0].cells()[0]
    measurements = [broken(cell, status, "") for status in statuses]
    expected = suite.experiments[0].expect[0]
    judged = [Verdict("e", 0, expected, outcome, ()) for outcome in outcomes]
    assert exits.of(judged, measurements) is code
    assert list(map(int, Exit)) == [0, 1, 2, 3, 4, 5, 6, 130]


def test_a_verdict_without_a_title_says_what_it_is_of(suite_of: MakeSuite) -> None:
    suite = suite_of("""
        experiments:
          - id: e
            title: t
            server: {lab: [select, poll, epoll]}
            fleet: {idle: [0, 5k]}
            exclude: [{lab: select, idle: 5k}]
            expect:
              - {ratio: rate, of: {lab: epoll, idle: 5k}, to: {lab: poll, idle: 5k}, at_least: 1}
              - {metric: errors, of: {lab: [poll, epoll]}, at_most: 0}
              - {metric: errors, of: {}, at_most: 0}
    """)
    every = [
        Outcome(f"e/{cell.name}#1", cell, 0, Status.OK, "", {"rate": 1.0, "errors": 0})
        for cell in suite.experiments[0].cells()
    ]
    assert [title(verdict) for verdict in verdicts(suite, every)] == [
        "rate: epoll 5k ÷ poll 5k",
        "errors of poll/epoll",
        "errors of every cell",
    ]
