"""Figures of verdicts as they are read, and ratios that there are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.judge import FACTS, Check, Decision, Verdict, verdicts
from runner.kinds import TRACE
from runner.records.outcome import Outcome, Status
from runner.report import Run
from runner.report.table import render
from runner.spec import Cell, Suite
from runner.words.format import bound, figure
from runner.words.verdict import measured, reason
from tests.conftest import MakeSuite

LATE = """
    experiments:
      - id: e
        title: t
        server: {lab: [poll, epoll]}
        expect:
          - {metric: p99, of: {lab: epoll}, at_most: 50ms}
          - {metric: memory_per_connection, of: {lab: epoll}, at_most: 1536B}
          - {ratio: unsent_share, of: {lab: epoll}, to: {lab: poll}, at_most: 0.7512}
"""


def trials(suite: Suite, name: str, by_lab: dict[str, Sequence[float]]) -> list[Outcome]:
    return [
        Outcome(f"{cell.name}#{block + 1}", cell, block, Status.OK, "", {name: value})
        for cell in suite.experiments[0].cells()
        for block, value in enumerate(by_lab.get(str(cell.get("lab")), []))
    ]


def of(suite: Suite, index: int, found: Sequence[Outcome]) -> tuple[Verdict, Check]:
    verdict = verdicts(suite, found)[index]
    assert verdict.deciding is not None
    return verdict, verdict.deciding


def test_a_time_is_judged_and_shown_in_the_unit_of_the_spec(suite_of: MakeSuite) -> None:
    suite = suite_of(LATE)
    found = trials(suite, "p99", {"epoll": [2.9e6, 2.95e6, 2.91e6, 2.88e6, 2.93e6]})
    verdict, _ = of(suite, 0, found)
    assert (verdict.outcome, bound(verdict.expectation)) == (Decision.PASS, "≤ 50 ms")
    assert measured(verdict).startswith("2.91 ms [2.")
    assert measured(verdict).endswith(" ms]")


def test_a_wild_interval_has_neither_powers_of_ten_nor_an_absurd_margin(
    suite_of: MakeSuite,
) -> None:
    suite = suite_of(LATE)
    found = trials(suite, "p99", {"epoll": [2e6, 9e9, 3e6, 2.9e6]})
    verdict, check = of(suite, 0, found)
    assert verdict.outcome is Decision.INCONCLUSIVE
    assert check.margin is not None
    assert -1 <= check.margin < -0.99
    shown = render(Run("run", {}, suite, found, [verdict]))
    assert "e+" not in shown
    assert "-100%" in shown
    assert "2.95 ms [" in shown


@pytest.mark.parametrize(
    ("times", "outcome", "margin"),
    [(25e6, Decision.PASS, 0.5), (100e6, Decision.FAIL, -0.5), (200e6, Decision.FAIL, -0.75)],
)
def test_the_margin_of_an_upper_bound_is_half_where_it_is_twice(
    suite_of: MakeSuite, times: float, outcome: Decision, margin: float
) -> None:
    suite = suite_of(LATE)
    verdict, check = of(suite, 0, trials(suite, "p99", {"epoll": [times] * 5}))
    assert verdict.outcome is outcome
    assert check.margin == pytest.approx(margin)


def test_a_bound_is_shown_as_it_is_in_force(suite_of: MakeSuite) -> None:
    suite = suite_of(LATE)
    found = trials(suite, "memory_per_connection", {"epoll": [1600.0] * 5})
    assert bound(of(suite, 1, found)[0].expectation) == "≤ 1.5 KiB"
    assert measured(of(suite, 1, found)[0]) == "1.56 KiB"
    both = trials(suite, "unsent_share", {"poll": [0.1] * 5, "epoll": [0.2] * 5})
    assert bound(of(suite, 2, both)[0].expectation) == "≤ ×0.7512"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (2.911e6, "ns", "2.91 ms"), (124, "ns", "124 ns"), (9.66e10, "ns", "96.6 s"),
        (0, "ns", "0 ns"), (-5e3, "ns", "-5 µs"), (1 << 20, "bytes", "1 MiB"),
        (12345.6, "", "12346"), (0.00012345, "", "0.000123"), (1e15, "", "1000000000000000"),
        ("epoll", "ns", "epoll"),
    ],
)  # fmt: skip
def test_figures_are_short_and_without_powers_of_ten(
    value: float | str, unit: str, shown: str
) -> None:
    assert figure(value, unit) == shown


@pytest.mark.parametrize(
    ("poll", "epoll", "said"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 1, 1, 1],
         "unsent_share is 0 in repeat 3 of lab=epoll, 0 or less in 1 of 8 blocks"),
        ([1, 0, 0, 1], [1, 0, 1, 1],
         "unsent_share is 0 in repeat 2 of lab=epoll, 0 or less in 2 of 4"),
        ([1, 1, 1, 1], [1, 1, 1, -4],
         "unsent_share is -4 in repeat 4 of lab=epoll, 0 or less in 1 of 4"),
        ([0] * 5, [0] * 5,
         "unsent_share is 0 on both sides in all 5 blocks: there is no ratio of zeros"),
        ([0], [0], "unsent_share is 0 on both sides in the one block"),
    ],
)  # fmt: skip
def test_a_ratio_with_zeros_says_which(
    suite_of: MakeSuite, poll: list[float], epoll: list[float], said: str
) -> None:
    suite = suite_of(LATE)
    verdict, _ = of(suite, 2, trials(suite, "unsent_share", {"poll": poll, "epoll": epoll}))
    assert verdict.outcome is Decision.INVALID
    assert reason(verdict).startswith(said)
    assert "type metric: unsent_share" in reason(verdict)
    assert "not measured" not in reason(verdict)


def test_a_zero_without_a_partner_is_no_part_of_the_ratio(suite_of: MakeSuite) -> None:
    suite = suite_of(LATE)
    found = trials(suite, "unsent_share", {"poll": [2.0] * 6, "epoll": [1.0] * 5 + [0.0]})
    lacking = [
        replace(m, status=Status.INVALID, reason="steal", metrics={})
        if (m.cell.get("lab"), m.block) == ("poll", 5)
        else m
        for m in found
    ]
    assert of(suite, 2, lacking)[0].outcome is Decision.PASS
    assert of(suite, 2, found)[0].outcome is Decision.INVALID


def test_of_a_trace_counts_and_names_are_facts_and_times_are_not() -> None:
    assert {"model", "blocking", "threads", "reader_threads", "epoll_mmaps"} <= FACTS
    for metric in TRACE.metrics:
        if metric.unit in ("CPUs", "share", "ns"):
            assert metric.name not in FACTS, metric
        if not metric.is_number:
            assert metric.name in FACTS, metric


def test_a_busy_machine_does_not_fail_what_a_trace_timed(suite_of: MakeSuite) -> None:
    """One repeat of sixteen with a little CPU in the silence is no broken fact."""
    suite = suite_of(
        """
        experiments:
          - id: e
            title: t
            measure: trace
            server: {lab: epoll}
            expect:
              - {metric: idle_cpu, of: {}, at_most: 0.05}
              - {metric: wait_blocked_share, of: {}, at_least: 0.9}
              - {metric: reader_threads, of: {}, equals: 1}
        """
    )
    cell: Cell = suite.experiments[0].cells()[0]
    found = [
        Outcome(f"x#{block}", cell, block, Status.OK, "", {
            "idle_cpu": 0.08 if block == 3 else 0.001 + block / 1e5,
            "wait_blocked_share": 0.7 if block == 3 else 0.999 - block / 1e5, "reader_threads": 1,
        })
        for block in range(16)
    ]  # fmt: skip
    assert [verdict.outcome for verdict in verdicts(suite, found)] == [Decision.PASS] * 3
    once = verdicts(suite, found[3:4])
    assert [v.outcome for v in once] == [
        Decision.INCONCLUSIVE,
        Decision.INCONCLUSIVE,
        Decision.PASS,
    ]
