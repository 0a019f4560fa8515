"""Which row of a platform's table a submission belongs to. Pure.

A submission is known by the name of its folder or archive. In the archives that Moodle and Canvas
make of all submissions that name contains the student's number; otherwise it must be the student's
login, address, number or name. What fits two rows fits none: points in another student's row are
worse than a missing one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.report.grade.sheet import SheetError
from runner.untrusted import clean

MOODLE = re.compile(r"_(\d+)_assignsubmission_")
"""Full name_NUMBER_assignsubmission_file_"""
CANVAS = re.compile(r"_(?:LATE_)?(\d+)_(\d+)(?:_|$)")
"""name_NUMBER_NUMBER-OF-THE-FILE_file.zip"""


@dataclass(frozen=True, slots=True)
class Known:
    """How a row may be named: by the platform's number of the student, or by other texts."""

    number: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """`rows` by the submission's name; `faults` are sentences, one for each that has no row."""

    rows: Mapping[str, int]
    faults: tuple[str, ...]


def matched(
    names: Sequence[str],
    known: Mapping[int, Known],
    pattern: re.Pattern[str],
    chosen: Mapping[str, str],
) -> Matched:
    """`pattern` finds the number in the name of an archive's folder; `chosen` is what an instructor
    wrote for a name instead of it."""
    index = _Index({}, {}, {})
    for row, each in known.items():
        index.add(row, each)
    rows: dict[str, int] = {}
    faults: list[str] = []
    for name in names:
        fits = index.fits(name, pattern, chosen)
        if len(fits) == 1:
            rows[name] = min(fits)
        else:
            faults.append(
                f"{clean(name)}: {f'{len(fits)} rows fit' if fits else 'no row fits'}; add a line "
                f"to a file for --students: {_cell(clean(name))},NUMBER OR LOGIN"
            )
    return _without_twice(rows, faults)


def _cell(name: str) -> str:
    """As a file of commas takes it: names of folders from Moodle may have commas."""
    quoted = name.replace('"', '""')
    return f'"{quoted}"' if set(name) & set(',"') else name


def read_chosen(content: bytes) -> dict[str, str]:
    """A file of lines NAME,NUMBER OR LOGIN. Raises SheetError."""
    try:
        lines = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetError(f"cannot be read: {error}") from None
    chosen: dict[str, str] = {}
    for number, cells in enumerate(lines, 1):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != 2 or not cells[0].strip() or not cells[1].strip():
            found = clean(",".join(cells))[:60]
            raise SheetError(f"line {number}: found {found!r}; type NAME,NUMBER OR LOGIN")
        if cells[0].strip() in chosen:
            raise SheetError(f"line {number}: {clean(cells[0].strip())!r} is there twice")
        chosen[cells[0].strip()] = cells[1].strip()
    return chosen


@dataclass(frozen=True, slots=True)
class _Index:
    """Rows by number, by a whole text, and by a text's letters and digits alone."""

    numbers: dict[str, set[int]]
    exact: dict[str, set[int]]
    loose: dict[str, set[int]]

    def add(self, row: int, known: Known) -> None:
        self.numbers.setdefault(known.number, set()).add(row)
        for text in (known.number, *known.texts):
            if text.strip():
                self.exact.setdefault(text.strip().casefold(), set()).add(row)
                self.loose.setdefault(_letters(text), set()).add(row)

    def fits(self, name: str, pattern: re.Pattern[str], chosen: Mapping[str, str]) -> set[int]:
        if name in chosen:
            return self.exact.get(chosen[name].casefold(), set())
        found = pattern.search(name)
        if found:
            return self.numbers.get(found[1], set())
        same = self.exact.get(name.strip().casefold(), set())
        if same:
            return same
        letters = _letters(name)
        return self.loose.get(letters, set()) if len(letters) >= 2 else set()


def _without_twice(rows: Mapping[str, int], faults: Sequence[str]) -> Matched:
    """Two submissions of one student: neither is written."""
    by_row: dict[int, list[str]] = {}
    for name, row in rows.items():
        by_row.setdefault(row, []).append(name)
    kept = {names[0]: row for row, names in by_row.items() if len(names) == 1}
    twice = [
        f"{', '.join(map(clean, names))}: the same row; remove all but one"
        for names in by_row.values()
        if len(names) > 1
    ]
    return Matched(kept, (*faults, *twice))


def _letters(text: str) -> str:
    """A name without what platforms drop from it: spaces, commas, apostrophes, case."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
