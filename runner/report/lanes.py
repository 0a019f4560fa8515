"""The models side by side as SVG, one lane each, time running down: first the wait, then the copy.
Pure. The form is that of UNP figure 6.6; what stands in a lane comes from measurements."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from runner.claims import Lane, Lanes, Phase

LEFT, TOP, LANE, GAP, PHASE, FOOT = 96, 64, 124, 10, 130, 84
FILLS = {"blocked": "#56b4e9", "running": "#e69f00", "elsewhere": "#ffffff"}
SAYS = {
    "blocked": "the application's thread is blocked",
    "running": "it uses CPU time",
    "elsewhere": "another thread uses CPU time",
}
"""Of Okabe and Ito's colours; the text in each box says the same."""


def to_svg(lanes: Lanes) -> str:
    width = LEFT + len(lanes.lanes) * LANE + GAP
    height = TOP + 2 * PHASE + FOOT
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    parts = [
        begin + ' font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{GAP}" y="22" font-size="14" font-weight="bold">{escape(lanes.title)}</text>',
    ]
    for index, name in enumerate(lanes.phases):
        parts += _text(LEFT - GAP, TOP + PHASE * index + PHASE // 2, name, "end")
    edge = TOP + PHASE
    parts.append(
        f'<polyline points="{GAP},{edge} {width - GAP},{edge}" fill="none" stroke="#7f7f7f" '
        'stroke-dasharray="4 3"/>'
    )
    for index, lane in enumerate(lanes.lanes):
        parts += _lane(lane, LEFT + index * LANE)
    return "\n".join([*parts, *_legend(height - 14), "</svg>", ""])


def _lane(lane: Lane, left: int) -> Iterator[str]:
    middle = left + LANE // 2
    yield from _text(middle, TOP - 12, lane.name, "middle", bold=True)
    yield from _box(lane.wait, left, TOP)
    yield from _box(lane.copy, left, TOP + PHASE)
    height = TOP + PHASE * (2 if lane.after else 1)
    if lane.notified:
        yield (
            f'<polyline points="{left + GAP},{height} {left + LANE - GAP},{height}" fill="none" '
            'stroke="#d55e00" stroke-width="3"/>'
        )
    yield from _text(middle, height + (14 if lane.after else -6), lane.notice, "middle")
    for number, text in enumerate(lane.below):
        yield from _text(middle, TOP + 2 * PHASE + 30 + 14 * number, text, "middle")


def _box(phase: Phase, left: int, top: int) -> Iterator[str]:
    dashes = ' stroke-dasharray="5 3"' if phase.state == "elsewhere" else ""
    yield (
        f'<rect x="{left + GAP}" y="{top}" width="{LANE - 2 * GAP}" height="{PHASE}" '
        f'fill="{FILLS[phase.state]}" fill-opacity="0.6" stroke="#333333"{dashes}/>'
    )
    for number, line in enumerate(_folded(phase.text)):
        yield from _text(left + LANE // 2, top + 40 + 14 * number, line, "middle")


def _folded(text: str, most: int = 17) -> list[str]:
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= most:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _legend(height: int) -> Iterator[str]:
    left = GAP
    for state, text in SAYS.items():
        dashes = ' stroke-dasharray="3 2"' if state == "elsewhere" else ""
        yield (
            f'<rect x="{left}" y="{height - 10}" width="16" height="12" fill="{FILLS[state]}" '
            f'fill-opacity="0.6" stroke="#333333"{dashes}/>'
        )
        yield from _text(left + 22, height, text, "start")
        left += 36 + 6 * len(text)
    yield (
        f'<polyline points="{left},{height - 4} {left + 20},{height - 4}" fill="none" '
        'stroke="#d55e00" stroke-width="3"/>'
    )
    yield from _text(left + 26, height, "notification", "start")


def _text(x: int, y: int, text: str, anchor: str, *, bold: bool = False) -> Iterator[str]:
    weight = ' font-weight="bold"' if bold else ""
    yield f'<text x="{x}" y="{y}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
