"""A server that is too slow to be measured fails by an upper bound, and never passes by it."""

from __future__ import annotations

from collections.abc import Sequence

from runner import measure
from runner.judge import Decision, Verdict, verdicts
from runner.plan import Host, expand
from runner.records.asked import Asked
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.spec import Suite
from runner.words.verdict import measured, reason
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine, fleet, server

DUEL = """
    experiments:
      - id: e
        title: t
        server: {lab: [poll, epoll]}
        fleet: {active: 50}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.5}
"""
SHORT = "the window is shorter than a reply"


def records(
    suite: Suite,
    lab: str,
    rates: Sequence[float],
    status: Status = Status.OK,
    bounds: Sequence[float] | None = None,
) -> list[Outcome]:
    cell = next(c for c in suite.experiments[0].cells() if c.get("lab") == lab)
    asked = Asked(looks=(4,), turns=2)
    return [
        Outcome(
            f"{cell.name}#{n}", cell, n, status, SHORT if status is Status.INVALID else "",
            {"rate": rate}, TrialRecord(asked, rate_at_most=bounds[n] if bounds else None),
        )
        for n, rate in enumerate(rates)
    ]  # fmt: skip


def judged(suite: Suite, *measurements: Sequence[Outcome]) -> Verdict:
    return verdicts(suite, [each for some in measurements for each in some])[0]


QUICK = [1000.0, 1010.0, 990.0, 1005.0]


def test_what_is_far_too_slow_fails(suite_of: MakeSuite) -> None:
    suite = suite_of(DUEL)
    slow = records(suite, "epoll", [9, 8, 10, 9], Status.INVALID, [20, 19, 21, 20])
    found = judged(suite, records(suite, "poll", QUICK), slow)
    assert found.outcome is Decision.FAIL
    assert measured(found).startswith("×0.02 [×")
    assert reason(found) == f"the server was too slow for its windows, and at most as fast: {SHORT}"


def test_a_bound_above_what_is_expected_decides_nothing(suite_of: MakeSuite) -> None:
    suite = suite_of(DUEL)
    close = records(suite, "epoll", [450] * 4, Status.INVALID, [520, 510, 530, 500])
    found = judged(suite, records(suite, "poll", QUICK), close)
    assert (found.outcome, reason(found)) == (Decision.INVALID, SHORT)


def test_what_other_programs_disturbed_proves_no_slowness(suite_of: MakeSuite) -> None:
    suite = suite_of(DUEL)
    disturbed = records(suite, "epoll", [9, 8, 10, 9], Status.INVALID)
    assert judged(suite, records(suite, "poll", QUICK), disturbed).outcome is Decision.INVALID


def test_a_reference_that_was_disturbed_is_quick_enough(suite_of: MakeSuite) -> None:
    """What disturbs it makes it slower, and the ratio larger."""
    suite = suite_of(DUEL)
    slow = records(suite, "epoll", [9, 8, 10, 9], Status.INVALID, [20, 19, 21, 20])
    quick = records(suite, "poll", QUICK, Status.INVALID)
    assert judged(suite, quick, slow).outcome is Decision.FAIL


def test_three_windows_decide_nothing(suite_of: MakeSuite) -> None:
    suite = suite_of(DUEL)
    slow = records(suite, "epoll", [9, 8, 10], Status.INVALID, [20, 19, 21])
    found = judged(suite, records(suite, "poll", QUICK[:3]), slow)
    assert found.outcome is Decision.INVALID


def test_sound_trials_count_beside_those_of_which_only_a_bound_is_known(
    suite_of: MakeSuite,
) -> None:
    suite = suite_of(DUEL)
    slow = records(suite, "epoll", [9, 8], Status.INVALID, [20, 19])
    mixed = [*slow, *records(suite, "epoll", [0, 0, 900.0, 910.0])[2:]]
    found = judged(suite, records(suite, "poll", QUICK), mixed)
    assert found.outcome is Decision.INCONCLUSIVE, "in two of four windows it was quick enough"


LOOP = {"kind": "closed", "driven": 50, "pipeline": 1, "think": "none"}


def test_a_trial_records_the_bound(suite_of: MakeSuite) -> None:
    """Eight replies while fifty requests are in flight: not more than 58 in that second."""
    (trial, *_) = expand(suite_of(DUEL), Host(20_000, (0, 1)), repeat=1).trials
    found = measure.run(trial, FakeEngine([server(), fleet(active=50, requests=8, loop=LOOP)]), {})
    assert (found.status, SHORT in found.reason) == (Status.INVALID, True), found.reason
    assert found.record.rate_at_most == 58
    assert from_json(to_json(found)) == found


def test_other_trouble_leaves_no_bound(suite_of: MakeSuite) -> None:
    """The load generator had no CPU for half of the window."""
    (trial, *_) = expand(suite_of(DUEL), Host(20_000, (0, 1)), repeat=1).trials
    cpu = {"user_ns": 0, "system_ns": 0, "wall_ns": 100, "run_ns": 30, "wait_ns": 70}
    found = measure.run(trial, FakeEngine([server(), fleet(active=50, requests=8, cpu=cpu)]), {})
    assert (found.status, found.record.rate_at_most) == (Status.INVALID, None)


def test_what_ran_into_others_turns_is_right_about_counts(suite_of: MakeSuite) -> None:
    """Each window is INVALID as a rate; the bytes that came back were counted all the same."""
    suite = suite_of(DUEL + "          - {metric: errors, of: {}, at_most: 0}\n")
    turns = {"span_ns": 2_000_000_000, "overrun_ns": 100_000_000}
    trials = expand(suite, Host(20_000, (0, 1))).trials
    found = [
        measure.run(t, FakeEngine([server(), fleet(active=50, turns=turns)]), {}) for t in trials
    ]
    assert {each.status for each in found} == {Status.INVALID}
    rates, errors = verdicts(suite, found)
    assert (rates.outcome, errors.outcome) == (Decision.INVALID, Decision.PASS)
