"""The models side by side, one lane each, time running down: first the wait, then the copy. Pure.

The form is that of figure 6.6 of UNIX Network Programming.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.figures.letters import folded, room
from runner.figures.paper import TOP, Drawing, head, line, rect, stop, text

LEFT, LANE, GAP, PHASE, FOOT = 92, 122, 8, 122, 30
LINE = 15
SAYS = {
    "blocked": "the application's thread is blocked",
    "running": "it uses CPU time",
    "elsewhere": "another thread uses CPU time",
}
"""The text in each box says the same as its colour."""


@dataclass(frozen=True, slots=True)
class Box:
    """What the application's thread does in a phase; `state` is one of SAYS."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One model. `notice` says what the notification is, if it is `notified` at all; `after`
    whether it comes after the copy."""

    name: str
    boxes: tuple[Box, Box]
    notice: str
    notified: bool
    after: bool
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lanes:
    title: str
    phases: tuple[str, str]
    lanes: tuple[Lane, ...]


def draw(figure: Lanes) -> Drawing:
    title, phases, lanes = figure.title, figure.phases, figure.lanes
    width = max(LEFT + len(lanes) * LANE + GAP, 680)
    top = TOP + 2 * LINE
    late = max((len(_notice(lane)) for lane in lanes if lane.after), default=0)
    foot = top + 2 * PHASE + LINE * (late + 1)
    height = foot + LINE * max((len(lane.below) for lane in lanes), default=0) + FOOT
    parts = [head(title)]
    for index, name in enumerate(phases):
        for number, words in enumerate(folded(name, LEFT - 2 * GAP)):
            y = top + PHASE * index + PHASE / 2 + LINE * number
            parts.append(text(LEFT - GAP, y, words, "", "end"))
    parts.append(line(GAP, top + PHASE, width - GAP, top + PHASE, "a d"))
    for index, lane in enumerate(lanes):
        says = f"{lane.name}: {phases[0]}: {lane.boxes[0].text}; {phases[1]}: {lane.boxes[1].text}"
        drawn = "".join(_lane(lane, LEFT + index * LANE, top, foot))
        parts.append(stop(f"{says}; {lane.notice}; {'; '.join(lane.below)}", drawn))
    parts += _legend(height - 12)
    about = f"two phases, {' and '.join(phases)}, of {', '.join(lane.name for lane in lanes)}"
    return Drawing(title, about, height, "".join(parts), width)


def _notice(lane: Lane) -> list[str]:
    return folded(lane.notice, LANE - 2 * GAP - 6)


def _lane(lane: Lane, left: float, top: float, foot: float) -> Iterator[str]:
    middle = left + LANE / 2
    names = folded(lane.name, LANE - 4)
    for number, words in enumerate(names):
        yield text(middle, top - 10 - LINE * (len(names) - 1 - number), words, "h", "middle")
    for number, box in enumerate(lane.boxes):
        yield from _box(box, left, top + PHASE * number)
    edge = top + PHASE * (2 if lane.after else 1)
    if lane.notified:
        yield line(left + GAP, edge, left + LANE - GAP, edge, "notice")
    notices = _notice(lane)
    for number, words in enumerate(notices):
        below = edge + 15 + LINE * number
        above = edge - 7 - LINE * (len(notices) - 1 - number)
        yield text(middle, below if lane.after else above, words, "", "middle")
    for number, words in enumerate(lane.below):
        yield text(middle, foot + LINE * number, words, "f", "middle")


def _box(box: Box, left: float, top: float) -> Iterator[str]:
    yield rect(left + GAP, top, LANE - 2 * GAP, PHASE, f"box {box.state}")
    for number, words in enumerate(folded(box.text, LANE - 2 * GAP - 8)):
        yield text(left + LANE / 2, top + 30 + LINE * number, words, "", "middle")


def _legend(y: float) -> Iterator[str]:
    left = float(GAP)
    for state, words in SAYS.items():
        yield rect(left, y - 10, 16, 12, f"box {state}")
        yield text(left + 21, y, words)
        left += 34 + room(words)
    yield line(left, y - 4, left + 20, y - 4, "notice")
    yield text(left + 26, y, "notification")
