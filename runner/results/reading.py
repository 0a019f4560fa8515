"""Reads the files of a run folder that anyone may have written: regular files only, up to a largest
size, line by line.

Files are opened by the names that are fixed here, so no content of a file can lead to another file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from runner.results.error import ResultsError
from runner.untrusted import UntrustedError, clean, open_regular, parsed_object

EvidenceName = Literal["run.json", "effective.yaml", "trials.jsonl", "resumes.jsonl"]
EVIDENCE: tuple[EvidenceName, ...] = get_args(EvidenceName)
"""The files that verdicts are computed from; all others can be made again from them."""
ReportName = Literal[
    "table.txt", "report.json", "trials.csv", "report.md", "junit.xml", "report.html"
]
REPORTS: tuple[ReportName, ...] = get_args(ReportName)
"""The reports that are written into every run folder."""

FILE_MAX = 1 << 30
"""Bytes of one file: a hundred thousand trials."""
LINE_MAX = 8 << 20
"""Bytes of one line: several hundred times the longest line of any trial so far."""
LINES_MAX = 200_000
ABOUT_MAX = 4 << 20
"""Bytes of `run.json`."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no record: `number` counts from 1. `torn` where a kill may have left half a
    line."""

    number: int
    what: str
    torn: bool = False


def shown(path: Path | str) -> str:
    """A path without control characters, for printing: a folder's name may be a stranger's
    choice. A name of nothing else is shown by its codes, so that it does not vanish."""
    return "/".join(clean(name) or ascii(name)[1:-1] for name in str(path).split("/"))


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | Unreadable]]:
    """Each line that is not empty as a JSON object, or what is wrong with it, with its number from
    1. No lines where there is no such file. Raises ResultsError for a path that is not a regular
    file, or a file of more than FILE_MAX bytes."""
    for number, line in _lines(path):
        if line is None:
            yield number, Unreadable(number, f"is longer than {LINE_MAX:,} bytes")
            continue
        if not line.strip():
            continue
        try:
            yield number, parsed_object(line, LINE_MAX)
        except UntrustedError as error:
            yield number, Unreadable(number, str(error), torn=str(error).startswith("is no JSON:"))


def line_hashes(path: Path) -> tuple[str, ...]:
    """The SHA-256 of each line, its newline included; empty where there is no such file. Raises
    ResultsError."""
    hashes: list[str] = []
    with _opened(path) as file:
        if file is None:
            return ()
        digest, begun = hashlib.sha256(), False
        for part in _parts(file):
            digest.update(part)
            begun = True
            if part.endswith(b"\n"):
                hashes.append(digest.hexdigest())
                digest, begun = hashlib.sha256(), False
            if len(hashes) > LINES_MAX:
                raise ResultsError(f"{shown(path)} has more than {LINES_MAX:,} lines")
        if begun:
            hashes.append(digest.hexdigest())
    return tuple(hashes)


def file_hash(path: Path) -> str | None:
    """None where there is no such file. Raises ResultsError."""
    with _opened(path) as file:
        if file is None:
            return None
        digest = hashlib.sha256()
        for part in _parts(file):
            digest.update(part)
        return digest.hexdigest()


def line_at(path: Path, number: int) -> bytes:
    """One line, by its number from 1; empty where there is none, or where it is too long."""
    return next((line or b"" for at, line in _lines(path) if at == number), b"")


def regular(path: Path) -> BinaryIO:
    """The file, open for reading. Raises FileNotFoundError; ResultsError."""
    try:
        file = open_regular(path)
    except FileNotFoundError:
        raise
    except (OSError, UntrustedError) as error:
        raise ResultsError(f"cannot read {shown(path)}: {_reason(error)}") from None
    if os.fstat(file.fileno()).st_size > FILE_MAX:
        file.close()
        raise ResultsError(f"cannot read {shown(path)}: larger than {FILE_MAX:,} bytes")
    return file


def _lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None for one that is longer than LINE_MAX."""
    with _opened(path) as file:
        if file is None:
            return
        number, line, long = 1, b"", False
        for part in _parts(file):
            long = long or len(line) + len(part) > LINE_MAX
            line = b"" if long else line + part
            if part.endswith(b"\n"):
                yield number, None if long else line
                number, line, long = number + 1, b"", False
                if number > LINES_MAX:
                    raise ResultsError(f"{shown(path)} has more than {LINES_MAX:,} lines")
        if line or long:
            yield number, None if long else line


def _parts(file: BinaryIO) -> Iterator[bytes]:
    """A line at a time, or a part of a long line. A file that grows meanwhile ends at FILE_MAX."""
    left = FILE_MAX
    while left > 0 and (part := file.readline(min(LINE_MAX + 1, left))):
        left -= len(part)
        yield part


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO | None]:
    """None where there is no such file. Raises ResultsError."""
    try:
        file = regular(path)
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            yield file
        except OSError as error:
            raise ResultsError(f"cannot read {shown(path)}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
