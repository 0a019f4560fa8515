"""`runner list`, `show`: what is in the run folders."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from runner.cli import completing, sealed
from runner.cli.exit_codes import Exit
from runner.cli.terminal import out, tell
from runner.plural import number_of
from runner.report import FORMATS
from runner.results import (
    ResultsError,
    RunFolder,
    find_run,
    read_manifest,
    shown,
)
from runner.results import runs as runs_below
from runner.session.counting import Counted

CHANGED = "CHANGED since it was sealed"
NAMED = 5
"""Lines that are named one by one; the others are counted."""

RESULTS = click.option(
    "--results",
    type=click.Path(path_type=Path),
    default="results",
    show_default=True,
    help="Folder of the run folders.",
)


@click.command("list")
@RESULTS
def list_runs(results: Path) -> int:
    """Lists the runs, oldest first."""
    rows = [_row(folder) for folder in runs_below(results)]
    changed = sum(CHANGED in row[-1] for row in rows)
    if changed:
        tell(f"results: {number_of(changed, 'run')} below {shown(results)}: changed since it was "
             "sealed; type: runner verify RUN")  # fmt: skip
    if not rows:
        out(f"{shown(results)} holds no run; type: runner run experiments.yaml")
        return Exit.OK
    headers = ["run", "started", "spec", "engine", "trials", "not OK", "state"]
    out(tabulate(rows, headers=headers, disable_numparse=True))
    return Exit.OK


@click.command()
@click.argument(
    "run", type=click.Path(path_type=Path), required=False, shell_complete=completing.runs
)
@RESULTS
def show(run: Path | None, results: Path) -> int:
    """Shows RUN (a run folder; the latest by default): environment, files, tables."""
    folder = find_run(run, results)
    about = folder.environment()
    rendered = sealed.judged_run(folder)
    out(tabulate(list(_facts(folder, about)), tablefmt="plain", disable_numparse=True))
    click.echo()
    files = [
        [shown(path.name), f"{path.lstat().st_size:,}"]
        for path in sorted(folder.path.iterdir())
        if stat.S_ISREG(path.lstat().st_mode)
    ]
    heads = ["file", "bytes"]
    out(tabulate(files, headers=heads, disable_numparse=True, colalign=["left", "right"]))
    click.echo()
    out(FORMATS["table"](rendered, {}))
    return Exit.OK


def name_unreadable(folder: RunFolder) -> None:
    """Says which lines of a run are no records. What a kill tore is expected: `show` counts it."""
    wrong = [each for each in folder.unreadable() if not each.torn]
    for each in wrong[:NAMED]:
        tell(f"results: {shown(folder.trials)}:{each.number}: {each.what}: skipped")
    if len(wrong) > NAMED:
        tell(f"results: {shown(folder.trials)}: {len(wrong) - NAMED} more lines are not records")


def _row(folder: RunFolder) -> list[str]:
    try:
        about = folder.environment()
        last = {each.trial: each.status for each in Counted(folder.measurements()).records}
        wrong = sum(not each.torn for each in folder.unreadable())
    except ResultsError as error:
        return [folder.name, "–", "–", "–", "–", "–", str(error)]
    unsound = Counter(str(status) for status in last.values() if status != "OK")
    unread = f", {number_of(wrong, 'line')} unreadable" if wrong else ""
    return [
        folder.name,
        str(about.get("started", "–")),
        str(about.get("spec", "–")) + (" --quick" if about.get("quick") else ""),
        str(about["engine"].get("name", "–")),
        _count(len(last), about.get("trials")),
        ", ".join(f"{count} {status}" for status, count in unsound.items()) or "–",
        _state(folder, about) + unread,
    ]


def _count(trials: int, planned: int | None) -> str:
    """How many of the plan; undecided verdicts may have had further repeats beyond it."""
    if planned is None or trials == planned:
        return str(trials)
    return f"{trials} of {planned}" if trials < planned else f"{planned} + {trials - planned}"


def _state(folder: RunFolder, about: Mapping[str, Any]) -> str:
    resumed = len(about["resumes"])
    suffix = f", resumed {resumed}×" if resumed else ""
    try:
        manifest = read_manifest(folder)
    except ResultsError:
        return f"manifest unreadable{suffix}"
    if folder.running():
        return f"running{suffix}"
    if manifest is None:
        return f"killed{suffix}"
    changed = f", {CHANGED}" if sealed.change_of(folder) else ""
    return ("complete" if manifest.complete else "interrupted") + suffix + changed


def _facts(folder: RunFolder, about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "run", folder.name
    yield "state", _state(folder, about)
    yield "started", str(about.get("started"))
    for resumed in about["resumes"]:
        yield f"session {resumed.get('session')}", f"resumed {resumed.get('started')}"
    unreadable = folder.unreadable()
    torn = sum(each.torn for each in unreadable)
    if torn:
        yield "torn lines", f"{torn}, cut by a kill during a write; their trials were run again"
    for each in [each for each in unreadable if not each.torn][:NAMED]:
        yield f"trials.jsonl:{each.number}", f"{each.what}: skipped"
    yield "spec", f"{about.get('spec')}, sha256 {str(about.get('spec_hash'))[:16]}"
    yield "seed", str(about.get("seed"))
    for name, value in about["options"].items():
        if value not in (None, False, []) and name not in ("spec", "seed"):
            yield name, " ".join(map(str, value)) if isinstance(value, list) else str(value)
    yield from _flat("engine", about["engine"])
    yield from _flat("host", about["host"])


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    """Nested data as lines of a name and a text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}", item)
    elif isinstance(value, list | tuple):
        yield prefix, "; ".join(map(str, value)) or "none"
    else:
        yield prefix, "unknown" if value is None else str(value)
