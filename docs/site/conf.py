"""The docs as a site: Sphinx reads the Markdown that stands in the repository."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]

project = "The I/O-model lab"
language = "en"
root_doc = "docs/site/index"
include_patterns = [
    "README*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/**.md",
    "labs/**.md",
]
exclude_patterns = ["labs/aplay/CONTRACT.md", "labs/homework/*/starter"]
extensions = ["myst_parser"]
myst_heading_anchors = 4
suppress_warnings = [
    "myst.header",  # the seed text is quoted with the headings that it has
    "myst.xref_missing",  # it does not know HTML's anchors; tests/test_docs.py checks every link
]
html_theme = "furo"
html_title = project
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0a5fa3", "color-brand-content": "#0a5fa3"},
    "dark_css_variables": {"color-brand-primary": "#6db7f2", "color-brand-content": "#6db7f2"},
}
"""The blue of the reports (runner/figures/palette.py)."""
html_show_sphinx = False
html_copy_source = False

FOLDER = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:\s]+)\)")


def setup(app: Sphinx) -> None:
    app.connect("source-read", _as_sphinx_reads_it)


def _as_sphinx_reads_it(app: Sphinx, name: str, source: list[str]) -> None:
    """A link to a folder leads to its page; where it has none, its words stay: a site lists no
    folders."""
    here = Path(app.env.doc2path(name)).parent

    def of_a_folder(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        if not (here / target).is_dir():
            return found[0]
        page = (here / target / "README.md").resolve()
        inside = page.is_file() and not page.is_relative_to(ROOT / "tests")
        return f"[{words}]({target.rstrip('/')}/README.md)" if inside else words

    source[0] = FOLDER.sub(of_a_folder, source[0])
