"""Growth laws: cost = a + b·N^k on measured points, with bootstrap intervals. Pure.

The fit is by relative error, so that the cost of ten counts as much as that of ten thousand. For a
given k it is linear in a and b; k is searched on a grid. The interval comes from drawing the
repeats of every N again, with replacement (Efron & Tibshirani, An Introduction to the Bootstrap,
13.3: percentiles). The draws are seeded: the same data give the same interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from runner.stats.law import Growth, Law, Range

Numbers = NDArray[np.float64]

GRID = np.round(np.arange(0.05, 2.001, 0.01), 2)
DRAWS = 1000
SEED = 42
TAIL = 0.005
"""Cut at each end: intervals of 99%, as everywhere in this project."""


@lru_cache(maxsize=64)
def fit(samples: tuple[tuple[int, tuple[float, ...]], ...]) -> Growth:
    """Several claims rest on the same law."""
    sizes = np.array([n for n, _ in samples], dtype=np.float64)
    drawn = _drawn([np.array(repeats, dtype=np.float64) for _, repeats in samples])
    exponents = _exponents(sizes, drawn)
    at_rest, each = _lines(sizes, drawn, 1.0)[:2]
    factors = (at_rest + each * sizes[-1]) / (at_rest + each * sizes[0])
    best = float(exponents[0])
    a, b = (float(values[0]) for values in _lines(sizes, drawn[:1], best)[:2])
    return Growth(_range(exponents), _range(factors), _range(each), Law(a, b, best))


def power(points: Sequence[tuple[float, float]]) -> float:
    """k of single figures, such as those that a book prints: of the same law."""
    sizes = np.array([x for x, _ in points], dtype=np.float64)
    costs = np.array([[y for _, y in points]], dtype=np.float64)
    return float(_exponents(sizes, costs)[0])


def slope(pairs: Sequence[tuple[float, float]]) -> Range:
    """b of y = a + b·x, from pairs of single observations; the bootstrap draws pairs."""
    data = np.array(pairs, dtype=np.float64)
    if len(np.unique(data[:, 0])) < 2:
        raise ValueError("a slope needs two different x")
    random = np.random.default_rng(SEED)
    rows = random.integers(0, len(data), size=(DRAWS, len(data)))
    rows[0] = np.arange(len(data))
    x, y = data[rows, 0], data[rows, 1]
    x = x - x.mean(axis=1, keepdims=True)
    spread = (x * x).sum(axis=1)
    sound = spread > 0
    return _range(((x * y).sum(axis=1)[sound]) / spread[sound])


def _drawn(repeats: Sequence[Numbers]) -> Numbers:
    """Medians of what was drawn: one row a draw, one column a size. The first row is the data."""
    random = np.random.default_rng(SEED)
    columns = []
    for sample in repeats:
        rows = random.integers(0, len(sample), size=(DRAWS, len(sample)))
        rows[0] = np.arange(len(sample))
        columns.append(np.median(sample[rows], axis=1))
    return np.stack(columns, axis=1)


def _exponents(sizes: Numbers, costs: Numbers) -> Numbers:
    """The k of the least error, for each row."""
    errors = np.stack([_lines(sizes, costs, float(k))[2] for k in GRID], axis=1)
    return np.asarray(GRID[np.argmin(errors, axis=1)])


def _lines(sizes: Numbers, costs: Numbers, k: float) -> tuple[Numbers, Numbers, Numbers]:
    """a, b and the squared relative error of a + b·N^k, for each row of costs. a is never less
    than 0: a call has no negative cost."""
    grown = sizes**k
    weight = 1 / costs
    s00, s01, s11 = (
        (weight**2 * term).sum(axis=1) for term in (np.ones_like(grown), grown, grown**2)
    )
    t0, t1 = weight.sum(axis=1), (weight * grown).sum(axis=1)
    across = s00 * s11 - s01 * s01
    a = (t0 * s11 - t1 * s01) / across
    b = (s00 * t1 - s01 * t0) / across
    a, b = np.where(a < 0, 0.0, a), np.where(a < 0, t1 / s11, b)
    residual = 1 - weight * (a[:, None] + b[:, None] * grown)
    return a, b, (residual**2).sum(axis=1)


def _range(values: Numbers) -> Range:
    """The first value is the estimate from the data as they are."""
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    return Range(float(values[0]), float(low), float(high))
