"""A comparison as a table, as markdown, as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from tabulate import tabulate

from runner.compare.outcome import Change, Comparison, Row
from runner.report.sanitize import disarmed, escaped, plain, quiet
from runner.stats.interval import Interval

WIDTH = 70


def to_table(found: Comparison, style: str = "simple") -> str:
    """One row a cell and metric, the geometric means, then what a reader should know."""
    clean = escaped if style == "github" else plain
    what = "ratios inside" if found.ratios else "figures of"
    parts = [clean(f"{what} {found.to}, compared with {found.of}")]
    if style == "github":
        parts[0] = f"### {parts[0]}"
    found = replace(
        found,
        rows=[
            replace(
                row, told=clean(row.told), experiment=clean(row.experiment), cell=clean(row.cell)
            )
            for row in found.rows
        ],
    )
    shared = _shared(found.rows)
    rows = [_line(row, shared) for row in (*found.rows, *found.means)]
    headers = ["", "experiment", "cell", "metric", "new ÷ old [99%]", "n", "why"]
    if not any(row[-1] for row in rows):
        headers.pop()
        rows = [row[:-1] for row in rows]
    align = ["left", "left", "left", "left", "right", "right", "left"][: len(headers)]
    parts.append(
        tabulate(rows, headers=headers, tablefmt=style, disable_numparse=True, colalign=align)
    )
    counts = ", ".join(f"{count} {change}" for change, count in found.tally().items() if count)
    parts.append(f"{counts or 'nothing to compare'}; the same is within ±{found.margin:.0%}")
    notes = "\n".join(f"note: {note}" for note in found.notes)
    return disarmed("\n\n".join([*parts, *([notes] if notes else [])]) + "\n")


def to_json(found: Comparison) -> str:
    """One object; ratios and intervals as numbers."""
    document = {
        "format": 1,
        "of": found.of,
        "to": found.to,
        "ratios": found.ratios,
        "margin": found.margin,
        "rows": [_object(row) for row in found.rows],
        "geometric_means": [_object(row) for row in found.means],
        "tally": {str(change): count for change, count in found.tally().items()},
        "notes": list(found.notes),
    }
    return quiet(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


STYLES: dict[str, Callable[[Comparison], str]] = {
    "table": to_table,
    "markdown": lambda found: to_table(found, "github"),
    "json": to_json,
}


def _line(row: Row, shared: Mapping[str, set[str]]) -> list[str]:
    shown = row.told if row.change in (Change.SAME, Change.CHANGED) and row.told else _ratio(row)
    why = "" if shown == row.told else row.told
    cut = why if len(why) <= WIDTH else why[: WIDTH - 1] + "…"
    axes = [word for word in row.cell.split() if word not in shared.get(row.experiment, set())]
    cell = " ".join(axes) or row.cell
    return [row.change, row.experiment, cell, row.metric, shown, str(row.repeats or "–"), cut]


def _shared(rows: Sequence[Row]) -> dict[str, set[str]]:
    """What all cells of an experiment have in common says nothing about any of them."""
    words: dict[str, list[set[str]]] = {}
    for row in rows:
        words.setdefault(row.experiment, []).append(set(row.cell.split()))
    several = {name: some for name, some in words.items() if any(each != some[0] for each in some)}
    return {experiment: set.intersection(*some) for experiment, some in several.items()}


def _ratio(row: Row) -> str:
    if row.ratio is None:
        return "–"
    return f"×{row.ratio.estimate:.3f}{_ends(row.ratio)}"


def _ends(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" [{interval.low:.3f}, {interval.high:.3f}]"


def _object(row: Row) -> dict[str, Any]:
    found = asdict(row)
    return {**found, "change": str(row.change)}
