"""The tables of a page: the same columns and texts as on a terminal, with none left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from runner.claims import Table
from runner.judge import Verdict
from runner.judge.run import CellSummary
from runner.report.columns import columns
from runner.report.drawn import steps
from runner.report.page.view import Entry, Sheet
from runner.spec import Experiment, shown_value
from runner.words.format import bound
from runner.words.verdict import covers, measured, reason, title

NONE = "–"
_NUMBER = re.compile(r"[×+-]?[\d,.]+( ?(ns|µs|ms|s|B|KiB|MiB|GiB|%))?( \[.*\])?$|–$")
"""A figure with its unit and its interval."""


def of_cells(
    experiment: Experiment, rows: Sequence[CellSummary], notes: Mapping[str, str]
) -> list[Sheet]:
    """One table, or one for each value of the axis that the experiment names."""
    axis = experiment.sections
    if axis is None:
        return [_cells(experiment, rows, "", notes)]
    return [
        _cells(experiment, some, f"{axis}: {shown_value(axis, value)}", notes)
        for value in experiment.axes()[axis]
        if (some := [row for row in rows if row.cell.get(axis) == value])
    ]


def _cells(
    experiment: Experiment, rows: Sequence[CellSummary], caption: str, notes: Mapping[str, str]
) -> Sheet:
    every = columns(experiment, rows)
    table = [[column.value(row) for column in every] for row in rows]
    kept = [
        i
        for i, column in enumerate(every)
        if column.name in ("lab", "status") or any(line[i] is not None for line in table)
    ]
    drawn = [steps.of_row(row) for row in rows]
    heads = [every[i].name for i in kept]
    body = [
        [_entry(every[i].name, line[i], row) for i in kept]
        for line, row in zip(table, rows, strict=True)
    ]
    left = [every[i].left for i in kept]
    if any(drawn):
        heads.insert(-1, "rate over the window")
        left.insert(-1, True)
        for line, drawing in zip(body, drawn, strict=True):
            svg = Markup(drawing) if drawing else None  # noqa: S704 - escaped by figures
            line.insert(-1, Entry(NONE, drawing=svg))
    return Sheet(tuple(heads), tuple(left), tuple(tuple(line) for line in body), caption, notes)


def _entry(head: str, text: str | None, row: CellSummary) -> Entry:
    if text is None:
        return Entry(NONE)
    if head == "status":
        return Entry(text, "PASS" if text == "ok" else str(row.unsound[0].status))
    return Entry(text)


def of_facts(table: Table) -> Sheet:
    """Numbers on the right."""
    left = tuple(
        not all(_NUMBER.match(row[column]) for row in table.rows)
        for column in range(len(table.head))
    )
    rows = tuple(tuple(map(Entry, row)) for row in table.rows)
    return Sheet(table.head, left, rows, table.title)


def of_verdicts(verdicts: Iterable[Verdict], *, named: bool) -> Sheet | None:
    """`named`: with the experiment of each and without the reasons, for a table of all."""
    every = list(verdicts)
    if not every:
        return None
    heads = ["verdict", "expectation", "measured [interval]", "bound", "margin", "n", "why"]
    left = [True, True, False, False, False, False, True]
    rows = [_verdict(verdict) for verdict in every]
    if named or not any(row[-1].text for row in rows):
        heads, left, rows = heads[:-1], left[:-1], [row[:-1] for row in rows]
    if named:
        heads.insert(1, "experiment")
        left.insert(1, True)
        for row, verdict in zip(rows, every, strict=True):
            row.insert(1, Entry(verdict.experiment, link=f"#x-{verdict.experiment}"))
    return Sheet(tuple(heads), tuple(left), tuple(map(tuple, rows)))


def _verdict(verdict: Verdict) -> list[Entry]:
    deciding = verdict.deciding
    margin = deciding.margin if deciding else None
    noisy = " NOISY" if verdict.noisy else ""
    cells = f" ({covers(verdict)})" if covers(verdict) else ""
    return [
        Entry(f"{verdict.outcome}{noisy}", str(verdict.outcome)),
        Entry(title(verdict) + cells),
        Entry(measured(verdict)),
        Entry(bound(verdict.expectation)),
        Entry(NONE if margin is None else f"{margin:+.0%}"),
        Entry(str(deciding.repeats) if deciding and deciding.repeats else NONE),
        Entry(reason(verdict)),
    ]
