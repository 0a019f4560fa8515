"""The output in docs/tour.md and its Chinese twin, from commands that are run now.

    python -m tests.bench.tour

Below a block of one command stands a block of its output. A comment between them says which part is
shown: `from: WORDS` from the line with these words on, `to: WORDS` up to that line, `lines: N`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.paths import ROOT

PAGES = (ROOT / "docs" / "tour.md", ROOT / "docs" / "tour.zh.md")
STEP = re.compile(
    r"^```console\n\$ (?P<command>[^\n]+)\n```\n\n(?:<!-- (?P<part>[^\n]+) -->\n\n)?"
    r"```text\n(?P<output>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
WIDTH, HEIGHT = 84, 50


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
    """What the command prints in the folder, on a terminal of 84 columns. The tour has no command
    that fails."""
    code, text = on_terminal(step.words(), folder)
    if code:
        raise RuntimeError(f"{step.command}: exit code {code}\n{text}")
    return cut(text, step.part)


def on_terminal(words: Sequence[str], folder: Path) -> tuple[int, str]:
    """The exit code and stdout, where stdout is a terminal and stderr is not."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    environment = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        parts: list[bytes] = []
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while part := os.read(ours, 65536):
                parts.append(part)
        os.close(ours)
    return process.returncode, b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")


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
