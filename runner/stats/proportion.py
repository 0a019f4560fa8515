"""The interval of a probability from counts: Clopper and Pearson 1934, exact. Pure."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

Rising = Callable[[float], float]
_STEPS = 60
"""Halvings: far below what anyone prints."""


def proportion_interval(hits: int, tries: int, alpha: float = 0.05) -> tuple[float, float]:
    """Contains the probability with 1 - alpha, after so many hits in so many tries."""
    if not 0 <= hits <= tries or tries < 1:
        raise ValueError(f"{hits} of {tries}")
    low = 0.0 if hits == 0 else _root(lambda p: 1 - _at_most(hits - 1, tries, p), alpha / 2)
    high = 1.0 if hits == tries else _root(lambda p: -_at_most(hits, tries, p), -alpha / 2)
    return low, high


def _at_most(hits: int, tries: int, p: float) -> float:
    """The chance of so many hits or fewer."""
    return sum(comb(tries, k) * p**k * (1 - p) ** (tries - k) for k in range(hits + 1))


def _root(rising: Rising, value: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if rising(middle) < value:
            low = middle
        else:
            high = middle
    return (low + high) / 2
