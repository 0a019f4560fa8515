"""Two sides to rows. Pure.

The k-th sound block of one side stands against the k-th of the other: draws that have nothing in
common but their order, so the interval holds for independent samples, and has a form for few
repeats as well (runner/stats/interval.py). All comparisons together are 99% sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp, log

from runner.compare.comparison import Change, Comparison, Note, Row
from runner.compare.conditions import cell_unlike
from runner.compare.side import MeasuredCell, Samples, Side
from runner.compare.why import (
    NoRatio,
    NotInNew,
    OnlyInNew,
    TooFewRepeats,
    Unsound,
    UnsoundBefore,
    Why,
)
from runner.records.outcome import Status
from runner.spec import METRICS
from runner.stats.interval import ALPHA, blocked_ratio_interval

Pairs = dict[int, tuple[float, float]]
"""New and old, by rank."""


def compare(old: Side, new: Side, margin: float = 0.05) -> Comparison:
    """`margin` is the difference that is of no interest: what surely lies within is the same."""
    shared = [key for key in old.cells if key in new.cells]
    weighed = sum(len(_metrics(old.cells[key], new.cells[key])) for key in shared)
    alpha = ALPHA / max(1, weighed)
    rows = [
        row
        for key in old.cells
        for row in _rows(old.cells[key], new.cells.get(key), alpha, margin, old.ratios)
    ]
    rows += [
        _row_of(measured, Change.UNLIKE, OnlyInNew(new.name))
        for key, measured in new.cells.items()
        if key not in old.cells and measured.samples
    ]
    means = list(_means(old, new, rows, margin))
    return Comparison(old.name, new.name, old.ratios, margin, rows, means, [*_notes(old, new)])


def _rows(
    old: MeasuredCell, new: MeasuredCell | None, alpha: float, margin: float, ratios: bool
) -> Iterator[Row]:
    if old.unsound is not None:
        yield _row_of(old, Change.UNLIKE, UnsoundBefore(old.unsound))
    elif not (old.samples or old.facts):
        return  # a probe or a trace: its findings are no figures of this kind
    elif new is None:
        yield _row_of(old, Change.UNCLEAR, NotInNew())
    elif new.unsound is not None:
        yield _unsound_row(old, new.unsound)
    elif differs := cell_unlike(old, new, ratios=ratios):
        yield _row_of(old, Change.UNLIKE, differs)
    else:
        yield from _compared(old, new, alpha, margin)


def _compared(old: MeasuredCell, new: MeasuredCell, alpha: float, margin: float) -> Iterator[Row]:
    for name, then in old.facts.items():
        now = new.facts.get(name, "nothing")
        change = Change.SAME if then == now else Change.CHANGED
        yield Row(old.experiment, old.cell, name, change, None, None, 0, fact=(then, now))
    for metric, samples in old.samples.items():
        pairs = _paired(samples, new.samples.get(metric, {}))
        row = _row(metric, pairs, alpha, margin)
        yield replace(row, experiment=old.experiment, cell=old.cell)


def _row(metric: str, pairs: Pairs, alpha: float, margin: float) -> Row:
    """Of no cell yet."""
    row = Row("", "", metric, Change.UNCLEAR, None, None, len(pairs))
    if not pairs or min(min(pair) for pair in pairs.values()) <= 0:
        return replace(row, why=NoRatio())
    ratio = blocked_ratio_interval(pairs, alpha)
    if ratio.low is None or ratio.high is None:
        return replace(row, ratio=ratio, why=TooFewRepeats(len(pairs)))
    loss = _loss(metric, ratio.low, ratio.high)
    return replace(row, ratio=ratio, loss=loss, change=_change(metric, loss, margin))


def _loss(metric: str, low: float, high: float) -> tuple[float, float]:
    """The least and the most that the new one may be worse. A rate that fell to 0.95 is 5% worse,
    and so is a latency that rose to 1.05."""
    if METRICS[metric].better == "lower":
        return low - 1, high - 1
    return 1 - high, 1 - low


def _change(metric: str, loss: tuple[float, float], margin: float) -> Change:
    best, worst = loss
    if max(abs(best), abs(worst)) <= margin:
        return Change.SAME
    if best <= 0 <= worst:
        return Change.UNCLEAR
    if METRICS[metric].better is None:
        return Change.CHANGED
    return Change.WORSE if best > 0 else Change.BETTER


def _means(old: Side, new: Side, rows: Sequence[Row], margin: float) -> Iterator[Row]:
    """Over all cells with figures on both sides, block by block: what the cells of a block share
    is then in the interval once, and not once a cell."""
    for metric in dict.fromkeys(row.metric for row in rows if row.ratio is not None):
        cells = [
            _paired(old.cells[key].samples[metric], new.cells[key].samples[metric])
            for row in rows
            if row.metric == metric and row.ratio is not None
            for key in [(row.experiment, row.cell)]
        ]
        blocks = sorted(set.intersection(*(set(pairs) for pairs in cells)))
        means = {
            block: (_mean(pairs[block][0] for pairs in cells),
                    _mean(pairs[block][1] for pairs in cells))
            for block in blocks
        }  # fmt: skip
        if len(cells) > 1 and means:
            yield replace(_row(metric, means, ALPHA, margin), cells=len(cells))


def _mean(values: Iterator[float]) -> float:
    logs = [log(value) for value in values]
    return exp(sum(logs) / len(logs))


def _paired(old: Samples, new: Samples) -> Pairs:
    then, now = [old[b] for b in sorted(old)], [new[b] for b in sorted(new)]
    return {rank: (b, a) for rank, (a, b) in enumerate(zip(then, now, strict=False))}


def _metrics(old: MeasuredCell, new: MeasuredCell) -> list[str]:
    return [metric for metric in old.samples if metric in new.samples]


def _unsound_row(old: MeasuredCell, unsound: Unsound) -> Row:
    """Where the server now fails it is as much worse as it can be; a capability that this machine
    lacks is no change of the server; anything else leaves the question open."""
    if unsound.status is Status.FAIL:
        return replace(_row_of(old, Change.WORSE, unsound), loss=(1.0, 1.0))
    skipped = unsound.status is Status.SKIP
    return _row_of(old, Change.UNLIKE if skipped else Change.UNCLEAR, unsound)


def _row_of(measured: MeasuredCell, change: Change, why: Why) -> Row:
    """Of a cell as a whole: no metric was compared."""
    return Row(measured.experiment, measured.cell, "", change, None, None, 0, why)


def _notes(old: Side, new: Side) -> Iterator[Note]:
    if not old.ratios:
        yield Note.ABSOLUTE
    if old.about.get("spec_hash") != new.about.get("spec_hash"):
        yield Note.OTHER_SPEC
    if not old.complete:
        yield Note.OLD_CUT
    if not new.complete:
        yield Note.NEW_CUT
