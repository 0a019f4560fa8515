"""`runner compare` and `runner baseline`: this run against that one, here or elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from runner import compare as comparing
from runner.cli import completing, sealed
from runner.cli.ci import append_summary
from runner.cli.exit_codes import Exit
from runner.cli.outputs import OUTPUT, parse_outputs, require_writable, show, write_file
from runner.cli.runs import RESULTS, name_unreadable
from runner.cli.tables import width
from runner.cli.terminal import tell
from runner.compare import Change, Comparison, Side
from runner.plural import number_of
from runner.report.actions import cut
from runner.report.compare import difference, to_table
from runner.report.comparisons import STYLES
from runner.results import IntegrityError, ResultsError, RunFolder, find_run
from runner.spec import METRICS, RENAMED
from runner.untrusted import UntrustedError, read_bytes

_FAIL_ON = re.compile(r"(worse|changed)(?::(\d+(?:\.\d+)?)%)?")


class _Metric(click.Choice[str]):
    """The name of a metric; for a former name the error says today's."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in RENAMED:
            self.fail(f"{value!r} has a new name; did you mean {RENAMED[value]!r}?", param, ctx)
        return super().convert(value, param, ctx)


METRIC = click.option(
    "--metric",
    "metrics",
    multiple=True,
    type=_Metric([name for name, about in METRICS.items() if about.is_number]),
    metavar="NAME",
    help="Compare this instead of rate or lateness_p99. Repeatable.",
)


@dataclass(frozen=True, slots=True)
class Gate:
    """What fails: worse by more than `threshold`, or (None) a fact that changed."""

    threshold: float | None


@click.command()
@click.argument("old", type=click.Path(path_type=Path), shell_complete=completing.runs)
@click.argument("new", type=click.Path(path_type=Path), shell_complete=completing.runs)
@METRIC
@click.option("--ratios", is_flag=True, help="Compare ratios to one cell of each run.")
@click.option(
    "--margin",
    default="5%",
    show_default=True,
    help="Differences up to this share count as the same.",
)
@click.option(
    "--fail-on",
    "gates",
    multiple=True,
    metavar="worse[:5%]|changed",
    help="Exit code 1 if a cell is certainly worse by more than that, 4 if that is undecided.",
)
@OUTPUT(
    help=f"Also write a report: {', '.join(STYLES)}; '-' is stdout. Repeatable.",
)
@RESULTS
def compare(
    old: Path,
    new: Path,
    metrics: tuple[str, ...],
    ratios: bool,
    margin: str,
    gates: tuple[str, ...],
    outputs: tuple[str, ...],
    results: Path,
) -> int:
    """Compares NEW (a run folder, or its name) with OLD (the same, or a baseline), cell by cell.
    Refuses runs that are not comparable, and gives the reason."""
    gates_given = [_gate(text) for text in gates]
    reports = parse_outputs(outputs, STYLES)
    require_writable(reports)
    share = _percent(margin, "--margin")
    first, second = _sides(old, new, metrics, ratios, results)
    folders = [find_run(side, results) for side in (old, new) if not side.is_file()]
    changed = [folder for folder in folders if not sealed.fits(folder)]
    differences = comparing.unlike(first, second)
    if differences:
        hint = "" if first.ratios else "; --ratios compares what holds on any machine"
        raise click.UsageError(
            f"{old} and {new} are not comparable: {'; '.join(map(difference, differences))}{hint}"
        )
    comparison = comparing.compare(first, second, share)
    makers = {name: partial(make, comparison) for name, make in STYLES.items()}
    failed = show(reports, makers, partial(to_table, comparison, width=width()))
    append_summary(lambda taken: cut(STYLES["markdown"](comparison) + "\n", taken))
    if comparison.empty:
        raise click.UsageError(f"{old} and {new} have no cell that is comparable")
    if failed:
        raise ResultsError(failed[0])
    if changed:
        return Exit.INTEGRITY
    return _exit(comparison, gates_given)


@click.command()
@click.argument(
    "run", type=click.Path(path_type=Path), required=False, shell_complete=completing.runs
)
@METRIC
@click.option("-o", "--output", "path", type=click.Path(path_type=Path), required=True)
@RESULTS
def baseline(run: Path | None, metrics: tuple[str, ...], path: Path, results: Path) -> int:
    """Writes the ratios of RUN (the latest by default) to a file that can be committed, and that
    `runner compare FILE RUN` holds later runs against, on this machine or another."""
    folder = find_run(run, results)
    if not sealed.fits(folder):
        raise IntegrityError(f"{path} was not written: {folder.shown} is no base for a baseline")
    side = _side(folder, metrics, ratios=True)
    write_file(path, comparing.write_baseline(side))
    references = ", ".join(f"{experiment}: {cell}" for experiment, cell in side.references.items())
    tell(f"{path}: {number_of(len(side.cells), 'cell')}, as ratios to {references}")
    return Exit.OK


def _sides(
    old: Path, new: Path, metrics: tuple[str, ...], ratios: bool, results: Path
) -> tuple[Side, Side]:
    if new.is_file():
        raise click.UsageError(
            f"{new} is a file: NEW must be a run folder; only OLD may be a baseline"
        )
    if old.is_file():
        try:
            content = read_bytes(old.resolve(), comparing.SIZE_MAX)
            first = comparing.read_baseline(content, str(old))
        except (OSError, UntrustedError) as error:
            why = getattr(error, "strerror", None) or error
            raise click.UsageError(f"{old} cannot be read: {why}") from None
        except comparing.BaselineError as error:
            raise click.UsageError(str(error)) from None
        kept = metrics or tuple({m for cell in first.cells.values() for m in cell.samples})
        absent = set(metrics) - {m for cell in first.cells.values() for m in cell.samples}
        if absent:
            name = min(absent)
            raise click.UsageError(
                f"{old} has no {name}; make it by: runner baseline RUN --metric {name} -o {old}"
            )
    else:
        first, kept = _side(find_run(old, results), metrics, ratios=ratios), metrics
    second = _side(find_run(new, results), kept, ratios=first.ratios, references=first.references)
    return first, second


def _side(
    folder: RunFolder,
    metrics: tuple[str, ...],
    *,
    ratios: bool,
    references: object = None,
) -> Side:
    name_unreadable(folder)
    try:
        return comparing.side_of(
            folder.name,
            folder.environment(),
            folder.measurements(),
            metrics,
            ratios=ratios,
            references=references if isinstance(references, dict) and references else None,
            complete=sealed.complete(folder),
        )
    except comparing.SideError as error:
        raise click.UsageError(str(error)) from None


def _exit(comparison: Comparison, gates: list[Gate]) -> Exit:
    thresholds = [gate.threshold for gate in gates if gate.threshold is not None]
    changed = any(gate.threshold is None for gate in gates) and any(
        row.change is Change.CHANGED for row in comparison.rows
    )
    if changed or any(row.fails(limit) for row in comparison.weighed for limit in thresholds):
        return Exit.FAILED
    if any(not row.holds(limit) for row in comparison.weighed for limit in thresholds):
        return Exit.INCONCLUSIVE
    return Exit.OK


def _gate(text: str) -> Gate:
    match = _FAIL_ON.fullmatch(text)
    if match is None or (match[1] == "changed" and match[2]):
        raise click.UsageError(f"--fail-on {text}: type worse, worse:5% or changed")
    if match[1] == "changed":
        return Gate(None)
    return Gate(float(match[2] or 0) / 100)


def _percent(text: str, option: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)%", text)
    if match is None:
        raise click.UsageError(f"{option} {text}: type a percentage, such as 5%")
    return float(match[1]) / 100
