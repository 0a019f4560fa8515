"""`runner list`, `show`, `verify`: what is in the run folders, and whether it is still so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from runner.cli.begin import signer
from runner.cli.exits import Exit
from runner.cli.run import reported
from runner.judge.counting import standing
from runner.report import FORMATS
from runner.results import (
    IntegrityError,
    ResultsError,
    RunFolder,
    Verification,
    chosen,
    fingerprint,
    read_manifest,
)
from runner.results import runs as runs_below
from runner.results import verify as verification_of
from runner.spec import load

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
    if not rows:
        click.echo(f"{results} holds no run; type: runner run experiments.yaml")
        return Exit.OK
    headers = ["run", "started", "spec", "engine", "trials", "not OK", "state"]
    click.echo(tabulate(rows, headers=headers, disable_numparse=True))
    return Exit.OK


@click.command()
@click.argument("run", type=click.Path(path_type=Path), required=False)
@RESULTS
def show(run: Path | None, results: Path) -> int:
    """What RUN (a run folder; the latest by default) is: environment, files, tables."""
    folder = chosen(run, results)
    about = folder.environment()
    click.echo(tabulate(list(_facts(folder, about)), tablefmt="plain", disable_numparse=True))
    click.echo()
    files = [
        [path.name, f"{path.stat().st_size:,}"]
        for path in sorted(folder.path.iterdir())
        if path.is_file()
    ]
    click.echo(
        tabulate(
            files, headers=["file", "bytes"], disable_numparse=True, colalign=["left", "right"]
        )
    )
    click.echo()
    suite = load(folder.path / "effective.yaml", recorded=True)
    click.echo(FORMATS["table"](reported(folder, suite, folder.measurements())), nl=False)
    return Exit.OK


@click.command()
@click.argument("run", type=click.Path(path_type=Path), required=False)
@click.option("--signer", "accepted", multiple=True, metavar="FINGERPRINT", help="A key you trust.")
@click.option("--allow-unsigned", is_flag=True, help="Hashes alone will do.")
@RESULTS
def verify(run: Path | None, accepted: tuple[str, ...], allow_unsigned: bool, results: Path) -> int:
    """Whether RUN (the latest by default) is still what it was when it ended; names every file
    and line that is not. Exit code 6 when it is not, or when nobody known signed it."""
    folder = chosen(run, results)
    folder.environment()
    found = verification_of(folder)
    if found.manifest is None:
        raise IntegrityError(
            f"{folder.path} has no manifest: the run still runs"
            if folder.running()
            else f"{folder.path} has no manifest: the run was killed; "
            f"type: runner run --resume {folder.path}"
        )
    for fault in found.faults:
        click.echo(f"{folder.path.name}/{fault}")
    doubt = _doubt(found, accepted, allow_unsigned)
    if found.faults or doubt:
        parts = [f"{len(found.faults)} differences"] if found.faults else []
        raise IntegrityError(f"{folder.path}: {'; '.join([*parts, *([doubt] if doubt else [])])}")
    lines = sum(map(len, found.manifest.evidence.values()))
    signed = f"signed by {found.signer}" if found.signer else "not signed"
    whole = "" if found.manifest.complete else ", interrupted before its plan was done"
    click.echo(
        f"{folder.path}: as it was sealed {found.manifest.sealed}: {lines} lines of evidence, "
        f"{len(found.manifest.reports)} reports, {signed}{whole}"
    )
    return Exit.OK


def _doubt(found: Verification, accepted: tuple[str, ...], allow_unsigned: bool) -> str:
    """Why the manifest itself is not to be trusted; empty when it is."""
    if found.signer is None:
        allowed = "" if accepted else "type --allow-unsigned when the hashes alone will do"
        return (
            "" if allow_unsigned and not accepted else f"nobody signed it; {allowed}".rstrip("; ")
        )
    if not found.genuine:
        return "the manifest itself was changed: its signature does not fit"
    if accepted:
        return (
            "" if found.signer in accepted else f"signed by {found.signer}, not by whom you named"
        )
    own = signer(make=False)
    if own is not None and fingerprint(own.public) == found.signer:
        return ""
    return (
        f"signed by {found.signer}, which is not your key; to trust it type --signer {found.signer}"
    )


def _row(folder: RunFolder) -> list[str]:
    try:
        about = folder.environment()
        last = {each.trial: each.status for each in standing(folder.measurements())[0]}
    except ResultsError as error:
        return [folder.path.name, "–", "–", "–", "–", "–", str(error)]
    unsound = Counter(str(status) for status in last.values() if status != "OK")
    return [
        folder.path.name,
        str(about.get("started", "–")),
        str(about.get("spec", "–")) + (" --quick" if about.get("quick") else ""),
        str(about.get("engine", {}).get("name", "–")),
        f"{len(last)}/{about.get('trials', '?')}",
        ", ".join(f"{count} {status}" for status, count in unsound.items()) or "–",
        _state(folder, about),
    ]


def _state(folder: RunFolder, about: Mapping[str, Any]) -> str:
    resumed = len(about["resumes"])
    suffix = f", resumed {resumed}×" if resumed else ""
    try:
        manifest = read_manifest(folder)
    except ResultsError:
        return f"manifest spoilt{suffix}"
    if folder.running():
        return f"running{suffix}"
    if manifest is None:
        return f"killed{suffix}"
    return ("complete" if manifest.complete else "interrupted") + suffix


def _facts(folder: RunFolder, about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    host, engine = about.get("host", {}), about.get("engine", {})
    yield "run", folder.path.name
    yield "state", _state(folder, about)
    yield "started", str(about.get("started"))
    for resumed in about["resumes"]:
        yield f"session {resumed.get('session')}", f"resumed {resumed.get('started')}"
    torn = folder.torn()
    if torn:
        yield "torn lines", f"{torn}, left by a kill in mid-write; their trials were run again"
    yield "spec", f"{about.get('spec')}, sha256 {str(about.get('spec_hash'))[:16]}"
    yield "seed", str(about.get("seed"))
    for name, value in about["options"].items():
        if value and name not in ("spec", "seed"):
            yield name, " ".join(map(str, value)) if isinstance(value, list) else str(value)
    yield from _flat("engine", engine)
    yield from _flat("host", host)


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    """Nested data as lines of a name and a text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}", item)
    elif isinstance(value, list | tuple):
        yield prefix, "; ".join(map(str, value)) or "none"
    else:
        yield prefix, "unknown" if value is None else str(value)
