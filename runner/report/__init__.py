"""Reports: a format's name to a function from a run to its text. Pure."""

from __future__ import annotations

from collections.abc import Callable

from runner.report.closing import number_of
from runner.report.data import to_csv, to_json, to_jsonl
from runner.report.foreign import disarmed, escaped, guarded, plain
from runner.report.junit import to_junit
from runner.report.summary import CellSummary, Run
from runner.report.table import render

FORMATS: dict[str, Callable[[Run], str]] = {
    "table": lambda run: render(guarded(run, plain)),
    "json": to_json,
    "jsonl": to_jsonl,
    "csv": to_csv,
    "markdown": lambda run: render(guarded(run, escaped), "github"),
    "junit": to_junit,
}

__all__ = ["FORMATS", "CellSummary", "Run", "disarmed", "number_of"]
