"""The excerpt in README.md and the picture above it, from a run of the whole default file.

    python -m tests.bench.excerpt results/RUN

Lines of the report as they are: tables are shortened by leaving out rows, never by ranking the rest
anew. The picture is the first figure of the report's `idle-sweep`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from runner import session
from runner.figures.chart import Chart
from runner.figures.figure import draw
from runner.figures.paper import as_file
from runner.paths import ROOT
from runner.report import Run
from runner.report.drawn import figures_of_run
from runner.report.summary_line import closing
from runner.report.table import judged, of_experiment, sections
from runner.results import RunFolder
from runner.spec import load

README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "idle-sweep.svg"
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


def picture(run: Run) -> str:
    """With the moment and the machine, for a picture is passed on without its page; and only what
    was measured often enough for an interval."""
    figure = figures_of_run(run, {})["idle-sweep"][0]
    if not isinstance(figure, Chart):
        raise TypeError("idle-sweep is drawn as lines")
    host = run.environment.get("host", {})
    where = f"{host.get('cpu')}, {len(host.get('cpus', ()))} CPUs"
    note = f"bars: 99% intervals; {where}, {str(run.environment.get('started'))[:10]}"
    series = tuple(
        replace(each, points=tuple(p for p in each.points if p.low is not None))
        for each in figure.series
    )
    return as_file(draw(replace(figure, series=series, note=note)))


def _low(line: str) -> bool:
    """A row of a limit that says nothing about select's own, or of a twin."""
    words = line.split()
    row = len(words) > 2 and words[1] in ("c", "python")
    return row and (words[1] == "python" or words[2] in ("256", "1024"))


def main(path: Path) -> None:
    folder = RunFolder(path)
    suite = load(path / "effective.yaml", recorded=True)
    run = session.judged(folder, suite, folder.measurements(), complete=True)
    text = excerpt(run)
    PICTURE.write_text(picture(run), encoding="utf-8")
    page = README.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    README.write_text(f"{head}{BEGIN}...\n{text}{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.bench.excerpt results/RUN")
    main(Path(sys.argv[1]))
