"""One row a value: the median, its interval, every repeat as a stroke, the figure beside it. Pure.

Rows without a value stay, and say why: a reader must see what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.figures import scale
from runner.figures.letters import cut, room
from runner.figures.paper import (
    TOP,
    WIDTH,
    Drawing,
    colour,
    head,
    line,
    marker,
    n,
    stop,
    strokes,
    text,
    to,
)
from runner.figures.scale import Axis, Scale

ROW, GROUP, FOOT = 20, 26, 44
NAME, BESIDE = 210, 190
"""The most room for the name of a row, and for the figure beside it."""


@dataclass(frozen=True, slots=True)
class Row:
    """`shape` is the number of its marker and colour in `Dots.shapes`; `beside` what stands at its
    right: the figure, or why there is none."""

    label: str
    value: float | None
    beside: str
    says: str
    low: float | None = None
    high: float | None = None
    repeats: tuple[float, ...] = ()
    shape: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows under a heading; the heading may be empty."""

    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A value that the rows are held against, such as a bound."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Dots:
    """`shapes` names the markers, where there is more than one."""

    title: str
    axis: Axis
    groups: tuple[Rows, ...]
    shapes: tuple[str, ...] = ()
    note: str = ""
    lines: tuple[Line, ...] = ()


def draw(dots: Dots) -> Drawing:
    rows = [row for group in dots.groups for row in group.rows]
    left = min(NAME, max((room(row.label) for row in rows), default=0.0)) + 14
    right = WIDTH - min(BESIDE, max((room(row.beside) for row in rows), default=0.0)) - 12
    across = scale.across(dots.axis, _values(dots, rows), left, right)
    top = TOP + (18 if len(dots.shapes) > 1 or dots.lines else 0)
    parts, y = [], float(top)
    for group in dots.groups:
        if group.label:
            y += GROUP
            parts.append(text(0, y - 7, cut(group.label, WIDTH), "b"))
        for row in group.rows:
            y += ROW
            parts.append(_row(row, y - ROW / 2, left, right, across))
    grid = _grid(dots, across, top, y, (left + right) / 2)
    drawn = [head(dots.title, dots.note), *_shapes(dots.shapes), *grid, *parts]
    about = f"{dots.axis.title} of {len(rows)} rows: {', '.join(row.label for row in rows)}"
    return Drawing(dots.title, about, y + FOOT, "".join(drawn))


def _values(dots: Dots, rows: Sequence[Row]) -> Iterator[float]:
    """What decides how far the axis reaches. An interval of few repeats may be far wider than the
    repeats: it is then cut at the edge, with an arrow."""
    seen = [v for row in rows if row.value is not None for v in (row.value, *row.repeats)]
    seen += [each.value for each in dots.lines]
    yield from seen
    if not seen:
        return
    least, most = min(seen), max(seen)
    room_for = 0.6 * (most - least) or abs(most)
    for row in rows:
        for end in (row.low, row.high):
            if end is not None and least - room_for <= end <= most + room_for:
                yield end


def _grid(dots: Dots, across: Scale, top: float, bottom: float, middle: float) -> Iterator[str]:
    for x, name in across.marks:
        yield line(x, top, x, bottom + 4, "g")
        yield text(x, bottom + 19, name, "tx")
    yield text(middle, bottom + 37, dots.axis.title, "f", "middle")
    for each in dots.lines:
        x = across.place(each.value)
        yield line(x, top - 4, x, bottom + 4, "bound")
        yield text(x, top - 7, each.label, "f", "middle")


def _shapes(names: Sequence[str]) -> Iterator[str]:
    if len(names) < 2:
        return
    x = 4.0
    for number, name in enumerate(names):
        yield f'<g class="{colour(number)}">{marker(x, TOP - 1, number)}</g>'
        yield text(x + 10, TOP + 3, name, "f")
        x += 28 + room(name)


def _row(row: Row, y: float, left: float, right: float, across: Scale) -> str:
    hit = f'<path class="z" d="M0 {n(y - ROW / 2)}h{WIDTH}v{ROW}H0"/>'
    parts = [hit, text(left - 10, y + 4, cut(row.label, left - 14), "", "end")]
    if row.value is not None:
        single = (to(x, y - 4, x, y + 4) for x in _places(row.repeats, across))
        parts.append(strokes(single, "r1"))
        if row.low is not None and row.high is not None:
            parts += _interval(across.place(row.low), across.place(row.high), y, left, right)
        parts.append(marker(across.place(row.value), y, row.shape))
    parts.append(text(right + 12, y + 4, cut(row.beside, BESIDE), "" if row.value else "f"))
    drawn = stop(row.says, "".join(parts), row.says.removeprefix(f"{row.label}: "))
    return f'<g class="{colour(row.shape)}">{drawn}</g>'


def _places(values: Sequence[float], across: Scale) -> list[float]:
    return sorted({float(round(across.place(value))) for value in values})


def _interval(low: float, high: float, y: float, left: float, right: float) -> Iterator[str]:
    yield line(max(low, left), y, min(high, right), y, "w")
    if low < left:
        yield f'<path class="n" d="M{n(left - 4)} {n(y)}l6 -3.5v7z"/>'
    if high > right:
        yield f'<path class="n" d="M{n(right + 4)} {n(y)}l-6 -3.5v7z"/>'
