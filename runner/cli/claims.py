"""`runner claims`: what the measurements of this machine say of each claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import click

from runner import machine
from runner.claims import (
    BELIEFS,
    CLAIMS,
    Ruling,
    Source,
    Standing,
    answers,
    measured_whole,
    rule,
    rulings,
)
from runner.cli import completing, sealed
from runner.cli.exit_codes import Exit
from runner.cli.runs import RESULTS, name_unreadable
from runner.cli.tables import width
from runner.cli.terminal import out, tell
from runner.judge import comparisons
from runner.plural import number_of
from runner.report.beliefs import Answers, beliefs_data, beliefs_page, beliefs_text
from runner.report.claims import Ruled, detail, overview, to_data
from runner.report.claims_page import is_plot_name, page, plots_of
from runner.results import ResultsError, RunFolder, find_run, replace_text, runs, write_text
from runner.session.counting import Counted
from runner.session.judged import planned_repeats
from runner.spec import SpecError, load

SAME = ("kernel", "machine", "cpu", "boot")
"""What must be the same for evidence to be this machine's, and fresh: measured since it booted."""


@click.command()
@click.argument("claim", required=False, metavar="[ID]", shell_complete=completing.claims)
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    metavar="RUN",
    shell_complete=completing.runs,
    help="Judge only this run (a folder, or a name from `runner list`). Default: the newest "
    "evidence of every experiment in --results.",
)
@RESULTS
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="Write a Markdown page of all claims, its Chinese twin (PAGE.zh.md), and the plots in a "
    "folder beside them.",
)
@click.option(
    "--misunderstandings",
    "beliefs",
    is_flag=True,
    help="Show M1 to M23, widespread beliefs, instead of the claims.",
)
def claims(
    claim: str | None,
    run: Path | None,
    results: Path,
    as_json: bool,
    output: Path | None,
    beliefs: bool,
) -> int:
    """Shows every claim with its verdict; with ID (C8, T1, S6) all evidence for one claim, with ID
    M1 to M23 a widespread belief and what was measured instead.

    Exit code 4 if a claim has no verdict yet, 5 if nothing was run for any, or if this machine
    lacks what the evidence needs. A refuted claim is a verdict: 0.
    """
    if output is not None and not output.suffix:
        raise click.UsageError(f"-o {output}: a page is a file such as {output}.md")
    identifier = None if claim is None else _known(claim)
    folder = None if run is None else find_run(run, results)
    about, sources = _newest(results) if folder is None else _of_run(folder)
    fit = folder is None or sealed.fits(folder)
    if beliefs or identifier in BELIEFS:
        answered = answers(sources, identifier)
        _answer(answered, about, as_json, output)
        return _exit(ruling for _, ruling in answered) if fit else Exit.INTEGRITY
    ruled = rulings(sources) if identifier is None else []
    if identifier is not None:
        chosen_claim = CLAIMS[identifier]
        ruled = [(chosen_claim, rule(chosen_claim, sources))]
    if output is not None:
        _write(output, about, ruled)
    elif as_json:
        click.echo(to_data(ruled), nl=False)
    elif identifier is not None:
        out(detail(*ruled[0], width()))
    else:
        out(overview(ruled, width()))
    return _exit(ruling for _, ruling in ruled) if fit else Exit.INTEGRITY


def _answer(
    answered: Answers, about: Mapping[str, Any], as_json: bool, output: Path | None
) -> None:
    if output is not None:
        write_text(output, beliefs_page(answered, about))
        tell(f"claims: {output} with {number_of(len(answered), 'misunderstanding')}")
    elif as_json:
        click.echo(beliefs_data(answered), nl=False)
    else:
        out(beliefs_text(answered, width()))


def _exit(ruled: Iterable[Ruling]) -> Exit:
    """Whether every claim has a verdict, whatever it is."""
    standings = {ruling.standing for ruling in ruled}
    if standings <= {Standing.NO_EVIDENCE, Standing.SKIP}:
        return Exit.NOTHING_RAN
    if standings & {Standing.INCONCLUSIVE, Standing.NO_EVIDENCE}:
        return Exit.INCONCLUSIVE
    return Exit.NOTHING_RAN if Standing.SKIP in standings else Exit.OK


