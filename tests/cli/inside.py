"""`runner` as it is typed, in this process: quick enough to be called a thousand times."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from runner.cli import main


@dataclass(frozen=True, slots=True)
class Told:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def told(*words: str) -> Told:
    out, err = io.StringIO(), io.StringIO()
    code = None
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["runner", *words]):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int), "main() always says how it ended"
    return Told(code, out.getvalue(), err.getvalue())


def controls(text: str) -> list[str]:
    """What must reach no terminal and no file: control characters, direction marks, halves."""
    return [char for char in text if char != "\n" and not (char.isprintable() or char == "\u00a0")]
