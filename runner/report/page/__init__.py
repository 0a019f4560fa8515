"""`report.html`: one file that needs no network and no script, and goes by mail. Pure.

Every text is escaped by the template engine, every drawing by `runner/figures`; the page's policy
forbids every script but its own, and whatever lies outside of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.claims.of_run import Ruled
from runner.judge import WORST_FIRST, Decision
from runner.judge.run import Run
from runner.report.page import sheets
from runner.report.page.engine import render
from runner.report.page.sections import sections
from runner.report.page.view import Entry, Open, RunPage
from runner.report.summary_line import closing, doubts, noise, origin
from runner.words.remedy import remedy
from runner.words.verdict import reason, title

DEEP, LONG, MANY = 6, 300, 400
"""Of the environment of a run, which may be anyone's: levels, letters of a value, lines."""


def to_html(run: Run, claims: Ruled) -> str:
    ranked = sorted(run.verdicts, key=lambda verdict: WORST_FIRST.index(verdict.outcome))
    page = RunPage(
        title=run.name,
        origin=origin(run),
        closing=closing(run),
        doubts=(*doubts(run), *noise(run)),
        sections=tuple(sections(run, claims)),
        verdicts=sheets.of_verdicts(ranked, named=True),
        counts=tuple(
            Entry(f"{count} {outcome}", str(outcome))
            for outcome, count in run.tally().items()
            if count
        ),
        undecided=tuple(_undecided(run)),
        environment=tuple(_environment(run)),
    )
    return render("run.html", page=page)


def _undecided(run: Run) -> Iterator[Open]:
    for verdict in run.verdicts:
        if verdict.outcome not in (Decision.PASS, Decision.FAIL):
            yield Open(
                verdict.experiment,
                str(verdict.outcome),
                title(verdict),
                reason(verdict),
                remedy(verdict),
            )


def _environment(run: Run) -> list[tuple[str, str]]:
    """Without the hash of each program, which `run.json` has."""
    lines = [line for line in _flat("", run.environment) if ".programs." not in line[0]]
    return lines[:MANY]


def _flat(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Nested data as lines of a name and a text."""
    if isinstance(value, Mapping) and depth < DEEP:
        for key, item in value.items():
            yield from _flat(f"{name}.{key}".strip("."), item, depth + 1)
    elif isinstance(value, list | tuple):
        yield name, "; ".join(str(each)[:LONG] for each in value[:MANY])[:LONG] or "none"
    else:
        yield name, "unknown" if value is None else str(value)[:LONG]
