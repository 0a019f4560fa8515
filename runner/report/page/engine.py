"""Templates: every value is escaped unless it is markup of our own, and a name that is missing is
an error and no empty text. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from runner.figures.paper import markers
from runner.figures.paper import style as figure_style
from runner.report.sanitize import disarmed, plain
from runner.untrusted import clean

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = files("runner.report.page")
_CODE = re.compile("`([^`<>]+)`")
TEMPLATES = (
    "layout.html",
    "parts.html",
    "run.html",
    "compare.html",
    "grade.html",
    "class.html",
    "lesson.html",
)


def render(template: str, language: str = "en", **values: object) -> str:
    """A whole page, in a language of HTML's `lang`. What comes from outside is one line of text
    wherever it stands."""
    script = _text("script.js").strip()
    page = (
        _environment()
        .get_template(template)
        .render(
            language=language,
            style=Markup(figure_style() + _text("style.css")),  # noqa: S704 - our own files
            markers=Markup(markers()),  # noqa: S704 - our own
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=_hash(script),
            **values,
        )
    )
    return disarmed(page) + "\n"


def fixed(words: Mapping[str, str]) -> dict[str, Markup]:
    """Our own words, which keep the blank that one of them may end in."""
    return {name: Markup.escape(said) for name, said in words.items()}


def with_code(text: str) -> Markup:
    """What stands between backticks is set as code; everything is escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(Markup.escape(_line(text)))))  # noqa: S704


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined  # loaded with the first page

    made = Environment(
        loader=DictLoader({name: _text(name) for name in TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_line,
    )
    made.filters["code"] = with_code
    return made


def _line(value: object) -> object:
    """Text without control characters, which HTML does not allow either."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return plain(clean(value))


def _text(name: str) -> str:
    return _HERE.joinpath(name).read_text("utf-8")


def _hash(script: str) -> str:
    """The page's policy allows this script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
