"""A run's records become a judged run: those that count, their verdicts, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runner import judge
from runner.judge.run import Run
from runner.plan import Plan, repeats
from runner.records.outcome import Outcome
from runner.results import RunFolder
from runner.session.counting import Counted
from runner.spec import Cell, Suite


def judged(folder: RunFolder, suite: Suite, records: Iterable[Outcome], *, complete: bool) -> Run:
    """The run of a folder, judged by the suite. `complete`: the run ended after its whole plan."""
    counted = Counted(records)
    environment = folder.environment()
    planned = planned_repeats(suite, environment.get("options", {}))
    cut = judge.cut_short(planned, counted.records, complete=complete)
    return Run(
        name=folder.name,
        environment=environment,
        suite=suite,
        measurements=counted.records,
        verdicts=judge.verdicts(suite, counted.records, tuple(planned), cut),
        superseded=counted.superseded,
        incomplete=judge.incomplete(planned, cut, complete=complete),
    )


def may_go_on(suite: Suite, plan: Plan, records: Sequence[Outcome], experiment: str) -> bool:
    """Whether a verdict of the experiment is undecided, and its cells have not had their last
    repeat."""
    last = {trial.cell: trial.looks[-1] for trial in plan.trials}
    had: dict[Cell, int] = {}
    for record in records:
        had[record.cell] = max(had.get(record.cell, 0), record.block + 1)
    return any(
        cell.experiment == experiment and had.get(cell, 0) < last[cell]
        for cell in judge.undecided(suite, records, plan.cells)
    )


def planned_repeats(suite: Suite, options: Mapping[str, Any]) -> dict[Cell, int]:
    """The cells that a run with these options measures, and how often before the first look;
    `options` are those that its `run.json` holds."""
    return repeats(
        suite,
        quick=bool(options.get("quick")),
        full=bool(options.get("full")),
        only=options.get("only") or (),
        repeat=options.get("repeat"),
    )
