"""The output in docs/tour.md and its Chinese twin, from commands that are run now.

    python -m tests.bench.tour

Below a block of one command stands a block of its output. A comment between them says which part is
shown: `from: WORDS` from the line with these words on, `to: WORDS` up to that line, `lines: N`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.paths import ROOT

PAGES = (ROOT / "docs" / "tour.md", ROOT / "docs" / "tour.zh.md")
STEP = re.compile(
    r"^```console\n\$ (?P<command>[^\n]+)\n```\n\n(?:<!-- (?P<part>[^\n]+) -->\n\n)?"
    r"```text\n(?P<output>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A command, which part of its output the page shows, and what it shows."""

    command: str
    part: str
    shown: str

    def words(self) -> list[str]:
        """As it is run here: the commands are those of this checkout's environment."""
        first, *others = shlex.split(self.command)
        program = Path(sys.executable).parent / Path(first).name
        paths = [str(ROOT / each) if each == "labs/see" else each for each in others]
        return [str(program if program.exists() else first), *paths]


def steps(page: Path) -> Iterator[Step]:
    for found in STEP.finditer(page.read_text(encoding="utf-8")):
        yield Step(found["command"], found["part"] or "", found["output"])


def said(step: Step, folder: Path) -> str:
    """What the command prints in the folder, on a terminal of 100 columns. The tour has no command
    that fails."""
    environment = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1"}
    done = subprocess.run(
        step.words(), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 4):
        raise RuntimeError(f"{step.command}: exit code {done.returncode}\n{done.stderr}")
    return cut(done.stdout, step.part)


def cut(text: str, part: str) -> str:
    """The part of an output that the page shows, without blanks at the ends of lines."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    word, _, value = part.partition(": ")
    places = [n for n, line in enumerate(lines) if word in ("from", "to") and value in line]
    if word in ("from", "to") and not places:
        raise ValueError(f"{part!r} is not in the output")
    match word:
        case "from":
            lines = lines[places[0] :]
        case "to":
            lines = lines[: places[-1] + 1]
        case "lines":
            lines = lines[: int(value)]
    return "\n".join(lines) + "\n"


def main() -> None:
    made: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory(prefix="iolab-tour-") as name:
        folder = Path(name)
        for step in steps(PAGES[0]):
            made[step.command, step.part] = said(step, folder)
    for page in PAGES:

        def with_output(found: re.Match[str]) -> str:
            output = made[found["command"], found["part"] or ""]
            return found[0].removesuffix(f"{found['output']}```") + f"{output}```"

        text = page.read_text(encoding="utf-8")
        page.write_text(STEP.sub(with_output, text), encoding="utf-8")


if __name__ == "__main__":
    main()
