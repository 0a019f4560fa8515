"""Lines of a plot from samples: the median at each size, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.claims.ruling import Curve, Reading
from runner.stats.interval import median_interval
from runner.stats.law import Law


def curve(label: str, samples: Mapping[int, Sequence[float]], law: Law | None = None) -> Curve:
    """`samples`: for each x one figure a trial."""
    return Curve(label, tuple(_reading(x, samples[x]) for x in sorted(samples)), law)


def exact(label: str, points: Mapping[int, float], *, printed: bool = False) -> Curve:
    """Figures that have no interval: counts, and what a book prints."""
    readings = tuple(Reading(float(x), points[x]) for x in sorted(points))
    return Curve(label, readings, printed=printed)


def _reading(x: int, sample: Sequence[float]) -> Reading:
    interval = median_interval(sample)
    return Reading(float(x), interval.estimate, interval.low, interval.high)
