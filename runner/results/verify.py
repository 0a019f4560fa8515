"""Whether a run folder is unchanged since the run ended, and if not, where it differs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, takewhile
from pathlib import Path
from typing import Generic, TypeVar

from runner.results.error import ResultsError
from runner.results.folder import RunFolder
from runner.results.manifest import Manifest
from runner.results.reading import EVIDENCE, LINE_MAX, file_hash, line_at, line_hashes, shown
from runner.results.seal import NAME, read_manifest
from runner.results.signature import SignedDocument
from runner.results.signer import fingerprint, is_genuine
from runner.untrusted import parsed_object

SHOWN_MAX = 100
"""How many differences of one file are named."""
MATCHED_MAX = 4000
"""Up to so many lines are searched for one that was moved or inserted."""
Document_co = TypeVar("Document_co", bound=SignedDocument, covariant=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """A difference from what was sealed. `line` counts from 1; None for a whole file. `report`
    where the file can be made again from what was sealed."""

    file: str
    line: int | None
    what: str
    report: bool = False

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification(Generic[Document_co]):
    """`signer` is the fingerprint of the key that signed, None for an unsigned manifest; `genuine`
    says whether the signature fits the manifest."""

    manifest: Document_co | None
    faults: tuple[Fault, ...]
    signer: str | None = None
    genuine: bool = False

    def unfit(self, *, reports: bool = True) -> str:
        """Where the folder differs from its manifest, in one line; empty where it does not. Without
        `reports` they do not count: they can be made again."""
        if self.manifest is None:
            return ""
        if self.signer is not None and not self.genuine:
            return f"{NAME}: its signature does not fit"
        faults = [each for each in self.faults if reports or not each.report]
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return f"{faults[0]}{more}" if faults else ""


def verify(folder: RunFolder) -> Verification[Manifest]:
    """A manifest whose signature does not fit proves nothing, so no file is compared with it then.
    Raises ResultsError where the folder cannot be read, IntegrityError where its manifest is not
    one."""
    manifest = read_manifest(folder)
    if manifest is None:
        return Verification(None, ())
    signer, genuine = signer_of(manifest)
    if signer is not None and not genuine:
        return Verification(manifest, (), signer)
    again = "`runner report` makes it again"
    reports = report_faults(folder.path, manifest.reports, again)
    faults = (*_evidence_faults(folder, manifest), *reports)
    return Verification(manifest, faults, signer, genuine)


def signer_of(manifest: SignedDocument) -> tuple[str | None, bool]:
    """The fingerprint of the key that signed it, None where it is not signed; and whether the
    signature is genuine."""
    signature = manifest.signature
    if signature is None:
        return None, False
    genuine = is_genuine(signature, manifest.signed_part())
    try:
        return fingerprint(signature.key), genuine
    except ValueError:
        return "no key", False


def report_faults(folder: Path, reports: Mapping[str, str], again: str) -> Iterator[Fault]:
    """`again` says how a report is made again. No name of the manifest is opened that is not in the
    folder."""
    there = {path.name: path for path in folder.iterdir()}
    for name, sealed in reports.items():
        try:
            now = file_hash(there[name]) if name in there else None
        except ResultsError as error:
            yield Fault(shown(name), None, f"was changed: {error}", report=True)
            continue
        if now != sealed:
            what = "is missing" if now is None else "was changed"
            yield Fault(shown(name), None, f"{what}; {again}", report=True)


def _evidence_faults(folder: RunFolder, manifest: Manifest) -> Iterator[Fault]:
    for name, sealed in manifest.evidence.items():
        path = folder.path / name
        try:
            now = line_hashes(path)
        except ResultsError as error:
            yield Fault(name, None, f"was changed: {error}")
            continue
        if not now:
            yield Fault(name, None, "is missing")
        elif now != sealed:
            for line, what in islice(_differences(sealed, now), SHOWN_MAX):
                yield Fault(name, line, what + _trial_at(folder, name, line))
    for name in EVIDENCE:
        if name not in manifest.evidence and os.path.lexists(folder.path / name):
            yield Fault(name, None, "was added")


def _differences(sealed: tuple[str, ...], now: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Each changed, missing or added line, by its number in the file as it is now. Equal lines at
    both ends are left out first; where too many lines differ in between, only the first of them is
    named, because the search for the best match takes time with the square of their number."""
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(sealed, now, strict=False))
    )
    most = min(len(sealed), len(now)) - same
    ends = zip(reversed(sealed), reversed(now), strict=False)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], islice(ends, most)))
    before, after = sealed[same : len(sealed) - tail], now[same : len(now) - tail]
    if len(before) + len(after) > MATCHED_MAX:
        yield same + 1, f"from here on {len(after)} lines stand where {len(before)} were sealed"
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(old_end - old, new_end - new)
        for number in range(new, new + both):
            yield same + number + 1, "was changed"
        for number in range(new + both, new_end):
            yield same + number + 1, "was added"
        if gone := old_end - old - both:
            yield (
                same + new + both + 1,
                f"{gone} lines before it are missing"
                if gone > 1
                else ("the line before it is missing"),
            )


def _trial_at(folder: RunFolder, name: str, line: int) -> str:
    """The trial of the line, if the line still names one."""
    if name != "trials.jsonl":
        return ""
    try:
        trial = parsed_object(line_at(folder.path / name, line), LINE_MAX, one_line=True)["trial"]
    except (ValueError, KeyError, ResultsError):
        return ""
    return f" ({trial})" if isinstance(trial, str) else ""
