"""Comparisons of two runs: a format's name to a function from a comparison to its text. Pure."""

from __future__ import annotations

from collections.abc import Callable

from runner.compare import Comparison
from runner.report.compare import to_json, to_table
from runner.report.page.comparing import to_html

STYLES: dict[str, Callable[[Comparison], str]] = {
    "table": to_table,
    "markdown": lambda found: to_table(found, "github"),
    "json": to_json,
    "html": to_html,
}
