"""Two sides to rows. Pure.

The k-th sound block of one side stands against the k-th of the other: draws that have nothing in
common but their order, so the interval holds for independent samples, and has a form for few
repeats as well (runner/stats/interval.py). All comparisons together are 99% sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp, log

from runner.compare.conditions import part_unlike
from runner.compare.outcome import Change, Comparison, Row
from runner.compare.side import Part, Samples, Side
from runner.spec import METRICS
from runner.stats.interval import ALPHA, FEWEST, blocked_ratio_interval

Pairs = dict[int, tuple[float, float]]
"""New and old, by rank."""


def compare(old: Side, new: Side, margin: float = 0.05) -> Comparison:
    """`margin` is the difference that is of no interest: what surely lies within is the same."""
    shared = [key for key in old.parts if key in new.parts]
    weighed = sum(len(_metrics(old.parts[key], new.parts[key])) for key in shared)
    alpha = ALPHA / max(1, weighed)
    rows = [
        row
        for key in old.parts
        for row in _rows(old.parts[key], new.parts.get(key), alpha, margin, old.ratios)
    ]
    rows += [
        _unlike_row(part, f"only in {new.name}")
        for key, part in new.parts.items()
        if key not in old.parts and part.samples
    ]
    means = list(_means(old, new, rows, margin))
    return Comparison(old.name, new.name, old.ratios, margin, rows, means, _notes(old, new))


def _rows(old: Part, new: Part | None, alpha: float, margin: float, ratios: bool) -> Iterator[Row]:
    if not (old.samples or old.facts or old.unsound):
        return  # a probe or a trace: what it found is not a figure of this kind
    if old.unsound:
        yield _unlike_row(old, f"before: {old.unsound}")
        return
    if new is None:
        yield _row_of(old, Change.UNCLEAR, "not in the new run")
        return
    if new.unsound:
        yield _unsound_row(old, new.unsound)
        return
    differs = part_unlike(old, new, ratios=ratios)
    if differs:
        yield _unlike_row(old, differs)
        return
    for name, then in old.facts.items():
        now = new.facts.get(name, "nothing")
        change = Change.SAME if then == now else Change.CHANGED
        told = then if then == now else f"{then} → {now}"
        yield Row(old.experiment, old.cell, name, change, None, None, 0, told)
    for metric, samples in old.samples.items():
        pairs = _paired(samples, new.samples.get(metric, {}))
        yield _row(old.experiment, old.cell, metric, pairs, alpha, margin)


def _row(experiment: str, cell: str, metric: str, pairs: Pairs, alpha: float, margin: float) -> Row:
    if not pairs or min(min(pair) for pair in pairs.values()) <= 0:
        told = "no figures above zero on both sides (of a ratio: nor of its reference)"
        return Row(experiment, cell, metric, Change.UNCLEAR, None, None, len(pairs), told)
    ratio = blocked_ratio_interval(pairs, alpha)
    if ratio.low is None or ratio.high is None:
        told = f"{len(pairs)} repeats, at least {FEWEST} are needed"
        return Row(experiment, cell, metric, Change.UNCLEAR, ratio, None, len(pairs), told)
    loss = _loss(metric, ratio.low, ratio.high)
    change = _change(metric, loss, margin)
    return Row(experiment, cell, metric, change, ratio, loss, len(pairs))


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
            _paired(old.parts[key].samples[metric], new.parts[key].samples[metric])
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
            name = f"geometric mean of {len(cells)} cells"
            yield _row("", name, metric, means, ALPHA, margin)


def _mean(values: Iterator[float]) -> float:
    logs = [log(value) for value in values]
    return exp(sum(logs) / len(logs))


def _paired(old: Samples, new: Samples) -> Pairs:
    then, now = [old[b] for b in sorted(old)], [new[b] for b in sorted(new)]
    return {rank: (b, a) for rank, (a, b) in enumerate(zip(then, now, strict=False))}


def _metrics(old: Part, new: Part) -> list[str]:
    return [metric for metric in old.samples if metric in new.samples]


def _unsound_row(old: Part, unsound: str) -> Row:
    """Where the server now fails it is as much worse as it can be; a capability that this machine
    lacks is no change of the server; anything else leaves the question open."""
    status = unsound.partition(":")[0]
    if status == "FAIL":
        return replace(_row_of(old, Change.WORSE, unsound), loss=(1.0, 1.0))
    return _row_of(old, Change.UNLIKE if status == "SKIP" else Change.UNCLEAR, unsound)


def _unlike_row(part: Part, told: str) -> Row:
    return _row_of(part, Change.UNLIKE, told)


def _row_of(part: Part, change: Change, told: str) -> Row:
    return Row(part.experiment, part.cell, "–", change, None, None, 0, told)


def _notes(old: Side, new: Side) -> list[str]:
    notes = []
    if not old.ratios:
        notes.append(
            "figures of two runs: a machine that was slower as a whole during one of them shows as "
            "worse everywhere; --ratios compares inside each run first"
        )
    if old.about.get("spec_hash") != new.about.get("spec_hash"):
        notes.append("the two were run from different specs: only cells of the same name, run in "
                     "the same way, are compared")  # fmt: skip
    return notes
