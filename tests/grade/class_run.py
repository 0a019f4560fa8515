"""A class graded by the command that a teacher types: what it printed and when, and its grades."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.grade.record import Grade, from_text

RUNNER = (sys.executable, "-c", "from runner.cli import main; main()")
_LINE = re.compile(r"\[(\d+) left\] (\S+): .*\((\d+\.\d) s\); about (\d+) (s|min) left(?:; .*)?$")


@dataclass(frozen=True, slots=True)
class Told:
    """A line of progress: `at` and the estimate `left` in seconds, `took` of this submission in
    this phase."""

    at: float
    name: str
    open: int
    took: float
    left: float


@dataclass(frozen=True, slots=True)
class Graded:
    """`seconds` from the first to the last moment of the command."""

    code: int
    seconds: float
    told: Sequence[Told]
    grades: dict[str, Grade]

    @property
    def phases(self) -> list[list[Told]]:
        """The lines of each phase: the number of open submissions falls within one."""
        found: list[list[Told]] = []
        for line in self.told:
            if not found or line.open >= found[-1][-1].open:
                found.append([])
            found[-1].append(line)
        return found


def graded(
    assignment: str,
    folder: Path,
    into: Path,
    *words: str,
    say: Callable[[str], None] = lambda _: None,
) -> Graded:
    """Grades the submissions in `folder`; every line of progress is passed on to `say`."""
    typed = ["grade", assignment, "--submissions", str(folder), "--into", str(into), *words]
    began = time.monotonic()
    told = []
    with subprocess.Popen(
        [*RUNNER, *typed], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            at = time.monotonic() - began
            say(line.rstrip())
            if found := _LINE.match(line.rstrip()):
                number, name, took, left, unit = found.groups()
                seconds = float(left) * (60 if unit == "min" else 1)
                told.append(Told(at, name, int(number), float(took), seconds))
    seconds = time.monotonic() - began
    home = into / Path(assignment).name
    grades = {
        path.parent.name: from_text(path.read_bytes())
        for path in sorted(home.glob("[!.]*/grade.json"))
    }
    return Graded(process.returncode, seconds, told, grades)
