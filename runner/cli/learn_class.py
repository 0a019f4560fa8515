"""`runner learn --class FOLDER`: which predictions of a class were wrong most often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from tabulate import tabulate

from runner.cli.exit_codes import Exit
from runner.cli.terminal import out, tell
from runner.learn.gathered import cells, gather, heads, to_csv
from runner.learn.progress import LARGEST, Progress, ProgressError, of_text
from runner.learn.text import sentence
from runner.results import shown, write_text
from runner.untrusted import UntrustedError, clean, read_bytes

MOST = 10_000
"""Files of one class that are read."""


def show_class(folder: Path, export: Path | None, language: str) -> int:
    """A file that is no progress is named, and left out. Raises click.UsageError."""
    if export is not None and export.suffix.lower() != ".csv":
        raise click.UsageError(f"--export {shown(export)}: the table of a class is .csv")
    files = list(_files(folder))
    if not files:
        raise click.UsageError(
            f"{shown(folder)} holds no progress file; collect the learners' progress.json there, "
            "one file a learner, such as ada.json"
        )
    rows = gather(files)
    out(sentence(language, "class", "head", learners=len(files)))
    out("")
    aligned = ["right", "left", "right", "right", "right", "left", "left"]
    table = [cells(row, language) for row in rows]
    out(tabulate(table, headers=heads(language), disable_numparse=True, colalign=aligned)
        if rows else "–")  # fmt: skip
    if export is not None:
        write_text(export, to_csv(rows))
        tell(f"learn: {shown(export)}")
    return Exit.OK


def _files(folder: Path) -> Iterator[Progress]:
    """Those of the folder, and those one folder below it, as a platform hands them out."""
    paths = sorted({*folder.glob("*.json"), *folder.glob("*/progress.json")})
    for path in paths[:MOST]:
        try:
            yield of_text(read_bytes(path, LARGEST))
        except (ProgressError, UntrustedError) as error:
            tell(f"learn: skipped: {shown(path)}: {clean(str(error))}")
        except OSError as error:
            tell(f"learn: skipped: {shown(path)}: {error.strerror}")
