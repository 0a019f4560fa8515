"""`-o FORMAT=PATH`: where reports go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import click

from runner.report import FORMATS, Run
from runner.results import ResultsError, RunFolder

IN_FOLDER = {"table.txt": "table", "report.json": "json", "trials.csv": "csv",
             "report.md": "markdown", "junit.xml": "junit"}  # fmt: skip
"""The reports that every run folder gets."""


@dataclass(frozen=True, slots=True)
class Output:
    """A report to be written; `path` None is stdout."""

    format: str
    path: Path | None


def parse_outputs(texts: Iterable[str], formats: Collection[str] = FORMATS) -> list[Output]:
    """Raises click.UsageError that says what to type."""
    outputs = []
    for text in texts:
        name, sign, path = text.partition("=")
        if name not in formats:
            near = get_close_matches(name, formats, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(formats)}"
            raise click.UsageError(f"-o {text}: {name!r} is no format; {hint}")
        if not sign or not path:
            raise click.UsageError(
                f"-o {text}: no path; type -o {name}=FILE, or {name}=- for stdout"
            )
        outputs.append(Output(name, None if path == "-" else Path(path)))
    if sum(output.path is None for output in outputs) > 1:
        raise click.UsageError("-o: only one report can go to stdout")
    return outputs


def write_outputs(run: Run, folder: RunFolder, wanted: Iterable[Output]) -> None:
    """Reports into the run folder and where they were asked for; the tables go to stdout unless
    data was asked for there. What cannot be written keeps no other report back: ResultsError comes
    last."""
    wanted = list(wanted)
    failed: list[str] = []
    for name, style in IN_FOLDER.items():
        try:
            folder.write(name, FORMATS[style](run))
        except ResultsError as error:
            failed.append(str(error))
    failed += show(wanted, {name: partial(make, run) for name, make in FORMATS.items()})
    if failed:
        more = f" (and {len(failed) - 1} other reports)" if len(failed) > 1 else ""
        raise ResultsError(failed[0] + more)


def show(wanted: Iterable[Output], makers: Mapping[str, Callable[[], str]]) -> list[str]:
    """Each report where it was asked for; the table to stdout unless another report goes there.
    Returns what could not be written."""
    failed, to_stdout = [], "table"
    for output in wanted:
        if output.path is None:
            to_stdout = output.format
            continue
        try:
            output.path.parent.mkdir(parents=True, exist_ok=True)
            output.path.write_text(makers[output.format](), encoding="utf-8")
        except OSError as error:
            failed.append(f"cannot write {output.path}: {error.strerror}")
    click.echo(makers[to_stdout](), nl=False)
    return failed
