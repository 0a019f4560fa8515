"""One side of a comparison: a run's cells with their samples, as they are or as ratios. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runner.compare.why import Unsound
from runner.kinds import KINDS, METRICS
from runner.records.asked import conditions
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Placement, TrialRecord
from runner.session.counting import Counted
from runner.spec import Cell

USUAL = tuple(name for kind in KINDS.values() for name in kind.compared if not METRICS[name].fact)
"""What is compared unless metrics are named: whichever of them a cell has."""

Samples = Mapping[int, float]
"""A figure of each block."""


class SideError(Exception):
    """A run that cannot be a side of this comparison; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class MeasuredCell:
    """One cell: `conditions` is all that must agree for its figures to be comparable, `samples`
    by metric; `unsound` says what happened to its first trial where no trial was sound."""

    experiment: str
    cell: str
    conditions: Mapping[str, object]
    samples: Mapping[str, Samples]
    facts: Mapping[str, str]
    unsound: Unsound | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """`host` is what must agree for absolute figures; `references` the cell of each experiment that
    the ratios are to; `complete` is whether the run went to the end of its plan."""

    name: str
    host: Mapping[str, Any]
    engine: str
    cells: Mapping[tuple[str, str], MeasuredCell]
    ratios: bool = False
    references: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = True


def side_of(
    name: str,
    environment: Mapping[str, Any],
    measurements: Iterable[Outcome],
    metrics: Sequence[str] = (),
    *,
    ratios: bool = False,
    references: Mapping[str, str] | None = None,
    complete: bool = True,
) -> Side:
    """`references` are given where another side has chosen them already; else the first cell of
    each experiment that was measured in the most blocks is taken. Raises SideError."""
    by_cell: dict[Cell, list[Outcome]] = {}
    for measurement in Counted(measurements).records:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    cells = {
        (cell.experiment, cell.full_name): _measured(cell, some, metrics)
        for cell, some in by_cell.items()
    }
    host = environment.get("host", {})
    about = {
        key: environment.get(key) for key in ("id", "started", "spec", "spec_hash", "quick")
    } | {"git": host.get("git")}
    engine = str(environment.get("engine", {}).get("name", "?"))
    if not ratios:
        return Side(name, host, engine, cells, False, {}, about, complete)
    chosen = _references(cells) if references is None else dict(references)
    divided = _divided(cells, chosen)
    kept = any(one.samples or one.facts for one in divided.values())
    if references is None and not kept:
        raise SideError(f"{name}: no experiment has two cells with figures: no ratio to keep")
    return Side(name, host, engine, divided, True, chosen, about, complete)


def _measured(cell: Cell, measurements: Sequence[Outcome], metrics: Sequence[str]) -> MeasuredCell:
    sound = [m for m in measurements if m.status is Status.OK]
    if not sound:
        first = measurements[0]
        unsound = Unsound(first.status, first.reason)
        return MeasuredCell(cell.experiment, cell.full_name, {}, {}, {}, unsound)
    compared = metrics or USUAL
    samples = {
        metric: {m.block: float(m.metrics[metric]) for m in sound if metric in m.metrics}
        for metric in compared
        if METRICS[metric].is_number and any(metric in m.metrics for m in sound)
    }
    kind = KINDS.get(sound[0].record.asked.measure)
    facts = {
        name: " / ".join(sorted({_text(m.metrics[name]) for m in sound if name in m.metrics}))
        for name in (kind.compared if kind else ())
        if METRICS[name].fact
    }
    kept = {name: text for name, text in facts.items() if text}
    return MeasuredCell(
        cell.experiment, cell.full_name, _conditions(sound[0].record), samples, kept
    )


def _conditions(record: TrialRecord) -> dict[str, object]:
    """From the record of a trial, not from the spec: what the kernel was asked for, where it ran,
    and which path the bytes took."""
    own = "a namespace of their own" if "net" in (record.isolation or ()) else "the host"
    place = record.placement or Placement()
    return {
        **conditions(record.asked),
        "nofile": record.granted.measured,
        "denied": list(record.granted.denied) if record.granted.denied is not None else None,
        "network path": place.path or f"loopback of {own}",
        "pinned by": place.pinned or None,
        "host": place.host,
    }


def _references(cells: Mapping[tuple[str, str], MeasuredCell]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for (experiment, cell), measured in cells.items():
        others = [key for key in cells if key[0] == experiment and cells[key].samples]
        best = chosen.get(experiment)
        if not measured.samples or len(others) < 2:
            continue
        if best is None or _blocks(measured) > _blocks(cells[experiment, best]):
            chosen[experiment] = cell
    return chosen


def _blocks(measured: MeasuredCell) -> int:
    return max((len(samples) for samples in measured.samples.values()), default=0)


def _divided(
    cells: Mapping[tuple[str, str], MeasuredCell], references: Mapping[str, str]
) -> dict[tuple[str, str], MeasuredCell]:
    """Every sample over the reference's of the same block: what both shared cancels out."""
    ratios = {}
    for (experiment, cell), measured in cells.items():
        reference = cells.get((experiment, references.get(experiment, "")))
        if cell == references.get(experiment):
            continue
        if reference is None and not measured.facts:
            continue
        samples = (
            {}
            if reference is None
            else {
                metric: {
                    block: value / under[block] for block, value in over.items() if under.get(block)
                }
                for metric, over in measured.samples.items()
                if (under := reference.samples.get(metric, {}))
            }
        )
        ratios[experiment, cell] = replace(measured, samples=samples)
    return ratios


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
