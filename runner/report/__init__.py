"""Reports: a format's name to a function from a run, and what it says of the claims, to its text.
Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection

from runner.claims.of_run import Ruled
from runner.judge.run import CellSummary, Run
from runner.report.data import to_csv, to_json, to_jsonl
from runner.report.drawn import figures_of_run
from runner.report.one_screen import one_screen
from runner.report.page import to_html
from runner.report.plot_text import in_text
from runner.report.sanitize import disarmed, escaped, guarded, plain
from runner.report.summary_line import origin
from runner.report.table import experiments, of_experiment, render


def _page(run: Run, first: str, style: str) -> str:
    tables = render(run, style)
    return disarmed(f"{first}\n\n{tables}" if first else tables)


def _junit(run: Run) -> str:
    from runner.report.junit import to_junit  # loaded where it is written

    return to_junit(run)


FORMATS: dict[str, Callable[[Run, Ruled], str]] = {
    "table": lambda run, _claims: _page(guarded(run, plain), plain(origin(run)), "simple"),
    "json": to_json,
    "jsonl": lambda run, _claims: to_jsonl(run),
    "csv": lambda run, _claims: to_csv(run),
    "markdown": lambda run, _claims: _page(guarded(run, escaped), escaped(origin(run)), "github"),
    "junit": lambda run, _claims: _junit(run),
    "html": to_html,
}


def for_terminal(
    run: Run,
    claims: Ruled,
    width: int | None,
    but: Collection[str] = (),
    height: int | None = None,
    report: str = "",
) -> str:
    """The tables no wider than a terminal, without the experiments in `but`; then the summary, no
    higher than it, which ends with the path of the report."""
    safe = guarded(run, plain)
    end = one_screen(safe, claims, width, height, plain(report))
    return "\n\n".join([*experiments(safe, width=width, but=but), end]) + "\n"


def plots_of(run: Run, claims: Ruled, identifier: str, width: int | None) -> list[str]:
    """The figures of one experiment, drawn with letters."""
    placed = figures_of_run(run, claims)
    return [in_text(each, width) for each in placed.get(identifier, [])]


def of_one(run: Run, identifier: str, width: int | None) -> str:
    """The tables and verdicts of one experiment."""
    safe = guarded(run, plain)
    experiment = safe.suite.experiment(identifier)
    return "\n\n".join(of_experiment(safe, experiment, width=width)) + "\n"


__all__ = ["FORMATS", "CellSummary", "Run", "disarmed", "for_terminal", "of_one", "plots_of"]
