"""The elements of a drawing, and the drawing as part of a page or as a file of its own. Pure.

Every text goes through `escape` here, and nothing else puts text into a drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from xml.sax.saxutils import quoteattr

from runner.figures import palette
from runner.figures.letters import cut
from runner.untrusted import clean

WIDTH = 680
TITLE, NOTE, READOUT, TOP = 18, 36, 54, 66
"""Heights of the title, of the note below it, of what the mark under the pointer says; where the
figure itself begins."""
_MARKERS = (
    "m-3.3 0a1 1 0 0 0 6.6 0a1 1 0 0 0-6.6 0",
    "m-3.3-3.3h6.6v6.6h-6.6z",
    "m0-4.7l4.7 4.7-4.7 4.7-4.7-4.7z",
    "m0-4.6l4.4 7.6h-8.8z",
    "m0 4.6l4.4-7.6h-8.8z",
    "m-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    "m-4.5-2.4h9v4.8h-9z",
    "m-2.4-4.5h4.8v9h-4.8z",
)
MARKERS = len(_MARKERS)


@dataclass(frozen=True, slots=True)
class Drawing:
    """`about` says in words what a reader who does not see it would miss."""

    title: str
    about: str
    height: float
    body: str
    width: float = WIDTH


def inline(drawing: Drawing) -> str:
    """As a part of a page that holds `style()` and `markers()`."""
    return _opened(drawing, f"aria-label={_quoted(f'{drawing.title}. {drawing.about}')}")


def as_file(drawing: Drawing) -> str:
    """A whole file, with the style in it. It also reads the same as an image in a page."""
    about = f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.about)}</desc>"
    paper = f'<rect class="paper" width="{n(drawing.width)}" height="{n(drawing.height)}"/>'
    first = f"{about}<style>{style()}</style>{markers()}{paper}"
    return _opened(drawing, 'xmlns="http://www.w3.org/2000/svg"', first) + "\n"


@cache
def style() -> str:
    return palette.css() + files("runner.figures").joinpath("figures.css").read_text("utf-8")


def escape(text: str) -> str:
    """One line of text that no reader of markup takes for anything else."""
    one = " ".join(clean(text).split())
    return one.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return quoteattr(" ".join(clean(text).split()))


def _opened(drawing: Drawing, attributes: str, first: str = "") -> str:
    return (
        f'<svg class="fig" role="group" viewBox="0 0 {n(drawing.width)} {n(drawing.height)}" '
        f"{attributes}>{first}{drawing.body}</svg>"
    )


def n(value: float) -> str:
    """A coordinate. A figure is drawn about as large as its numbers are, so whole ones do."""
    return f"{value:.0f}"


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """`anchor` is middle or end; the beginning of the text is at x without it."""
    classes = " ".join(each for each in (kind, {"middle": "c", "end": "e"}.get(anchor, "")) if each)
    named = f' class="{classes}"' if classes else ""
    across = f' x="{x:.0f}"' if x else ""
    return f'<text{across} y="{y:.0f}"{named}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="{to(x1, y1, x2, y2)}"/>'


def to(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line as a part of a path."""
    if abs(x1 - x2) < 0.05:
        return f"M{n(x1)} {n(y1)}V{n(y2)}"
    if abs(y1 - y2) < 0.05:
        return f"M{n(x1)} {n(y1)}H{n(x2)}"
    return f"M{n(x1)} {n(y1)}L{n(x2)} {n(y2)}"


def strokes(parts: Iterable[str], kind: str) -> str:
    """Several lines in one path."""
    drawn = "".join(parts)
    return f'<path class="{kind}" d="{drawn}"/>' if drawn else ""


def path(points: list[tuple[float, float]], kind: str) -> str:
    return f'<path class="{kind}" d="M{"L".join(f"{n(x)} {n(y)}" for x, y in points)}"/>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    size = f'width="{n(max(width, 0))}" height="{n(height)}"'
    return f'<rect class="{kind}" x="{n(x)}" y="{n(y)}" {size}/>'


def marker(x: float, y: float, which: int) -> str:
    """One of `markers()`, in the colour of the series."""
    return f'<use href="#k{which % MARKERS}" x="{n(x)}" y="{n(y)}"/>'


def markers() -> str:
    """What `marker` refers to: once in a page, once in a file."""
    shapes = "".join(f'<path id="k{i}" class="k" d="M0 0{d}"/>' for i, d in enumerate(_MARKERS))
    return f"<defs>{shapes}</defs>"


def colour(which: int) -> str:
    """The class that gives a series its colour."""
    return f"c{which % palette.SERIES}"


def mark(says: str, content: str) -> str:
    """A part of the figure that says something while the pointer is on it."""
    return f"<g><title>{escape(says)}</title>{content}</g>"


def stop(says: str, content: str, readout: str = "") -> str:
    """A mark, or several that belong together, where the keyboard stops: what it says, or a
    shorter `readout`, also stands above the figure while the pointer or the keyboard is on it."""
    shown = text(0, READOUT, cut(readout or says, WIDTH), "t")
    named = f"<title>{escape(says)}</title>"
    return f'<g class="m" tabindex="0" role="img">{named}{content}{shown}</g>'


def head(title: str, note: str = "") -> str:
    return text(0, TITLE, title, "h") + (text(0, NOTE, note, "f") if note else "")
