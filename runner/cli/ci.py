"""What a CI system gets besides files: the step's summary and annotations, where it asks for them.

GITHUB_STEP_SUMMARY is a file that is appended to, and that the whole step shares. GITHUB_ACTIONS
says that lines of the log may be commands.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from runner.cli.terminal import tell
from runner.report import Run, actions


def publish(run: Run) -> None:
    """Never fails a run: a message says that a summary cannot be written."""
    append_summary(lambda taken: actions.step_summary(run, taken))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # To stderr, which the runner reads as well: stdout may be data.
        for line in actions.annotation_lines(run):
            click.echo(line, err=True)


def append_summary(text_for: Callable[[int], str]) -> None:
    """To the step's summary, if there is one: what `text_for` makes of the bytes that are taken."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    path = Path(name)
    try:
        taken = path.stat().st_size if path.exists() else 0
        with path.open("a", encoding="utf-8") as file:
            file.write(text_for(taken))
    except OSError as error:
        tell(f"cannot write the step summary {path}: {error.strerror}")
