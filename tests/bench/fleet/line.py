"""One line of the table: what was compared, its interval, its bar, and whether that is met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median
from typing import ClassVar, TypeVar

from runner.stats.interval import blocked_ratio_interval

ALPHA = 0.05

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Line:
    """`low` and `high` bound the figure with 95%; the same as it where it is a fact or there are
    too few runs. `at_least` and `beyond` are bars, or with `at_most` upper ones."""

    name: str
    figure: str
    verdict: str
    bar: str
    beyond: str = ""
    about: str = ""

    HEADERS: ClassVar = ("line", "found", "bar", "", "beyond", "about")

    def row(self) -> list[str]:
        return [self.name, self.figure, self.bar, self.verdict, self.beyond, self.about]


def mirrored(
    ours: Callable[[], Found], theirs: Callable[[], Found], rounds: int
) -> tuple[list[Found], list[Found]]:
    """Both so many times, A B, B A: who comes second gains nothing by it."""
    found: tuple[list[Found], list[Found]] = ([], [])
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            found[which].append((ours, theirs)[which]())
    return found


def compared(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    bar: float,
    beyond: float | None = None,
    about: str = "",
) -> Line:
    """Ours over theirs, samples of interleaved runs; at least `bar`."""
    ratio = median(ours) / median(theirs)
    interval = blocked_ratio_interval(dict(enumerate(zip(ours, theirs, strict=True))), ALPHA)
    low, high = interval.low or 0.0, interval.high or inf
    return Line(
        name=name,
        figure=f"{ratio:.2f} [{low:.2f}, {high:.2f}]",
        verdict=_verdict(low, high, bar),
        bar=f">= {bar:.2f}",
        beyond="" if beyond is None else f">= {beyond:.2f} {_verdict(ratio, ratio, beyond)}",
        about=about,
    )


def _verdict(low: float, high: float, bar: float) -> str:
    if low >= bar:
        return "met"
    return "not met" if high < bar else "noise"


def fact(name: str, figure: str, *, met: bool, bar: str, beyond: str = "", about: str = "") -> Line:
    """What is no ratio of two programs."""
    return Line(name, figure, "met" if met else "not met", bar, beyond, about)


def skipped(name: str, bar: str, why: str) -> Line:
    """What cannot be run here, and what to type."""
    return Line(name, "-", "skipped", bar, "", why)
