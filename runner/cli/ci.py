"""What a CI system gets besides files: the step's summary and annotations, where it asks for them.

GITHUB_STEP_SUMMARY is a file that is appended to, and that the whole step shares. GITHUB_ACTIONS
says that lines of the log may be commands.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from runner.cli.progress import tell
from runner.report import Run, actions


def publish(run: Run) -> None:
    """Never fails a run: a summary that cannot be written is told."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        _append(Path(summary), run)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # To stderr, which the runner reads as well: stdout may be data.
        for line in actions.annotation_lines(run):
            click.echo(line, err=True)


def _append(path: Path, run: Run) -> None:
    try:
        taken = path.stat().st_size if path.exists() else 0
        text = actions.step_summary(run, taken)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        tell(f"cannot write the step summary {path}: {error.strerror}")
