"""The interval of a ratio of two cells: one way for every verdict, rule and table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runner.records.outcome import Outcome, Status
from runner.stats.interval import Interval, blocked_ratio_interval

Samples = dict[int, float]
"""By block: what was measured side by side is compared side by side."""
Pairs = dict[int, tuple[float, float]]


def samples(measurements: Iterable[Outcome], metric: str) -> Samples:
    """Of the sound trials."""
    return {
        m.block: float(m.metrics[metric])
        for m in measurements
        if m.status is Status.OK and metric in m.metrics
    }


def paired(over: Mapping[int, float], under: Mapping[int, float]) -> Pairs:
    """By the blocks that both have."""
    return {block: (value, under[block]) for block, value in over.items() if block in under}


def interval_of(pairs: Pairs, trials: Iterable[Outcome], alpha: float) -> Interval:
    """`trials` are those of both cells. Raises ValueError where a figure is not above 0, or there
    is no pair."""
    sound = [trial for trial in trials if trial.status is Status.OK and trial.block in pairs]
    same_moments = all(_turns(trial) > 1 for trial in sound)
    return blocked_ratio_interval(pairs, alpha, same_moments=bool(sound) and same_moments)


def _turns(trial: Outcome) -> int:
    """Among how many it took turns; 0 where it ran alone."""
    return trial.record.asked.turns
