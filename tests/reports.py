"""A run's reports, as the commands make them: with what the run says of the claims."""

from __future__ import annotations

from runner.claims.of_run import ruled
from runner.judge.run import Run
from runner.report import FORMATS, for_terminal


def report(style: str, run: Run) -> str:
    return FORMATS[style](run, ruled(run))


def on_terminal(run: Run, width: int) -> str:
    return for_terminal(run, ruled(run), width)
