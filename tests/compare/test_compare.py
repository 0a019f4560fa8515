"""Better, worse, the same, cannot tell; and what is not comparable is refused by name."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from runner.compare import Change, Row, Side, compare, side_of, unlike
from runner.compare.why import NotInNew, OnlyInNew, TooFewRepeats, Unsound
from runner.records.outcome import Outcome, Status
from runner.report.compare import difference, explanation, to_table
from runner.report.comparisons import STYLES
from runner.spec import Cell
from tests.compare.sides import around, environment, run
from tests.recorded import recorded


def side(name: str, measurements: list[Outcome], **options: Any) -> Side:
    host = options.pop("host", {})
    return side_of(name, environment(**host), measurements, **options)


def only(old: Side, new: Side, margin: float = 0.05) -> Row:
    (row,) = compare(old, new, margin).rows
    return row


@pytest.mark.parametrize(
    ("factor", "metric", "change"),
    [
        (1.0, "rate", Change.SAME),
        (1.02, "rate", Change.SAME),
        (0.8, "rate", Change.WORSE),
        (1.3, "rate", Change.BETTER),
        (1.3, "p99", Change.WORSE),
        (0.8, "p99", Change.BETTER),
    ],
)
def test_the_direction_is_the_metrics_own(factor: float, metric: str, change: Change) -> None:
    old = side("a", run({"epoll": around(1e5)}, metric), metrics=(metric,))
    new = side("b", run({"epoll": around(1e5 * factor)}, metric), metrics=(metric,))
    row = only(old, new)
    assert row.change is change
    assert row.ratio is not None
    assert row.ratio.estimate == pytest.approx(factor, rel=0.02)


def test_what_the_data_do_not_carry_cannot_be_told() -> None:
    wide = only(side("a", run({"epoll": around(1e5, spread=0.4)})),
                side("b", run({"epoll": around(0.9e5, spread=0.4)})))  # fmt: skip
    assert wide.change is Change.UNCLEAR
    few = only(side("a", run({"epoll": [1e5] * 3})), side("b", run({"epoll": [5e4] * 3})))
    assert (few.change, few.why) == (Change.UNCLEAR, TooFewRepeats(3))
    assert explanation(few.why) == "3 repeats, at least 4 are needed"


def test_loss_is_held_against_a_bound_by_its_whole_interval() -> None:
    row = only(side("a", run({"epoll": around(1e5)})), side("b", run({"epoll": around(0.9e5)})))
    assert row.fails(0.05)
    assert not row.holds(0.05)
    assert row.holds(0.2)
    assert not row.fails(0.2)
    assert not row.fails(0.1), "neither: the interval straddles a bound of 10%"
    assert not row.holds(0.1)


def test_two_equal_runs_are_hardly_ever_called_different() -> None:
    """Six cells, noise of 10%, a thousand pairs of runs: 99% sure together allows ten."""
    draw = random.Random(1)
    different = 0
    for _ in range(1000):
        sides = [
            side(name, run({f"lab{i}": [draw.lognormvariate(11, 0.1) for _ in range(7)]
                            for i in range(6)}))
            for name in ("a", "b")
        ]  # fmt: skip
        found = compare(sides[0], sides[1])
        different += any(row.change in (Change.BETTER, Change.WORSE) for row in found.rows)
    assert different <= 10


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ({"kernel": "6.2"}, "kernel 6.1 against 6.2"),
        ({"cpu": "another"}, "cpu a CPU against another"),
        ({"engine": "docker"}, "engine process against docker"),
        (
            {"sysctl": {"net.ipv4.tcp_congestion_control": "bbr"}},
            "congestion control cubic against",
        ),
    ],
)
def test_runs_under_other_conditions_are_refused(host: dict[str, Any], told: str) -> None:
    old, new = (side("a", run({"epoll": around(1)})),
                side("b", run({"epoll": around(1)}), host=host))  # fmt: skip
    (reason,) = unlike(old, new)
    assert told in difference(reason)
    assert unlike(old, old) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"server_cpus": [2]}, "placement of the server 0 against 2"),
        ({"fleet_cpus": []}, "placement of the fleet 1 against none"),
        (
            {"isolation": ()},
            "network path loopback of a namespace of their own against loopback",
        ),
        ({"duration_ns": 5 * 10**8}, "duration 1000 ms against 500 ms"),
        ({"drive": {"payload": 128}}, "payload 64 against 128"),
        ({"idle": 900}, "idle 0 against 900"),
        ({"turns": 2, "slot_ns": 20_000_000}, "against 20 ms"),
    ],
)
def test_cells_under_other_conditions_are_not_compared(asked: dict[str, Any], told: str) -> None:
    old = side("a", run({"epoll": around(1)}))
    found = compare(old, side("b", run({"epoll": around(9)}, **asked)))
    assert [row.change for row in found.rows] == [Change.UNLIKE]
    assert told in explanation(found.rows[0].why)
    assert found.empty


@pytest.mark.parametrize(
    ("status", "change", "fails"),
    [(Status.FAIL, Change.WORSE, True), (Status.ERROR, Change.UNCLEAR, False),
     (Status.INVALID, Change.UNCLEAR, False), (Status.SKIP, Change.UNLIKE, False)],
)  # fmt: skip
def test_a_cell_without_figures_never_passes_for_the_same(
    status: Status, change: Change, fails: bool
) -> None:
    old = side("a", run({"epoll": around(1)}))
    broken = [replace(m, status=status, reason="why", metrics={}) for m in run({"epoll": [1] * 5})]
    row = only(old, side("b", broken))
    assert (row.change, row.why) == (change, Unsound(status, "why"))
    assert (row.fails(0.5), row.holds(0.5)) == (fails, False)
    gone = compare(old, side("b", run({"poll": around(1)})))
    assert [row.why for row in gone.rows] == [NotInNew(), OnlyInNew("b")]


def test_ratios_take_out_what_a_whole_machine_shares() -> None:
    """Half as fast in everything, another kernel, other CPU numbers: the same ratios."""
    slow = {"host": {"kernel": "7.0", "cpus": [4, 5]}}
    new = run({"epoll": around(1e5), "poll": around(5e4)}, server_cpus=[4], fleet_cpus=[5])
    old = side("a", run({"epoll": around(2e5), "poll": around(1e5)}), ratios=True)
    other = side("b", new, ratios=True, references=old.references, **slow)
    assert unlike(old, other) == []
    row = only(old, other)
    assert (row.cell, row.change) == ("lab=poll language=c", Change.SAME)
    shared = run({"epoll": around(1e5), "poll": around(5e4)}, server_cpus=[], fleet_cpus=[])
    row = only(old, side("b", shared, ratios=True, references=old.references))
    assert (
        explanation(row.why)
        == "placement server and fleet on CPUs of their own against sharing CPUs"
    )


def test_a_reference_that_was_not_measured_leaves_every_ratio_open() -> None:
    old = side("a", run({"epoll": around(2e5), "poll": around(1e5)}), ratios=True)
    measured = [
        replace(m, status=Status.ERROR, metrics={}) if m.cell.get("lab") == "epoll" else m
        for m in run({"epoll": around(1), "poll": around(1e5)})
    ]
    new = side("b", measured, ratios=True, references=old.references)
    row = only(old, new)
    assert (row.change, row.holds(0.5)) == (Change.UNCLEAR, False)


def test_a_cell_that_has_no_figure_of_the_kind_is_passed_over() -> None:
    probe = run({"epoll": [1.0] * 5}, metric="findings")
    old, new = side("a", [*probe, *run({"poll": around(1)})]), side("b", run({"poll": around(1)}))
    assert [row.cell for row in compare(old, new).rows] == ["lab=poll language=c"]
    assert [row.cell for row in compare(new, old).rows] == ["lab=poll language=c"]


def test_a_changed_fact_is_neither_better_nor_worse() -> None:
    def ceiling(limit: str) -> Side:
        cell = Cell("c", (("lab", "select"),))
        record = recorded(asked={"measure": "ceiling"})
        metrics: dict[str, float | str] = {"limit": limit, "served": 1019}
        return side(limit, [Outcome("c#1", cell, 0, Status.OK, "", metrics, record)])

    found = compare(ceiling("FD_SETSIZE"), ceiling("EMFILE"))
    assert [(row.metric, row.change, row.fact) for row in found.rows] == [
        ("limit", Change.CHANGED, ("FD_SETSIZE", "EMFILE")),
        ("served", Change.SAME, ("1019", "1019")),
    ]


def test_the_geometric_mean_is_of_all_cells() -> None:
    old = side("a", run({"epoll": around(1e5), "poll": around(1e4)}))
    new = side("b", run({"epoll": around(2e5), "poll": around(0.5e4)}))
    (mean,) = compare(old, new).means
    assert mean.ratio is not None
    assert mean.ratio.estimate == pytest.approx(1, rel=0.01)
    assert mean.cells == 2


def test_every_style_says_the_same() -> None:
    old = side("a", run({"epoll": around(1e5), "poll": around(1e4)}))
    found = compare(old, side("b", run({"epoll": around(0.5e5), "poll": around(1e4)})))
    table, markdown = STYLES["table"](found), STYLES["markdown"](found)
    for text in (table, markdown):
        for shown in ("worse", "same", "lab=epoll", "×0.5", "geometric mean", "1 worse, 1 same"):
            assert shown in text
        assert "language=c" not in text, "what all cells share is left out"
    assert table.count("note: figures of two runs") == 1
    document = json.loads(STYLES["json"](found))
    assert document["tally"]["worse"] == 1
    assert document["rows"][0]["ratio"]["high"] < 0.6


def test_a_comparison_fits_a_narrow_terminal_and_loses_nothing() -> None:
    old = run({"epoll": around(1e5), "poll": [1e4] * 3})
    found = compare(side("a", old), side("b", run({"epoll": around(0.5e5), "poll": [1e4] * 3})))
    whole, narrow = to_table(found), to_table(found, width=40)
    assert max(map(len, whole.splitlines())) > 40 >= max(map(len, narrow.splitlines()))
    rows = [word for line in whole.splitlines() if "lab=" in line for word in line.split()]
    assert set(rows) - {"–"} <= {word.rstrip(";") for word in narrow.split()}
