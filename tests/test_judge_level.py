"""Many expectations, many looks: each must be surer, so that all together are sure enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.judge import Check, Decision, undecided, verdicts
from runner.judge.cause import DifferentPlaces, NoCommonBlock
from runner.judge.level import comparisons
from runner.records.asked import Asked
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Placement, TrialRecord
from runner.spec import Cell, Suite
from runner.stats.interim import shares
from runner.stats.interval import ALPHA, Interval
from runner.words.verdict import why
from tests.conftest import MakeSuite

SWEEP = """
    experiments:
      - id: e
        title: t
        server: {lab: [select, poll, epoll]}
        fleet: {idle: [0, 100]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.9}
          - {metric: p99, of: {lab: select, idle: 0}, at_most: 5ms}
          - {metric: errors, of: {}, at_most: 0}
          - {metric: threads, of: {}, equals: 1}
"""


def measured(
    suite: Suite, rates: dict[str, list[float]], looks: tuple[int, ...] = ()
) -> list[Outcome]:
    """Every cell of the labs that are named, with the same rates."""
    return [
        Outcome(
            f"{cell.name}#{block + 1}", cell, block, Status.OK,
            metrics={"rate": rate, "p99": 1e9 / rate, "errors": 0, "threads": 1},
            record=TrialRecord(Asked(looks=tuple(looks))),
        )
        for cell in suite.experiments[0].cells()
        for block, rate in enumerate(rates.get(str(cell.get("lab")), []))
    ]  # fmt: skip


def interval(suite: Suite, measurements: list[Outcome]) -> Interval:
    found = verdicts(suite, measurements)[0].checks[0].interval
    assert found is not None
    return found


RATES = [1000.0, 1010, 990, 1020, 980]


def test_each_comparison_takes_its_share_and_facts_take_none(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    cells = suite.experiments[0].cells()
    assert comparisons(suite, cells) == 3
    assert comparisons(suite, [c for c in cells if c.get("idle") == 0]) == 2
    assert comparisons(suite, [c for c in cells if c.get("lab") == "epoll"]) == 0
    pair = measured(suite, {"poll": RATES, "epoll": RATES})
    assert interval(suite, pair).confidence == pytest.approx(1 - ALPHA / 2)
    three = [*pair, *measured(suite, {"select": RATES})]
    assert interval(suite, three).confidence == pytest.approx(1 - ALPHA / 3)


def test_the_shares_of_all_looks_are_one() -> None:
    for looks in range(1, 8):
        assert len(shares(looks)) == looks
        assert sum(shares(looks)) == pytest.approx(1)
        assert max(shares(looks)) == shares(looks)[0]


def test_each_look_takes_its_share(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    once = measured(suite, {"poll": RATES, "epoll": RATES}, looks=(5,))
    assert interval(suite, once).confidence == pytest.approx(1 - ALPHA / 2)
    looks = (2, 5, 7, 10, 15)
    for repeats, look in [(5, 0), (6, 1), (7, 1), (8, 2), (10, 2), (15, 3)]:
        rates = (RATES * 3)[:repeats]
        some = measured(suite, {"poll": rates, "epoll": rates}, looks)
        alpha = ALPHA / 2 * shares(4)[look]
        assert interval(suite, some).confidence == pytest.approx(1 - alpha), repeats
        invalid = [replace(m, status=Status.INVALID) if m.block > 3 else m for m in some]
        assert interval(suite, invalid).confidence == pytest.approx(1 - alpha), "sound or not"


def test_only_what_repeats_can_decide_asks_for_more(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    wavering = measured(suite, {"poll": RATES, "epoll": [r * 0.9 for r in reversed(RATES)]})
    assert names(undecided(suite, wavering)) == {("epoll", 0), ("epoll", 100), ("poll", 0),
                                                 ("poll", 100)}  # fmt: skip
    clear = measured(suite, {"poll": RATES, "epoll": [r * 2 for r in RATES]})
    assert undecided(suite, clear) == ()
    few = measured(suite, {"select": RATES[:2]})
    assert names(undecided(suite, few)) == {("select", 0)}
    dead = [*wavering, Outcome("x", wavering[-1].cell, 9, Status.FAIL, "died")]
    assert ("epoll", 100) not in names(undecided(suite, dead)), "a fault is decided"


def names(cells: tuple[Cell, ...]) -> set[tuple[object, object]]:
    return {(cell.get("lab"), cell.get("idle")) for cell in cells}


def test_a_pair_is_judged_by_the_blocks_that_both_have(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    drifting = [1000.0, 1000, 1000, 1000, 100]
    both = measured(suite, {"poll": drifting, "epoll": drifting})
    lacking = [m for m in both if not (m.cell.get("lab") == "poll" and m.block == 4)]
    check = verdicts(suite, lacking)[0].checks[0]
    assert (check.repeats, check.outcome) == (4, Decision.PASS)
    apart = [m for m in both if (m.cell.get("lab") == "poll") == (m.block < 2)]
    check = verdicts(suite, apart)[0].checks[0]
    assert check.outcome is Decision.INVALID
    assert check.cause == NoCommonBlock()
    assert why(check) == "no block has a sound trial of both cells"


@pytest.mark.parametrize(
    ("factor", "outcome", "margin"),
    [(2.0, Decision.PASS, 2 / 0.9 - 1), (0.5, Decision.FAIL, 0.5 / 0.9 - 1)],
)
def test_the_margin_is_what_the_interval_has_to_spare(
    suite_of: MakeSuite, factor: float, outcome: Decision, margin: float
) -> None:
    suite = suite_of(SWEEP)
    still = [1000.0] * 5
    found = verdicts(suite, measured(suite, {"poll": still, "epoll": [r * factor for r in still]}))
    check = found[0].checks[0]
    assert check.outcome is outcome
    assert check.margin == pytest.approx(margin)


def test_cells_of_different_placement_are_never_compared(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    both = measured(suite, {"poll": RATES, "epoll": [r * 2 for r in RATES]})

    def placed(server: int, path: str = "loopback of a namespace of their own") -> Placement:
        return Placement((server,), (1,), shared=False, pinned="cpuset", path=path)

    def found(epoll: Placement, poll: Placement) -> Check:
        some = [
            replace(
                m, record=TrialRecord(placement=epoll if m.cell.get("lab") == "epoll" else poll)
            )
            for m in both
        ]
        return verdicts(suite, some)[0].checks[0]

    assert found(placed(0), placed(0)).outcome is Decision.PASS
    elsewhere = found(placed(2), placed(0))
    assert (elsewhere.outcome, elsewhere.interval) == (Decision.INVALID, None)
    assert isinstance(elsewhere.cause, DifferentPlaces)
    assert why(elsewhere).startswith("measured in different places: server on CPU 2, fleet on")
    assert found(placed(0), placed(0, "loopback of the host")).outcome is Decision.INVALID
    shared = found(Placement((), shared=True), Placement((), shared=True))
    assert shared.outcome is Decision.PASS
    assert shared.shared_cpu
