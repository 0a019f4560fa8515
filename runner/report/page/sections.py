"""A run as the sections of a page: one for each experiment. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from runner.claims import Table
from runner.claims.of_run import Ruled
from runner.figures.figure import draw
from runner.figures.paper import WIDTH, Drawing, inline
from runner.judge.run import CellSummary, Run
from runner.plural import number_of
from runner.records.outcome import Outcome
from runner.report.answer import answer
from runner.report.contract import breaches
from runner.report.drawn import figures_of_run
from runner.report.facts import tables_of_run
from runner.report.page import sheets
from runner.report.page.reading import notes, reading
from runner.report.page.view import Figure, Missing, Said, Section
from runner.report.placed import placed
from runner.report.table import apart, remarks
from runner.spec import Experiment

_NUMBER = re.compile(r"\d+")
CELLS = 4
"""Cells that are named of those without figures for the same reason."""
REASONS = 8


def sections(run: Run, claims: Ruled) -> Iterator[Section]:
    """The sentence of a claim stands in the first section that is evidence for it."""
    said: set[str] = set()
    placed, facts = figures_of_run(run, claims), tables_of_run(run, claims)
    for experiment in run.experiments():
        evidence = facts.get(experiment.id, ())
        drawings = [draw(each) for each in placed[experiment.id]]
        rows = run.cells(experiment)
        yield _section(run, experiment, rows, claims, said, drawings, evidence)
        said |= set(experiment.claims)


def _section(
    run: Run,
    experiment: Experiment,
    rows: Sequence[CellSummary],
    claims: Ruled,
    said: set[str],
    drawings: Sequence[Drawing],
    evidence: Sequence[Table],
) -> Section:
    found = answer(run, experiment, claims)
    own = [verdict for verdict in run.verdicts if verdict.experiment == experiment.id]
    heads = notes(experiment, rows)
    lines = [
        *placed(rows),
        *apart(rows, experiment.kind.outliers),
        *breaches(rows),
        *remarks(own, "simple"),
    ]
    return Section(
        id=experiment.id,
        question=found.question,
        about=experiment.about or "",
        outcome=found.outcome,
        kept=found.kept,
        answer=found.sentence,
        figures=tuple(_figure(each) for each in drawings),
        reading=reading(run, experiment, rows),
        missing=tuple(_missing(rows)),
        evidence=tuple(map(sheets.of_facts, evidence)),
        tables=tuple(sheets.of_cells(experiment, rows, heads)) if rows else (),
        notes=tuple(lines),
        verdicts=sheets.of_verdicts(own, named=False),
        claims=tuple(_said(experiment, claims, said)),
        commands=tuple(_commands(run, experiment)),
    )


def _figure(drawing: Drawing) -> Figure:
    svg = Markup(inline(drawing))  # noqa: S704 - runner/figures escapes every text
    return Figure(svg, wide=drawing.width > WIDTH)


def _missing(rows: Sequence[CellSummary]) -> Iterator[Missing]:
    """Trials without figures. Reasons that differ in their numbers alone are one."""
    found: dict[tuple[str, str], list[Outcome]] = {}
    for row in rows:
        for m in row.unsound:
            found.setdefault((str(m.status), _NUMBER.sub("0", m.reason)), []).append(m)
    for some in list(found.values())[:REASONS]:
        cells = list(dict.fromkeys(m.cell.name for m in some))
        more = f" and {len(cells) - CELLS} more" if len(cells) > CELLS else ""
        where = ", ".join(cells[:CELLS]) + more
        alike = " (numbers of the first of them)" if len({m.reason for m in some}) > 1 else ""
        yield Missing(
            status=str(some[0].status),
            reason=some[0].reason + alike,
            cells=f"{number_of(len(some), 'trial')}: {where}",
        )
    if len(found) > REASONS:
        kinds = {str(m.status) for some in list(found.values())[REASONS:] for m in some}
        rest = number_of(len(found) - REASONS, "more reason")
        yield Missing(" ".join(sorted(kinds)), f"{rest}: runner report RUN -o csv=FILE", "")


def _said(experiment: Experiment, claims: Ruled, said: set[str]) -> Iterator[Said]:
    for name in experiment.claims:
        if name in claims:
            claim, ruling = claims[name]
            because = "see above" if name in said else ruling.because
            yield Said(name, str(ruling.standing), claim.says, because)


def _commands(run: Run, experiment: Experiment) -> Iterator[str]:
    """What repeats it, and what computes it again from the raw records."""
    options: Mapping[str, Any] = run.environment.get("options") or {}
    words = ["runner", "run", str(options.get("spec") or run.suite.path)]
    words += ["--filter", experiment.id]
    words += [f"--{name}" for name in ("quick", "full") if options.get(name)]
    words += ["--engine", str(options["engine"])] if options.get("engine") else []
    for name in ("repeat", "seed"):
        words += [f"--{name}", str(options[name])] if options.get(name) is not None else []
    overrides = options.get("overrides")
    for each in overrides if isinstance(overrides, list | tuple) else ():
        words += ["--set", str(each)]
    yield shlex.join(words)
    yield shlex.join(["runner", "report", run.name, "-o", "csv=trials.csv"])
