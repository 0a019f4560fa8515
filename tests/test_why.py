"""The sentences below a table that say why its figures are what they are."""

from __future__ import annotations

from collections.abc import Callable

from runner.judge.run import CellSummary
from runner.records.outcome import Outcome, Status
from runner.report.why import reasons
from runner.spec import Cell, Experiment
from tests.conftest import MakeSuite

LOAD = """
    experiments:
      - id: crowds
        title: t
        server: {lab: [asyncio, epoll], language: python}
        fleet: {first_crowd: [0, 50]}
"""
CALLS = LOAD.replace("server:", "measure: calls\n        server:")


def rows(
    experiment: Experiment, metrics: Callable[[Cell, int], dict[str, float | str]], repeats: int = 8
) -> list[CellSummary]:
    return [
        CellSummary(
            cell,
            tuple(
                Outcome(f"{cell.name}#{n}", cell, n, Status.OK, metrics=metrics(cell, n))
                for n in range(repeats)
            ),
        )
        for cell in experiment.cells()
    ]


def rate(cell: Cell, block: int) -> dict[str, float | str]:
    """asyncio is four times as fast after a first crowd; epoll varies by noise alone."""
    faster = 4 if cell.get("lab") == "asyncio" and cell.get("first_crowd") else 1
    noise = 1 + 0.02 * ((block * 7 + bool(cell.get("first_crowd")) * 3) % 5 - 2)
    return {"rate": 30_000 * faster * noise}


def test_the_rows_that_depend_on_the_past_are_named_with_their_interval(
    suite_of: MakeSuite,
) -> None:
    (experiment,) = suite_of(LOAD).experiments
    (line,) = reasons(experiment, rows(experiment, rate))
    assert line.startswith("First crowd: 1 of 2 rows differ from the fresh server beyond noise")
    assert "asyncio first_crowd=50 ×" in line
    assert "epoll" not in line
    assert line.endswith("; all other rows \u00d71.00 to \u00d71.00.")


def test_noise_alone_is_no_difference(suite_of: MakeSuite) -> None:
    (experiment,) = suite_of(LOAD).experiments
    noisy = [row for row in rows(experiment, rate) if row.cell.get("lab") == "epoll"]
    (line,) = reasons(experiment, noisy)
    assert line == "First crowd: no rate of 1 row differs from the fresh server's beyond noise."


def test_too_few_repeats_say_nothing(suite_of: MakeSuite) -> None:
    (experiment,) = suite_of(LOAD).experiments
    assert reasons(experiment, rows(experiment, rate, repeats=3)) == []


def test_what_a_request_spends_is_said_from_the_rows(suite_of: MakeSuite) -> None:
    def counts(cell: Cell, _block: int) -> dict[str, float | str]:
        maps = cell.get("lab") == "asyncio" and not cell.get("first_crowd")
        return {
            "syscalls_per_request": 5.0 if maps else 2.0,
            "memory_calls_per_request": 3.0 if maps else 0.0,
        }

    (experiment,) = suite_of(CALLS).experiments
    (line,) = reasons(experiment, rows(experiment, counts))
    assert "futex aside: 2.00 (" in line
    assert "5.00 (asyncio first_crowd=0)" in line
    assert line.endswith("in every request: asyncio first_crowd=0 (3.00 of 5.00).")
    none = [row for row in rows(experiment, counts) if row.cell.get("first_crowd")]
    (line,) = reasons(experiment, none)
    assert line.endswith("no row changes its memory in every request.")
