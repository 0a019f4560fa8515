"""A plot as SVG, on logarithmic axes: a power law is a straight line, its exponent the slope. Pure.

Written by hand, because nothing more is needed than lines, dots and their names; it reads the same
on light and on dark paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from runner.claims import Curve, Lanes, Plot
from runner.report import lanes

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 80, 170, 44, 56
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#b8a800")
"""Okabe and Ito's, which those who see few colours can tell apart."""

DASHES = ("", "6 4", "2 3")


def to_svg(plot: Plot | Lanes) -> str:
    if isinstance(plot, Lanes):
        return lanes.to_svg(plot)
    curves = [curve for curve in plot.curves if curve.points]
    points = [point for curve in curves for point in curve.points]
    across = _Axis((x for x, _ in points), LEFT, WIDTH - RIGHT)
    up = _Axis((y for _, y in points), HEIGHT - BOTTOM, TOP)
    middle, height = (LEFT + WIDTH - RIGHT) // 2, (TOP + HEIGHT - BOTTOM) // 2
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    turned = f'<text transform="translate(18 {height}) rotate(-90)"'
    parts = [
        begin + ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(plot.title)}</text>',
        *_grid(across, up),
        f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{escape(plot.x)}</text>',
        turned + f' text-anchor="middle">{escape(plot.y)}</text>',
    ]
    for index, curve in enumerate(curves):
        parts += _line(index, curve, across, up)
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """Decades of a quantity, laid out between two edges of the paper."""

    def __init__(self, values: Iterable[float], begin: float, end: float) -> None:
        known = [value for value in values if value > 0]
        self.first = floor(log10(min(known))) if known else 0
        self.last = ceil(log10(max(known))) if known else 1
        if self.last == self.first:
            self.last += 1
        self.begin, self.end = begin, end

    def place(self, value: float) -> float:
        share = (log10(value) - self.first) / (self.last - self.first)
        return self.begin + share * (self.end - self.begin)

    def decades(self) -> Iterator[tuple[float, str]]:
        for power in range(self.first, self.last + 1):
            yield self.place(10.0**power), f"{10.0**power:,.10g}"


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    for x, text in across.decades():
        yield (
            f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>'
        )
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>'
    for y, text in up.decades():
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'


def _line(index: int, curve: Curve, across: _Axis, up: _Axis) -> Iterator[str]:
    colour = COLOURS[index % len(COLOURS)]
    dash = DASHES[index // len(COLOURS) % len(DASHES)]
    places = [(across.place(x), up.place(y)) for x, y in curve.points if x > 0 and y > 0]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
    for x, y in places:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    height = TOP + 8 + index * 20
    edge = WIDTH - RIGHT + 14
    yield (
        f'<line x1="{edge}" y1="{height}" x2="{edge + 24}" y2="{height}" stroke="{colour}" '
        f'stroke-width="2"{dashed}/>'
    )
    yield f'<text x="{edge + 30}" y="{height + 4}">{escape(curve.label)}</text>'
