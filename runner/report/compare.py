"""A comparison of two runs as a table, as markdown, as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from runner.compare import Comparison, Differs, Note, Row
from runner.compare.conditions import PLACES
from runner.compare.why import (
    NoRatio,
    NotInNew,
    OnlyInNew,
    TooFewRepeats,
    Unsound,
    UnsoundBefore,
    Why,
)
from runner.report.fit import Sheet, fold, grid
from runner.report.sanitize import disarmed, escaped, plain, quiet
from runner.stats.interval import FEWEST, Interval

WIDTH = 80
_TIMES = ("warmup_ns", "duration_ns", "slot_ns")
_CUT = (
    "the {} run did not reach the end of its plan, or is not sealed: repeats or whole cells of "
    "it are missing"
)
_NOTES = {
    Note.ABSOLUTE: "figures of two runs: where the whole machine was slower during one of them, "
    "every cell looks worse; --ratios compares inside each run first",
    Note.OTHER_SPEC: "the two runs have different specs: only cells with the same name and the "
    "same conditions are compared",
    Note.OLD_CUT: _CUT.format("old"),
    Note.NEW_CUT: _CUT.format("new"),
}


def to_table(found: Comparison, style: str = "simple", width: int | None = None) -> str:
    """One row a cell and metric, the geometric means, then what a reader should know. Where the
    table is wider than `width`, each row is a block of lines."""
    clean = escaped if style == "github" else plain
    headers, rows, left = table(found, clean)
    sheet = Sheet(headers, rows, left, [0] * len(headers), listed=2)
    said = "\n".join(fold([f"note: {note}" for note in notes(found)], width))
    above = clean(heading(found))
    parts = [
        f"### {above}" if style == "github" else "\n".join(fold([above], width)),
        grid(sheet, style, width),
        "\n".join(fold([tally(found)], width)),
        *([said] if said else []),
    ]
    return disarmed("\n\n".join(parts) + "\n")


def heading(found: Comparison) -> str:
    what = "ratios inside" if found.ratios else "figures of"
    return f"{what} {found.new}, compared with {found.old}"


def table(
    found: Comparison, clean: Callable[[str], str]
) -> tuple[list[str], list[list[str]], list[bool]]:
    """Its heads, its rows, and which columns are aligned on the left."""
    shared = _shared(found.rows)
    rows = [_line(row, shared, clean) for row in (*found.rows, *found.means)]
    headers = ["", "experiment", "cell", "metric", "new ÷ old [99%]", "n", "why"]
    left = [True, True, True, True, False, False, True]
    if not any(row[-1] for row in rows):
        headers.pop()
        rows = [row[:-1] for row in rows]
    return headers, rows, left[: len(headers)]


def tally(found: Comparison) -> str:
    counts = ", ".join(f"{count} {change}" for change, count in found.tally().items() if count)
    return f"{counts or 'nothing to compare'}; the same is within ±{found.margin:.0%}"


def notes(found: Comparison) -> tuple[str, ...]:
    return tuple(_NOTES[note] for note in found.notes)


def to_json(found: Comparison) -> str:
    """One object; ratios and intervals as numbers."""
    document = {
        "format": 2,
        "old": found.old,
        "new": found.new,
        "ratios": found.ratios,
        "margin": found.margin,
        "rows": [_object(row) for row in found.rows],
        "geometric_means": [_object(row) for row in found.means],
        "tally": {str(change): count for change, count in found.tally().items()},
        "notes": [_NOTES[note] for note in found.notes],
    }
    return quiet(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def difference(found: Differs) -> str:
    """A condition with its old and its new value."""
    name = found.condition
    if name in PLACES:
        shown = f"placement of the {name.removesuffix('_cpus')}"
    else:
        shown = name.removesuffix("_ns").replace("_", " ")
    return f"{shown} {_value(name, found.old)} against {_value(name, found.new)}"


def _value(name: str, value: object) -> str:
    if name in _TIMES and isinstance(value, int):
        return f"{value / 1e6:g} ms"
    match value:
        case bool() if name == "placement":
            return "server and fleet on CPUs of their own" if value else "sharing CPUs"
        case list() | tuple():
            return ",".join(map(str, value)) or "none"
        case None:
            return "unknown"
    return str(value) or "none"


def explanation(why: Why | None) -> str:
    match why:
        case None:
            said = ""
        case Unsound(status, reason):
            said = f"{status}: {reason}"
        case UnsoundBefore(first):
            said = f"in the old run: {explanation(first)}"
        case OnlyInNew(run):
            said = f"only in {run}"
        case NotInNew():
            said = "not in the new run"
        case Differs():
            said = difference(why)
        case NoRatio():
            said = "needs positive samples on both sides (with --ratios also in the reference cell)"
        case TooFewRepeats(repeats):
            said = f"{repeats} repeats, at least {FEWEST} are needed"
    return said


def _fact(fact: tuple[str, str]) -> str:
    then, now = fact
    return then if then == now else f"{then} → {now}"


def _cell(row: Row) -> str:
    return row.cell if row.cells == 1 else f"geometric mean of {row.cells} cells"


def _line(row: Row, shared: Mapping[str, set[str]], clean: Callable[[str], str]) -> list[str]:
    figure = ratio(row) if row.fact is None else clean(_fact(row.fact))
    why = clean(explanation(row.why))
    cut = why if len(why) <= WIDTH else why[: WIDTH - 1] + "…"
    axes = [word for word in row.cell.split() if word not in shared.get(row.experiment, set())]
    cell = clean(" ".join(axes) or _cell(row))
    count = str(row.repeats or "–")
    return [row.change, clean(row.experiment), cell, row.metric or "–", figure, count, cut]


def _shared(rows: Sequence[Row]) -> dict[str, set[str]]:
    """The axes that all cells of an experiment have in common: they say nothing about a cell."""
    words: dict[str, list[set[str]]] = {}
    for row in rows:
        words.setdefault(row.experiment, []).append(set(row.cell.split()))
    several = {name: some for name, some in words.items() if any(each != some[0] for each in some)}
    return {experiment: set.intersection(*some) for experiment, some in several.items()}


def ratio(row: Row) -> str:
    return "–" if row.ratio is None else f"×{row.ratio.estimate:.3f}{_ends(row.ratio)}"


def _ends(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" [{interval.low:.3f}, {interval.high:.3f}]"


def _object(row: Row) -> dict[str, Any]:
    return {
        "experiment": row.experiment,
        "cell": _cell(row),
        "metric": row.metric or "–",
        "change": str(row.change),
        "ratio": asdict(row.ratio) if row.ratio else None,
        "loss": row.loss,
        "repeats": row.repeats,
        "why": explanation(row.why) if row.fact is None else _fact(row.fact),
    }
