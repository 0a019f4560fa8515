"""`runner claims`: what the measurements of this machine say of each claim."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import click

from runner import environment
from runner.claims import CLAIMS, rule, rulings
from runner.cli.exits import Exit
from runner.cli.progress import tell
from runner.judge.counting import standing
from runner.measurement import Measurement
from runner.report.claims import detail, overview, page, to_data
from runner.results import ResultsError, RunFolder, runs

SAME = ("kernel", "machine", "cpu", "boot")
"""What must be the same for evidence to be this machine's, and fresh: measured since it booted."""


@click.command()
@click.argument("claim", required=False, metavar="[ID]")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    help="Judge this run alone. By default the newest evidence of every experiment in --results.",
)
@click.option("--results", type=click.Path(path_type=Path), default="results", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Data instead of text.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="Write the whole as a Markdown page, with its plots in a folder beside it.",
)
def claims(
    claim: str | None, run: Path | None, results: Path, as_json: bool, output: Path | None
) -> int:
    """Every claim with its verdict; with ID (C8, T1, S6) the whole evidence for one."""
    chosen = None if claim is None else _known(claim)
    about, measurements = _of_run(RunFolder(run)) if run else _newest(results)
    ruled = rulings(measurements) if chosen is None else []
    if chosen is not None:
        found = CLAIMS[chosen]
        ruled = [(found, rule(found, measurements))]
    if output is not None:
        text, plots = page(ruled, about, output.stem)
        _write(output, text, plots)
    elif as_json:
        click.echo(to_data(ruled), nl=False)
    elif chosen is not None:
        click.echo(detail(*ruled[0]), nl=False)
    else:
        click.echo(overview(ruled), nl=False)
    return Exit.OK


def _known(claim: str) -> str:
    by_lower = {name.lower(): name for name in CLAIMS}
    if claim.lower() in by_lower:
        return by_lower[claim.lower()]
    near = get_close_matches(claim, CLAIMS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(CLAIMS)}"
    raise click.UsageError(f"{claim!r} is no claim; {hint}")


def _of_run(folder: RunFolder) -> tuple[dict[str, Any], list[Measurement]]:
    about = folder.environment()
    other = _other_machine(about)
    if other:
        tell(f"claims: {folder.path} is no fresh evidence for this machine: {other}")
    return about, _latest(folder)


def _newest(results: Path) -> tuple[dict[str, Any], list[Measurement]]:
    """For every experiment the newest run of this machine that has it."""
    about: dict[str, Any] = {}
    found: dict[str, list[Measurement]] = {}
    passed_over = 0
    for folder in reversed(runs(results)):
        try:
            this = folder.environment()
        except ResultsError:
            continue
        if _other_machine(this):
            passed_over += 1
            continue
        about = about or this
        by_experiment: dict[str, list[Measurement]] = {}
        for measurement in _latest(folder):
            by_experiment.setdefault(measurement.cell.experiment, []).append(measurement)
        for experiment, measurements in by_experiment.items():
            found.setdefault(experiment, measurements)
    if passed_over:
        tell(f"claims: {passed_over} runs are of another machine, kernel or boot: passed over")
    if not found:
        tell("claims: no fresh evidence on this machine; type: runner run experiments.yaml")
    return about, [m for measurements in found.values() for m in measurements]


def _latest(folder: RunFolder) -> list[Measurement]:
    """A trial that was run again counts once."""
    return list(standing(folder.measurements())[0])


def _other_machine(about: Mapping[str, Any]) -> str:
    """In what the machine of a run is not this one; empty where it is."""
    then, now = about.get("host", {}), _this_machine()
    different = [name for name in SAME if then.get(name) != now.get(name)]
    return ", ".join(f"{name} was {then.get(name)}, is {now.get(name)}" for name in different)


@cache
def _this_machine() -> dict[str, object]:
    return environment.gather()


def _write(output: Path, text: str, plots: Mapping[str, str]) -> None:
    folder = output.with_suffix("")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.svg"):
            old.unlink()
        for name, svg in plots.items():
            (folder / name).write_text(svg, encoding="utf-8")
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"cannot write {output}: {error.strerror}") from None
    tell(f"claims: {output} with {len(plots)} plots in {folder}")
