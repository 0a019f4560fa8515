"""The excerpt in README.md, from a run of the whole default file.

    python -m tests.bench.excerpt results/RUN

Lines of the report as they are: tables are shortened by leaving out rows, never by ranking the rest
anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from runner.cli.ending import reported
from runner.paths import ROOT
from runner.report import Run
from runner.report.closing import closing
from runner.report.table import of_experiment
from runner.results import RunFolder
from runner.spec import load

README = ROOT / "README.md"
BEGIN, END = "```text\n$ make run\n", "\n```\n"
WIDTH = 100
SHOWN = {
    ("fork", "c"),
    ("thread", "c"),
    ("nonblocking", "c"),
    ("select", "c"),
    ("poll", "c"),
    ("epoll", "c"),
    ("io_uring", "c"),
    ("epoll", "python"),
    ("asyncio", "python"),
    ("uvloop/protocol", "python"),
    ("aecho", "python"),
}
"""Of the models' rows."""


def excerpt(run: Run) -> str:
    def shown(identifier: str) -> list[str]:
        experiment = run.suite.experiment(identifier)
        return "\n\n".join(of_experiment(run, experiment, width=WIDTH)).splitlines()

    ceiling = _until(shown("select-ceiling"), "verdict")
    kept = [line for line in ceiling if " python " not in line and " 256 " not in line]
    models = _until(shown("models"), "idle: 500")
    rows = [line for line in models if not _row(line) or _row(line) in SHOWN]
    parts = [
        [line for line in kept if " 1024 " not in line.replace(" 1024  FD", "")],
        shown("idle-sweep"),
        rows,
        _from(shown("loops"), "verdict"),
        [closing(run)],
    ]
    return "\n...\n\n".join("\n".join(part).strip() + "\n" for part in parts).strip()


def _row(line: str) -> tuple[str, str] | None:
    """Lab and language, where the line is a row of a table of models."""
    words = line.split()
    return (words[0], words[1]) if len(words) > 2 and words[1] in ("c", "python") else None


def _until(lines: Iterable[str], begin: str) -> list[str]:
    found: list[str] = []
    for line in lines:
        if line.startswith(begin):
            break
        found.append(line)
    return found


def _from(lines: list[str], begin: str) -> list[str]:
    return lines[next(i for i, line in enumerate(lines) if line.startswith(begin)) :]


def main(path: Path) -> None:
    folder = RunFolder(path)
    suite = load(path / "effective.yaml", recorded=True)
    text = excerpt(reported(folder, suite, folder.measurements()))
    page = README.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    README.write_text(f"{head}{BEGIN}...\n{text}{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.bench.excerpt results/RUN")
    main(Path(sys.argv[1]))
