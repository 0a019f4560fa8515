"""What the probes of a run reported, as tables: those by which claims are ruled upon, or, where a
probe is evidence for no claim, its facts as they are. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.claims import Table
from runner.claims.of_run import Ruled
from runner.judge.run import CellSummary, Run
from runner.records.trial_record import Fact
from runner.report.sanitize import plain
from runner.spec import Experiment, shown_value
from runner.words.format import text

MOST = 40
"""Rows of facts in one table; the records of the trials have all."""
WIDEST = 12
"""Columns of one table."""
LETTERS = 200


def tables_of_run(run: Run, claims: Ruled) -> dict[str, list[Table]]:
    """By the experiment's id. A table stands in the first section that is evidence for it."""
    shown: list[Table] = []
    found: dict[str, list[Table]] = {}
    for experiment in run.experiments():
        if experiment.kind.subject != "probe":
            continue
        own = [
            table
            for name in experiment.claims
            if name in claims
            for table in claims[name][1].tables
            if table.rows
        ]
        new = [table for table in dict.fromkeys(own) if not _within(table, shown)]
        shown += new
        found[experiment.id] = new if own else list(_facts(experiment, run.cells(experiment)))
    return found


def _within(table: Table, shown: Sequence[Table]) -> bool:
    """Whether a reader of the tables above has seen every row of it."""
    return any(
        (table.title, table.head) == (each.title, each.head) and set(table.rows) <= set(each.rows)
        for each in shown
    )


def _facts(experiment: Experiment, rows: Sequence[CellSummary]) -> Iterator[Table]:
    """Of each cell those of its first valid trial; facts with the same fields are one table."""
    axes = [axis for axis in experiment.axes() if any(axis in row.cell.varying for row in rows)]
    lines: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for row in rows:
        cell = tuple(
            "–" if (value := row.cell.get(axis)) is None else shown_value(axis, value)
            for axis in axes
        )
        for fact in row.sound[0].record.findings or () if row.sound else ():
            fields = tuple(fact)[:WIDEST]
            lines.setdefault(fields, []).append((*cell, *(_value(fact, name) for name in fields)))
    for fields, every in lines.items():
        distinct = list(dict.fromkeys(every))
        more = f", the first {MOST} of {len(distinct)}" if len(distinct) > MOST else ""
        title = f"Facts of the first valid repeat{more}"
        yield Table(title, (*axes, *map(plain, fields)), tuple(distinct[:MOST]))


def _value(fact: Fact, name: str) -> str:
    return plain(text(fact[name]))[:LETTERS]
