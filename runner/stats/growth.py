"""Growth laws of measured points. Pure.

`fitting` has numpy, which takes a tenth of a second to load: it is loaded at the first fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.stats.law import Growth, Range

FEWEST_SIZES = 4


def fit(samples: Mapping[int, Sequence[float]]) -> Growth:
    """`samples`: for each N its repeats, positive. Raises ValueError for fewer than four N."""
    if len(samples) < FEWEST_SIZES or any(min(s, default=0.0) <= 0 for s in samples.values()):
        raise ValueError("a growth law needs positive costs at four sizes or more")
    from runner.stats import fitting

    return fitting.fit(tuple((n, tuple(samples[n])) for n in sorted(samples)))


def power(points: Sequence[tuple[float, float]]) -> float:
    """k of single figures, such as those that a book prints: of the same law."""
    from runner.stats import fitting

    return fitting.power(points)


def slope(pairs: Sequence[tuple[float, float]]) -> Range:
    """b of y = a + b·x, from pairs of single observations; the bootstrap draws pairs. Raises
    ValueError where all x are the same."""
    from runner.stats import fitting

    return fitting.slope(pairs)
