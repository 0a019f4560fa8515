"""The elements of a drawing, and the drawing as part of a page or as a file of its own. Pure.

Every text goes through `escape` here, and nothing else puts text into a drawing.
"""

from __future__ import annotations

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
    "M{x} {y}m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z",
    "M{x} {y}m-3.3 -3.3h6.6v6.6h-6.6z",
    "M{x} {y}m0 -4.7l4.7 4.7l-4.7 4.7l-4.7 -4.7z",
    "M{x} {y}m0 -4.6l4.4 7.6h-8.8z",
    "M{x} {y}m0 4.6l4.4 -7.6h-8.8z",
    "M{x} {y}m-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    "M{x} {y}m-4.5 -2.4h9v4.8h-9z",
    "M{x} {y}m-2.4 -4.5h4.8v9h-4.8z",
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
    """As a part of a page, whose style sheet holds `style()`."""
    return _opened(drawing, f"aria-label={_quoted(f'{drawing.title}. {drawing.about}')}")


def as_file(drawing: Drawing) -> str:
    """A whole file, with the style in it. It also reads the same as an image in a page."""
    about = f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.about)}</desc>"
    paper = f'<rect class="paper" width="{n(drawing.width)}" height="{n(drawing.height)}"/>'
    first = f"{about}<style>{style()}</style>{paper}"
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
    """A coordinate: tenths of a pixel are enough."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """`anchor` is middle or end; the beginning of the text is at x without it."""
    where = f' text-anchor="{anchor}"' if anchor else ""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{n(x)}" y="{n(y)}"{named}{where}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{n(x1)} {n(y1)}L{n(x2)} {n(y2)}"/>'


def path(points: list[tuple[float, float]], kind: str) -> str:
    return f'<path class="{kind}" d="M{"L".join(f"{n(x)} {n(y)}" for x, y in points)}"/>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    size = f'width="{n(max(width, 0))}" height="{n(height)}"'
    return f'<rect class="{kind}" x="{n(x)}" y="{n(y)}" {size}/>'


def marker(x: float, y: float, which: int, kind: str = "k") -> str:
    return f'<path class="{kind}" d="{_MARKERS[which % MARKERS].format(x=n(x), y=n(y))}"/>'


def colour(which: int) -> str:
    """The class that gives a series its colour."""
    return f"c{which % palette.SERIES}"


def mark(says: str, content: str, *, stop: bool = False) -> str:
    """A part of the figure that says something: as its title, and above the figure while the
    pointer is on it, or the keyboard if it is a `stop` of it."""
    return _mark("m", says, content, stop=stop)


def group(says: str, content: str, *, stop: bool) -> str:
    """Marks that belong together: the keyboard stops at them once, the pointer at each."""
    return _mark("s", says, content, stop=stop)


def _mark(kind: str, says: str, content: str, *, stop: bool) -> str:
    by_keyboard = f' tabindex="0" role="img" aria-label={_quoted(says)}' if stop else ""
    shown = text(0, READOUT, cut(says, WIDTH), "t") if stop or kind == "m" else ""
    return f'<g class="{kind}"{by_keyboard}><title>{escape(says)}</title>{content}{shown}</g>'


def head(title: str, note: str = "") -> str:
    return text(0, TITLE, title, "h") + (text(0, NOTE, note, "f") if note else "")
