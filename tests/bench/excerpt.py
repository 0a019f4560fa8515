"""The excerpt in README.md, from a run of the whole default file.

    python -m tests.bench.excerpt results/RUN

Lines of the report as they are: tables are shortened by leaving out rows, never by ranking the rest
anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from runner import session
from runner.paths import ROOT
from runner.report import Run
from runner.report.summary_line import closing
from runner.report.table import judged, of_experiment, sections
from runner.results import RunFolder
from runner.spec import load

README = ROOT / "README.md"
BEGIN, END = "```text\n$ make run\n", "\n```\n"
WIDTH = 100


def excerpt(run: Run) -> str:
    def rows(identifier: str) -> list[str]:
        experiment = run.suite.experiment(identifier)
        whole = [*of_experiment(run, experiment)[:1]]
        whole += sections(experiment, run.cells(experiment), width=WIDTH)
        return "\n\n".join(whole).splitlines()

    def verdicts(identifier: str) -> list[str]:
        return ["", *judged(v for v in run.verdicts if v.experiment == identifier).splitlines()]

    ceiling = [line for line in rows("select-ceiling") if not _low(line)]
    sweep = [*rows("idle-sweep"), *verdicts("idle-sweep")]
    parts = [ceiling, sweep, [closing(run)]]
    return "\n...\n\n".join("\n".join(part).strip() + "\n" for part in parts).strip()


def _low(line: str) -> bool:
    """A row of a limit that says nothing about select's own, or of a twin."""
    words = line.split()
    row = len(words) > 2 and words[1] in ("c", "python")
    return row and (words[1] == "python" or words[2] in ("256", "1024"))


def main(path: Path) -> None:
    folder = RunFolder(path)
    suite = load(path / "effective.yaml", recorded=True)
    text = excerpt(session.judged(folder, suite, folder.measurements(), complete=True))
    page = README.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    README.write_text(f"{head}{BEGIN}...\n{text}{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.bench.excerpt results/RUN")
    main(Path(sys.argv[1]))