def _known(claim: str) -> str:
    by_lower = {name.lower(): name for name in (*CLAIMS, *BELIEFS)}
    if claim.lower() in by_lower:
        return by_lower[claim.lower()]
    near = get_close_matches(claim, CLAIMS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(CLAIMS)}"
    raise click.UsageError(f"{claim!r} is not a claim; {hint}")


def _of_run(folder: RunFolder) -> tuple[dict[str, Any], list[Source]]:
    about = folder.environment()
    other = _other_machine(about)
    if other:
        tell(f"claims: {folder.shown} is not fresh evidence for this machine: {other}")
    return about, [_source(folder, about)]


def _newest(results: Path) -> tuple[dict[str, Any], list[Source]]:
    """All runs of this machine, the newest first: which is whole is for the rules' room to say."""
    about: dict[str, Any] = {}
    sources: list[Source] = []
    passed_over = 0
    for folder in reversed(runs(results)):
        try:
            this = folder.environment()
        except ResultsError as error:
            tell(f"claims: skipped: {error}")
            continue
        if _other_machine(this):
            passed_over += 1
            continue
        try:
            if sealed.change_of(folder):
                tell(f"claims: skipped: {folder.shown} was changed since it was sealed")
                continue
            sources.append(_source(folder, this))
        except ResultsError as error:
            tell(f"claims: skipped: {error}")
            continue
        about = about or this
    if passed_over:
        tell(f"claims: skipped: {number_of(passed_over, 'run')} of another machine, kernel or boot")
    if not sources:
        tell("claims: no fresh evidence on this machine; type: make claims")
    return about, sources


def _source(folder: RunFolder, about: Mapping[str, Any]) -> Source:
    """A trial that was run again counts once. Without its spec a run is whole for nothing."""
    name_unreadable(folder)
    measurements = Counted(folder.measurements()).records
    try:
        suite = load(folder.path / "effective.yaml", recorded=True)
    except SpecError:
        return Source(folder.name, measurements, cut="its effective.yaml cannot be read")
    options = about.get("options", {})
    named = {"quick": "--quick", "only": "--filter", "repeat": "--repeat"}
    cut = ", ".join(word for key, word in named.items() if options.get(key))
    cells = {*planned_repeats(suite, options), *(m.cell for m in measurements)}
    return Source(
        run=folder.name,
        measurements=measurements,
        comparisons=comparisons(suite, cells),
        whole=measured_whole(suite, measurements),
        cut=cut or "not whole: interrupted, or disturbed",
    )


def _other_machine(about: Mapping[str, Any]) -> str:
    """In what the machine of a run is not this one; empty where it is."""
    then, now = about.get("host", {}), _this_machine()
    different = [name for name in SAME if then.get(name) != now.get(name)]
    return ", ".join(f"{name} was {then.get(name)}, is {now.get(name)}" for name in different)


@cache
def _this_machine() -> dict[str, object]:
    return machine.gather()


def _write(output: Path, about: Mapping[str, Any], ruled: Ruled) -> None:
    """Of the plots of an earlier page those go that this one has not: files of the names that a
    page's plots have. Whatever else is in the folder stays."""
    folder, twin = output.with_suffix(""), output.with_suffix(f".zh{output.suffix}")
    plots = plots_of(ruled)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, svg in plots.items():
            replace_text(folder / name, svg)
        replace_text(output, page(ruled, about, folder.name, twin.name, "en"))
        replace_text(twin, page(ruled, about, folder.name, output.name, "zh"))
        for old in sorted(folder.glob("*.svg")):
            if is_plot_name(old.name) and old.name not in plots:
                old.unlink()
    except OSError as error:
        raise ResultsError(f"cannot write {output}: {error.strerror}") from None
    tell(f"claims: {output} and {twin.name} with {number_of(len(plots), 'plot')} in {folder}")
