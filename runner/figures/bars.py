"""One bar a row, made of named parts. Each part has its name or its number in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.figures import scale
from runner.figures.letters import cut, room
from runner.figures.paper import TOP, WIDTH, Drawing, colour, head, line, mark, rect, stop, text
from runner.figures.scale import Axis, Scale

ROW, BAR, FOOT, NAME = 24, 17, 44, 210


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    value: float
    says: str


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    parts: tuple[Part, ...]
    beside: str
    """The sum, or why there is none."""


@dataclass(frozen=True, slots=True)
class Bars:
    title: str
    axis: Axis
    bars: tuple[Bar, ...]
    note: str = ""


def draw(bars: Bars) -> Drawing:
    """The parts are numbered in the order in which the legend names them: the largest first."""
    names = _names(bars.bars)
    left = min(NAME, max((room(bar.label) for bar in bars.bars), default=0.0)) + 14
    right = WIDTH - max((room(bar.beside) for bar in bars.bars), default=0.0) - 12
    sums = [sum(part.value for part in bar.parts) for bar in bars.bars]
    across = scale.across(bars.axis, [0.0, *sums], left, right)
    legend, below = _legend(names)
    top = below + 10
    bottom = top + ROW * len(bars.bars)
    parts = [head(bars.title, bars.note), *legend]
    for x, name in across.marks:
        parts.append(line(x, top - 2, x, bottom + 4, "g"))
        parts.append(text(x, bottom + 19, name, "tx"))
    parts.append(text((left + right) / 2, bottom + 37, bars.axis.title, "f", "middle"))
    for index, bar in enumerate(bars.bars):
        y = top + ROW * index + (ROW - BAR) / 2
        parts.append(text(left - 10, y + 13, cut(bar.label, left - 14), "", "end"))
        parts += _bar(bar, y, across, names)
    about = f"{bars.axis.title} of {', '.join(bar.label for bar in bars.bars)}"
    return Drawing(bars.title, about, bottom + FOOT, "".join(parts))


def _names(bars: Sequence[Bar]) -> list[str]:
    sums: dict[str, float] = {}
    for bar in bars:
        for part in bar.parts:
            sums[part.name] = sums.get(part.name, 0.0) + part.value
    return sorted(sums, key=lambda name: -sums[name])


def _legend(names: Sequence[str]) -> tuple[list[str], float]:
    """As many lines as they need, and where they end."""
    parts, x, y = [], 0.0, float(TOP)
    for number, name in enumerate(names):
        words = f"{number + 1} {name}"
        if x + room(words) + 18 > WIDTH:
            x, y = 0.0, y + 17
        parts.append(f'<g class="{colour(number)}">{rect(x, y - 9, 11, 11, "seg")}</g>')
        parts.append(text(x + 15, y + 1, words, "f"))
        x += room(words) + 32
    return parts, y


def _bar(bar: Bar, y: float, across: Scale, names: Sequence[str]) -> Iterator[str]:
    begun, whole = 0.0, []
    for part in sorted(bar.parts, key=lambda part: names.index(part.name)):
        number = names.index(part.name)
        x, end = across.place(begun), across.place(begun + part.value)
        begun += part.value
        inside = next((w for w in (part.name, str(number + 1)) if room(w) + 6 <= end - x), "")
        drawn = rect(x, y, end - x, BAR, "seg")
        if inside:
            drawn += text((x + end) / 2, y + 13, inside, "in", "middle")
        whole.append(f'<g class="{colour(number)}">{mark(part.says, drawn)}</g>')
    says = f"{bar.label}: {'; '.join(part.says for part in bar.parts) or bar.beside}"
    beside = text(across.place(begun) + 8, y + 13, bar.beside, "" if bar.parts else "f")
    yield stop(says, "".join(whole) + beside)
