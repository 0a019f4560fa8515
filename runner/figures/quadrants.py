"""Names in a table of two by two: two questions that do not depend on each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.figures.letters import folded
from runner.figures.paper import TOP, WIDTH, Drawing, head, rect, stop, text

LEFT, GAP, LINE, LEAST = 118, 6, 17, 76


@dataclass(frozen=True, slots=True)
class Quadrants:
    """`names` by the answers to both questions; `columns` and `rows` are the answers."""

    title: str
    columns: tuple[str, str]
    rows: tuple[str, str]
    names: Mapping[tuple[str, str], Sequence[str]]
    note: str = ""


def draw(quadrants: Quadrants) -> Drawing:
    width = (WIDTH - LEFT - GAP) / 2
    parts = [head(quadrants.title, quadrants.note)]
    for number, column in enumerate(quadrants.columns):
        x = LEFT + number * (width + GAP) + width / 2
        parts.append(text(x, TOP + 6, column, "b", "middle"))
    y = TOP + 16.0
    for row in quadrants.rows:
        lines = {
            column: folded(", ".join(quadrants.names.get((row, column), ())) or "–", width - 20)
            for column in quadrants.columns
        }
        height = max(LEAST, *(LINE * len(some) + 24 for some in lines.values()))
        for number, words in enumerate(folded(row, LEFT - 16)):
            parts.append(text(LEFT - 10, y + height / 2 + LINE * number, words, "b", "end"))
        for number, (column, some) in enumerate(lines.items()):
            x = LEFT + number * (width + GAP)
            drawn = rect(x, y, width, height, "box band")
            drawn += "".join(text(x + 10, y + 22 + LINE * i, one) for i, one in enumerate(some))
            parts.append(stop(f"{row}, {column}: {' '.join(some)}", drawn))
        y += height + GAP
    named = "; ".join(
        f"{row}, {column}: {', '.join(quadrants.names.get((row, column), ())) or 'none'}"
        for row in quadrants.rows
        for column in quadrants.columns
    )
    return Drawing(quadrants.title, named, y + 4, "".join(parts))
