"""`-o FORMAT=PATH`: where reports go."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import click

from runner.claims.of_run import Ruled
from runner.cli.tables import height, width
from runner.report import FORMATS, Run, for_terminal
from runner.results import ReportName, ResultsError, RunFolder
from runner.results import shown as written

IN_FOLDER: dict[ReportName, str] = {
    "table.txt": "table",
    "report.json": "json",
    "trials.csv": "csv",
    "report.md": "markdown",
    "junit.xml": "junit",
    "report.html": "html",
}
"""The reports that every run folder gets."""


OUTPUT = partial(click.option, "-o", "--output", "outputs", multiple=True, metavar="FORMAT=PATH")


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
            raise click.UsageError(f"-o {text}: {name!r} is not a format; {hint}")
        if not sign or not path:
            raise click.UsageError(
                f"-o {text}: no path; type -o {name}=FILE, or {name}=- for stdout"
            )
        outputs.append(Output(name, None if path == "-" else Path(path)))
    if sum(output.path is None for output in outputs) > 1:
        raise click.UsageError("-o: only one report can go to stdout")
    return outputs


def require_writable(outputs: Iterable[Output]) -> None:
    """Before anything is measured for it. Raises ResultsError. Nothing is changed: a file that was
    there keeps its content, and one that was not is not left behind."""
    for output in outputs:
        if output.path is not None:
            try:
                _try(output.path)
            except OSError as error:
                raise ResultsError(
                    f"cannot write {output.path}: {error.strerror}; "
                    f"type -o {output.format}=FILE with a writable file"
                ) from None


def _try(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    there = os.path.lexists(path)
    if there and stat.S_ISFIFO(path.stat().st_mode):
        return  # opening it would wait for a reader, or end one that is there
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o666))
    if not there:
        path.unlink()


def write_reports(run: Run, claims: Ruled, folder: RunFolder) -> list[str]:
    """Into the run folder. What cannot be written keeps no other report back, and is returned."""
    failed: list[str] = []
    for name, style in IN_FOLDER.items():
        try:
            folder.write(name, FORMATS[style](run, claims))
        except ResultsError as error:
            failed.append(str(error))
    return failed


def show_run(
    run: Run,
    claims: Ruled,
    folder: RunFolder,
    outputs: Iterable[Output],
    shown: Collection[str] = (),
) -> list[str]:
    """Writes a run's reports to `outputs`, and the tables to stdout unless data goes there: no
    wider than the terminal, and without the experiments that were `shown` there already."""
    makers = {name: partial(make, run, claims) for name, make in FORMATS.items()}
    path = folder.path / "report.html"
    report = written(path) if path.is_file() else ""
    table = partial(for_terminal, run, claims, width(), shown, height(), report)
    return show(outputs, makers, table)


def tables_on_stdout(outputs: Iterable[Output]) -> bool:
    """Whether the tables go to stdout: not where another report does."""
    return all(output.path is not None or output.format == "table" for output in outputs)


def write_file(path: Path, content: str | bytes) -> None:
    """Raises ResultsError. Half a character, as in a name that is not UTF-8, is written as its
    escape."""
    whole = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole)
    except OSError as error:
        raise ResultsError(f"cannot write {path}: {error.strerror}") from None


def show(
    outputs: Iterable[Output],
    makers: Mapping[str, Callable[[], str]],
    table: Callable[[], str] | None = None,
) -> list[str]:
    """Writes each report to its output; the table to stdout unless another report goes there.
    `table` makes the one for stdout. Returns what could not be written."""
    failed, to_stdout = [], "table"
    for output in outputs:
        if output.path is None:
            to_stdout = output.format
            continue
        try:
            write_file(output.path, makers[output.format]())
        except ResultsError as error:
            failed.append(str(error))
    make = table if table is not None and to_stdout == "table" else makers[to_stdout]
    click.echo(make(), nl=False)
    return failed
