"""Figures in a terminal: lines in Braille dots by plotille, with the axes, ticks and names of
runner/figures. Series differ by their letter, never by a colour. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tabulate import tabulate

from runner.figures import scale
from runner.figures.bars import Bar, Bars
from runner.figures.chart import Chart, Series
from runner.figures.dots import Dots, Row
from runner.figures.figure import Figure
from runner.figures.lanes import Lanes
from runner.figures.letters import spread
from runner.figures.quadrants import Quadrants
from runner.figures.scale import Scale
from runner.report.fit import fold, wide
from runner.report.sanitize import plain

WIDTH = 100
"""Of a figure that goes to a file or a pipe."""
ROWS, NAME = 15, 24
ACROSS, UP = 8, scale.HEIGHT
"""The room of a letter on the axes of runner/figures."""
LETTERS = "ox+*#@%&=$"
_BLANK = "\u2800"
"""Braille without a dot: not every font has it as wide as a space."""


def in_text(figure: Figure, width: int | None = None) -> str:
    """No line is wider than `width`."""
    columns = width or WIDTH
    head = [plain(figure.title)]
    head += [plain(figure.note)] if not isinstance(figure, Lanes) and figure.note else []
    match figure:
        case Chart():
            body = _chart(figure, columns)
        case Dots():
            body = _dots(figure, columns)
        case Bars():
            body = _bars(figure, columns)
        case Quadrants():
            body = _quadrants(figure, columns)
        case Lanes():
            body = _lanes(figure, columns)
    return "\n".join([*fold(head, columns), "", *body])


def _chart(chart: Chart, width: int) -> Iterator[str]:
    series = [each for each in chart.series if each.points]
    names = [_cut(f"{_letter(n)} {each.label}", NAME) for n, each in enumerate(series)]
    room = max(map(wide, names), default=0)
    up = scale.upward(chart.y, _heights(series), ROWS * UP, 0)
    edge = max((wide(name) for _, name in up.marks), default=0)
    columns = max(10, width - edge - 3 - room - 1)
    xs = (point.x for each in series for point in each.points)
    across = scale.across(chart.x, xs, 0, columns * ACROSS)
    lines = _canvas(series, across, up, columns)
    ends = [up.place(max(each.points, key=lambda point: point.x).y) for each in series]
    placed = spread(ends, UP, 0, (ROWS - 1) * UP)
    at = {min(ROWS - 1, round(y / UP)): name for y, name in zip(placed, names, strict=True)}
    ticks = {min(ROWS - 1, int(y / UP)): name for y, name in up.marks}
    for row, line in enumerate(lines):
        yield f"{ticks.get(row, ''):>{edge}} │{line} {at.get(row, '')}".rstrip()
    yield f"{'':>{edge}} └{'─' * columns}"
    yield f"{'':>{edge}}  {_ticks(across, columns)}".rstrip()
    yield f"{'':>{edge}}  {plain(chart.x.title)}; upward: {plain(chart.y.title)}"[:width]


def _canvas(series: Sequence[Series], across: Scale, up: Scale, columns: int) -> list[str]:
    height = ROWS * UP
    from plotille import Canvas  # slow to load, for its colour maps

    canvas = Canvas(columns, ROWS, 0, 0, columns * ACROSS, height)

    def at(x: float, y: float) -> tuple[float, float]:
        return across.place(x), height - up.place(y)

    for each in series:
        for one, other in pairwise(each.points):
            canvas.line(*at(one.x, one.y), *at(other.x, other.y))
        for x, y in each.law:
            canvas.point(*at(x, y))
        for point in each.points:
            if point.low is not None and point.high is not None:
                canvas.line(*at(point.x, point.low), *at(point.x, point.high))
    for number, each in enumerate(series):
        for point in each.points:
            if point.marked:
                canvas.point(*at(point.x, point.y), marker=_letter(number))
    return str(canvas.plot()).replace(_BLANK, " ").split("\n")[:ROWS]


def _heights(series: Sequence[Series]) -> Iterator[float]:
    for each in series:
        for point in each.points:
            yield point.y
            yield from (end for end in (point.low, point.high) if end is not None and end > 0)


def _ticks(across: Scale, columns: int) -> str:
    line = [" "] * columns
    for x, name in across.marks:
        begin = max(0, min(columns - len(name), round(x / ACROSS - len(name) / 2)))
        line[begin : begin + len(name)] = name
    return "".join(line).rstrip()


def _dots(dots: Dots, width: int) -> Iterator[str]:
    rows = [row for group in dots.groups for row in group.rows]
    name = min(NAME, max((wide(row.label) for row in rows), default=0))
    beside = min(NAME, max((wide(row.beside) for row in rows), default=0))
    columns = max(10, width - name - beside - 4)
    values = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    across = scale.across(dots.axis, values, 0, columns * ACROSS)
    if len(dots.shapes) > 1:
        yield "  ".join(f"{_letter(n)} {plain(each)}" for n, each in enumerate(dots.shapes))
    for group in dots.groups:
        if group.label:
            yield plain(group.label)
        for row in group.rows:
            label = _cut(plain(row.label), name)
            shown = _cut(plain(row.beside), beside)
            yield f"{label:>{name}} {_row(row, across, columns)}  {shown:>{beside}}".rstrip()
    yield f"{'':>{name}} {_ticks(across, columns)}".rstrip()
    yield f"{'':>{name}} {plain(dots.axis.title)}"[:width]


def _row(row: Row, across: Scale, columns: int) -> str:
    line = [" "] * columns

    def column(value: float) -> int:
        return max(0, min(columns - 1, int(across.place(value) / ACROSS)))

    if row.low is not None and row.high is not None:
        for at in range(column(row.low), column(row.high) + 1):
            line[at] = "─"
    for value in row.repeats:
        line[column(value)] = "·"
    if row.value is not None:
        line[column(row.value)] = _letter(row.shape)
    return "".join(line)


def _bars(bars: Bars, width: int) -> Iterator[str]:
    """Each part of a bar is made of its number."""
    names = list(dict.fromkeys(part.name for bar in bars.bars for part in bar.parts))
    yield from fold(
        ["  ".join(f"{_digit(n)} {plain(each)}" for n, each in enumerate(names))], width
    )
    label = min(NAME, max((wide(bar.label) for bar in bars.bars), default=0))
    beside = min(NAME, max((wide(bar.beside) for bar in bars.bars), default=0))
    columns = max(10, width - label - beside - 4)
    most = max((sum(part.value for part in bar.parts) for bar in bars.bars), default=0.0) or 1.0
    for bar in bars.bars:
        drawn = _bar(bar, names, columns / most)[:columns]
        name, shown = _cut(plain(bar.label), label), _cut(plain(bar.beside), beside)
        yield f"{name:>{label}} {drawn}  {shown}".rstrip()
    yield f"{'':>{label}} {plain(bars.axis.title)}"


def _bar(bar: Bar, names: Sequence[str], size: float) -> str:
    drawn, until = "", 0.0
    for part in bar.parts:
        until += part.value
        drawn += _digit(names.index(part.name)) * (round(until * size) - len(drawn))
    return drawn


def _quadrants(quadrants: Quadrants, width: int) -> Iterator[str]:
    room = max(12, (width - max(map(len, quadrants.rows)) - 4) // 2)
    rows = [
        [row]
        + [
            "\n".join(fold([plain(", ".join(quadrants.names.get((row, c), ())) or "–")], room - 2))
            for c in quadrants.columns
        ]
        for row in quadrants.rows
    ]
    yield tabulate(rows, headers=["", *quadrants.columns], tablefmt="simple")


def _lanes(lanes: Lanes, width: int) -> Iterator[str]:
    """One line a model: the picture has no room in a terminal."""
    rows = [
        [lane.name, *(box.text for box in lane.boxes), lane.notice, *lane.below[:2]]
        for lane in lanes.lanes
    ]
    table = tabulate(rows, headers=["model", *lanes.phases, "notification"], disable_numparse=True)
    yield from (_cut(plain_line, width) for plain_line in table.split("\n"))


def _letter(number: int) -> str:
    return LETTERS[number % len(LETTERS)]


def _digit(number: int) -> str:
    return "123456789abcdefghijklmnopqrstuvwxyz"[number % 35]


def _cut(text: str, most: int) -> str:
    if wide(text) <= most:
        return text
    while text and wide(text) > most - 1:
        text = text[:-1]
    return f"{text}…"
