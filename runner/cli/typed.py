"""The lines that a learner types: at a terminal, or from a file or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from runner.cli.terminal import out

LINE_MAX = 10_000
"""Characters of a line that are read at once."""


@dataclass(frozen=True, slots=True)
class Typed:
    """`ask` shows a question and returns the line, None at the end of the input. `live`: a person
    is at a terminal, and can be asked what to do."""

    ask: Callable[[str], str | None]
    live: bool


def typed(answers: Path | None) -> Typed:
    """From the file, or from stdin. Raises click.UsageError."""
    if answers is not None and str(answers) != "-":
        try:
            lines = answers.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise click.UsageError(f"--answers {answers}: {why}") from None
        left = iter(lines)
        return Typed(lambda prompt: _echoed(prompt, next(left, None)), live=False)
    stream = sys.stdin
    if stream is None:
        return Typed(lambda _prompt: None, live=False)
    if stream.isatty():
        return Typed(_at_terminal, live=True)
    return Typed(lambda prompt: _echoed(prompt, _line_of(stream)), live=False)


def _line_of(stream: TextIO) -> str | None:
    try:
        return stream.readline(LINE_MAX) or None
    except UnicodeDecodeError:
        return "\ufffd\n"  # a line that is no prediction, and gets the sentence about that


def _echoed(prompt: str, line: str | None) -> str | None:
    """As a terminal would show it."""
    if line is not None:
        out(f"{prompt}: {line.strip()[:200]}")
    return line


def _at_terminal(prompt: str) -> str | None:
    click.echo(f"{prompt}: ", nl=False)
    sys.stdout.flush()
    return sys.stdin.readline(LINE_MAX) or None
