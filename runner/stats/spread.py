"""How far the repeats of one cell differ, and which of them stand apart. Pure.

Both measures rest on the median, which one wild repeat does not move. What stands apart is named
and never left out: an interval by ranks holds against it already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

NOISY = 0.10
"""A cell is NOISY when a typical repeat is off its median by more than this share of it."""

APART = 3.5
"""Times the typical deviation: an outlier (Iglewicz & Hoaglin, How to Detect and Handle Outliers,
1993), if it is also off by more than LEAST."""
LEAST = 0.05
_NORMAL = 1.4826  # makes the median absolute deviation that of a normal distribution's sigma
_FEWEST = 5


def deviation(samples: Sequence[float]) -> float | None:
    """The typical deviation from the median as a share of it: the scaled median absolute
    deviation. None for fewer than two samples, or a median of 0."""
    if len(samples) < 2 or not (middle := median(samples)):
        return None
    return _NORMAL * median(abs(value - middle) for value in samples) / abs(middle)


def outliers(samples: Mapping[str, float]) -> dict[str, float]:
    """Of samples by the name of their trial, those that stand apart, and how far off the median
    each is as a share of it."""
    typical = deviation(tuple(samples.values()))
    if typical is None or len(samples) < _FEWEST:
        return {}
    middle = median(samples.values())
    limit = max(APART * typical, LEAST)
    off = {name: value / middle - 1 for name, value in samples.items()}
    return {name: share for name, share in off.items() if abs(share) > limit}
