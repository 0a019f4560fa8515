"""How many fall into each class of a value, side by side: one column a class. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.figures import scale
from runner.figures.dots import Line
from runner.figures.letters import room
from runner.figures.paper import TOP, WIDTH, Drawing, head, line, rect, stop, text
from runner.figures.scale import Axis, Scale

HEIGHT, BOTTOM, GAP = 260, 46, 1.5


@dataclass(frozen=True, slots=True)
class Column:
    """From `low` to `high` on the axis; `says` is what a reader sees of it."""

    low: float
    high: float
    count: int
    says: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns begin at 0: their heights are counts. `lines` are values across all of them."""

    title: str
    x: Axis
    y: str
    columns: tuple[Column, ...]
    note: str = ""
    lines: tuple[Line, ...] = ()


def draw(figure: Columns) -> Drawing:
    every = figure.columns
    bottom, top = HEIGHT - BOTTOM, TOP + 24.0
    up = scale.upward(Axis(figure.y, "", "linear", zero=True), _counts(figure), bottom, top)
    whole = [(y, name) for y, name in up.marks if "." not in name]
    left = max((room(name) for _, name in whole), default=0.0) + 30
    edges = [*(each.low for each in every), *(each.high for each in every)]
    across = scale.across(figure.x, edges, left, WIDTH - 8)
    parts = [head(figure.title, figure.note)]
    for y, name in whole:
        parts.append(line(left, y, WIDTH - 8, y, "g"))
        parts.append(text(left - 7, y + 4, name, "ty"))
    parts += [text(x, bottom + 17, name, "tx") for x, name in across.marks]
    parts += _columns(figure, across, up)
    parts.append(line(left, bottom, WIDTH - 8, bottom, "a"))
    parts += _lines(figure, across, top - 12, bottom)
    parts.append(text((left + WIDTH) / 2, HEIGHT - 8, figure.x.title, "f", "middle"))
    parts.append(text(0, TOP + 4, figure.y, "f"))
    about = f"{figure.y} by {figure.x.title}: {'; '.join(each.says for each in every)}"
    return Drawing(figure.title, about, HEIGHT, "".join(parts))


def _counts(figure: Columns) -> list[float]:
    return [0.0, 2.0, *(float(each.count) for each in figure.columns)]


def _columns(figure: Columns, across: Scale, up: Scale) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for each in figure.columns:
        x, end, y = across.place(each.low), across.place(each.high), up.place(each.count)
        drawn = rect(x + GAP, y, end - x - 2 * GAP, bottom - y, "seg")
        drawn += text((x + end) / 2, y - 5, str(each.count) if each.count else "", "b", "middle")
        yield f'<g class="c0">{stop(each.says, drawn)}</g>'


def _lines(figure: Columns, across: Scale, top: float, bottom: float) -> Iterator[str]:
    for each in figure.lines:
        x = across.place(each.value)
        yield line(x, top, x, bottom, "bound")
        near = x + room(each.label) / 2 > WIDTH
        yield text(WIDTH - 4 if near else x, top - 5, each.label, "f", "end" if near else "middle")
