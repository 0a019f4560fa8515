"""Lines over two axes: points with their intervals, the law that was fitted to them, the name of
each line at its end. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.figures import scale
from runner.figures.letters import cut, room, spread
from runner.figures.paper import (
    TOP,
    WIDTH,
    Drawing,
    colour,
    head,
    line,
    mark,
    marker,
    n,
    path,
    stop,
    text,
)
from runner.figures.scale import Axis, Scale

HEIGHT, BOTTOM = 360, 46
NAME, LEADER = 200, 18
"""The most room for the name of a line, and the room between the line and its name."""
LETTERS = 15


@dataclass(frozen=True, slots=True)
class Point:
    """`low` and `high` are the ends of its interval, None where it has none; `says` what a reader
    sees of it, with its unit. A point that is not `marked` only bends the line."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    says: str = ""
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """`law` is the fitted line, drawn dashed, and `law_says` its formula. `quiet` series are drawn
    grey, beside the ones that have a name; `dashed` is drawn so though it is measured."""

    label: str
    points: tuple[Point, ...]
    law: tuple[tuple[float, float], ...] = ()
    law_says: str = ""
    quiet: bool = False
    dashed: bool = False
    like: int | None = None
    """The number of the series whose colour it has; its own without one."""

    @property
    def says(self) -> str:
        """What its points say together, each without the name that they have in common."""
        said = (p.says.removeprefix(self.label).lstrip(":, ") for p in self.points if p.marked)
        return f"{self.label}: {'; '.join(each for each in said if each)}"


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    note: str = ""


def draw(chart: Chart) -> Drawing:
    every = [s for s in chart.series if s.points]
    named = [s for s in every if not s.quiet]
    names = max((room(s.label) for s in named), default=0.0)
    right = WIDTH - min(names, NAME) - LEADER - 6
    bottom = HEIGHT - BOTTOM
    up = scale.upward(chart.y, _heights(every), bottom, TOP + 4)
    left = max((room(name) for _, name in up.marks), default=0.0) + 30
    across = scale.across(chart.x, (p.x for s in every for p in s.points), left, right)
    parts = [head(chart.title, chart.note), *_grid(chart, across, up, left, right)]
    for index, series in _ordered(every):
        parts.append(_series(index, series, across, up))
    parts += _names(every, across, up, right)
    return Drawing(chart.title, _about(chart), HEIGHT, "".join(parts))


def _ordered(every: Sequence[Series]) -> list[tuple[int, Series]]:
    """Grey ones first: the others lie upon them."""
    return sorted(enumerate(every), key=lambda one: not one[1].quiet)


def _heights(every: Sequence[Series]) -> Iterator[float]:
    """An interval that reaches to 0 does not stretch an axis of positive values."""
    for series in every:
        for point in series.points:
            yield point.y
            ends = [end for end in (point.low, point.high) if end is not None]
            yield from (end for end in ends if end > 0 or point.y <= 0)
        yield from (y for _, y in series.law)


def _grid(chart: Chart, across: Scale, up: Scale, left: float, right: float) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for x, name in across.marks:
        yield line(x, TOP, x, bottom, "g")
        yield text(x, bottom + 17, name, "tx")
    for y, name in up.marks:
        yield line(left, y, right, y, "g")
        yield text(left - 7, y + 4, name, "ty")
    yield line(left, bottom, right, bottom, "a")
    if across.broken:
        x = left + scale.ZERO * 0.75
        yield line(x - 3, bottom + 5, x + 1, bottom - 5, "a")
        yield line(x + 1, bottom + 5, x + 5, bottom - 5, "a")
    yield text((left + right) / 2, HEIGHT - 8, chart.x.title, "f", "middle")
    middle = (TOP + bottom) / 2
    turned = f'<g transform="translate(12 {n(middle)}) rotate(-90)">'
    yield f"{turned}{text(0, 0, chart.y.title, 'f', 'middle')}</g>"


def _series(index: int, series: Series, across: Scale, up: Scale) -> str:
    places = [(across.place(p.x), up.place(p.y)) for p in series.points]
    kind = "l d" if series.dashed else "l"
    parts = [path(places, kind)] if len(places) > 1 else []
    if series.law:
        along = [(across.place(x), up.place(y)) for x, y in series.law]
        parts.append(mark(f"{series.label}: {series.law_says}", path(along, "w d")))
    like = index if series.like is None else series.like
    if series.quiet:
        return f'<g class="quiet">{mark(series.says, "".join(parts))}</g>'
    for point, (x, y) in zip(series.points, places, strict=True):
        if point.marked:
            parts.append(mark(point.says, _point(like, point, x, y, up)))
    return f'<g class="{colour(like)}">{stop(series.says, "".join(parts))}</g>'


def _point(index: int, point: Point, x: float, y: float, up: Scale) -> str:
    parts = []
    if point.low is not None and point.high is not None:
        bottom = HEIGHT - BOTTOM
        low, high = (min(up.place(end), bottom) for end in (point.low, point.high))
        parts.append(line(x, low, x, high, "w"))
    parts.append(marker(x, y, index))
    return "".join(parts)


def _names(every: Sequence[Series], across: Scale, up: Scale, right: float) -> Iterator[str]:
    """At the end of each line; where ends are too near to each other, a thin line leads there."""
    named = [(i, s) for i, s in enumerate(every) if not s.quiet]
    ends = [max(s.points, key=lambda p: p.x) for _, s in named]
    wanted = [up.place(end.y) for end in ends]
    places = spread(wanted, LETTERS, TOP + 4, HEIGHT - BOTTOM)
    for (index, series), end, was, y in zip(named, ends, wanted, places, strict=True):
        like = index if series.like is None else series.like
        x = across.place(end.x)
        yield f'<g class="{colour(like)}">'
        if abs(y - was) > 2 or right - x > 8:
            yield path([(x + 6, was), (right + 3, was), (right + LEADER - 4, y)], "r")
        yield text(right + LEADER, y + 4, cut(series.label, NAME), "n") + "</g>"


def _about(chart: Chart) -> str:
    names = ", ".join(s.label for s in chart.series if s.points and not s.quiet)
    return f"{chart.y.title} against {chart.x.title}: {names}"
