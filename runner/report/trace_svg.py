"""A request's timeline as an SVG file: two lanes (three with a helper), time downwards. Pure.

Time is not to scale: a wait is a thousand times a copy, and both must be seen. Each event has its
own row; the true times stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from runner.trace.model import Step, Timeline

ROW, TOP, WIDTH = 30, 84, 940
LANES = {"application": 190, "helper": 400, "kernel": 610}
EDGE = 860
_INK = {
    "wait": "#b45309",
    "copy": "#1d4ed8",
    "reply": "#475569",
    "notification": "#15803d",
    "": "#475569",
}
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#0f172a}.h{font-weight:600}.t{fill:#64748b;"
    "font-size:11px;text-anchor:end}.m{text-anchor:middle}.k{font-size:12px;fill:#334155}"
)
ARROWHEAD = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="#475569"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Event:
    """A call's beginning or end, or something in the kernel; `at` in ns."""

    at: int
    step: Step
    returns: bool


def svg(title: str, shown: Timeline) -> str:
    """A whole file. Text is escaped: it came from an untrusted server."""
    events = sorted(_events(shown), key=lambda event: event.at)
    height = TOP + ROW * len(events) + 50
    lanes = [name for name in LANES if name != "helper" or _helped(shown.steps)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>{ARROWHEAD}",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        _text(20, 26, title, "h"),
        _text(20, 46, "measured under a tracer, which slows every call; not to scale", "k"),
    ]
    for name in lanes:
        bottom = height - 40
        parts.append(_text(LANES[name], TOP - 14, name, "h m"))
        parts.append(_line(LANES[name], TOP - 4, LANES[name], bottom, "#cbd5e1"))
    for row, event in enumerate(events):
        parts += _drawn(event, TOP + ROW * row + 18, shown.began)
    parts += _phases(events, shown)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _helped(steps: Sequence[Step]) -> bool:
    return any(step.lane == "helper" for step in steps)


def _events(shown: Timeline) -> Iterator[Event]:
    for step in shown.steps:
        yield Event(max(step.started, shown.began), step, returns=False)
        if step.lane != "kernel":
            yield Event(step.ended, step, returns=True)


def _drawn(event: Event, y: int, began: int) -> Iterator[str]:
    step = event.step
    yield _text(76, y + 4, f"{(event.at - began) / 1e6:.2f} ms", "t")
    if step.lane == "kernel":
        yield _text(LANES["kernel"] + 10, y + 4, step.kernel, "k")
        yield f'<circle cx="{LANES["kernel"]}" cy="{y}" r="4" fill="{_INK["notification"]}"/>'
        return
    here, there = LANES[step.lane], LANES["kernel"]
    ink = _INK.get(step.phase, _INK[""])
    who = f" ({step.who})" if step.who and step.lane == "application" else ""
    if event.returns:
        yield _line(there - 4, y, here + 4, y, ink, arrow=True)
        yield _text(here + 12, y - 5, f"{step.call} = {step.result}{who}", "k")
        yield _text(there + 10, y + 4, step.news, "k")
    else:
        yield _line(here + 4, y, there - 4, y, ink, arrow=True)
        yield _text(here + 12, y - 5, f"{step.call}{who}", "k")
        yield _text(there + 10, y + 4, step.kernel, "k")


def _phases(events: Sequence[Event], shown: Timeline) -> Iterator[str]:
    """Brackets at the right: the wait ends with the arrival, the copy with the bytes' arrival in
    the server."""
    rows = {id(event): TOP + ROW * n + 18 for n, event in enumerate(events)}
    arrival = next((e for e in events if e.step.phase == "arrival"), None)
    if arrival is None:
        return
    yield from _bracket(TOP + 10, rows[id(arrival)], "wait", shown.wait_ns)
    copying = [e for e in events if e.step.phase == "copy" or "copies" in e.step.kernel]
    copying = [e for e in copying if e.at >= shown.arrived] or copying
    if copying:
        first = max(rows[id(copying[0])], rows[id(arrival)] + 6)
        yield from _bracket(first - 6, rows[id(copying[-1])] + 6, "copy", shown.copy_ns)


def _bracket(top: int, bottom: int, name: str, ns: int) -> Iterator[str]:
    ink = _INK[name]
    yield f'<path d="M{EDGE - 8} {top}H{EDGE}V{bottom}H{EDGE - 8}" fill="none" stroke="{ink}"/>'
    yield (
        f'<text x="{EDGE + 6}" y="{(top + bottom) // 2}" style="fill:{ink}">{name}'
        f'<tspan x="{EDGE + 6}" dy="15" style="font-size:11px">{ns / 1e6:.2f} ms</tspan></text>'
    )


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(text)}</text>'


def _line(x1: int, y1: int, x2: int, y2: int, ink: str, *, arrow: bool = False) -> str:
    end = ' marker-end="url(#a)"' if arrow else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{ink}"{end}/>'
