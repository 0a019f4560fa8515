"""Whether a run folder is still what it was when the run ended, and if not, where it differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from runner.results.folder import RunFolder
from runner.results.manifest import Manifest
from runner.results.seal import file_hash, lines_of, read_manifest
from runner.results.signer import fingerprint, is_genuine


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was sealed. `line` counts from 1; None for a whole file."""

    file: str
    line: int | None
    what: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """`signer` is the fingerprint of the key that signed, None where nobody did; `genuine` whether
    the signature fits the manifest."""

    manifest: Manifest | None
    faults: tuple[Fault, ...]
    signer: str | None = None
    genuine: bool = False


def verify(folder: RunFolder) -> Verification:
    """Raises ResultsError where the folder cannot be read, IntegrityError where its manifest is
    none."""
    manifest = read_manifest(folder)
    if manifest is None:
        return Verification(None, ())
    faults = (*_evidence_faults(folder, manifest), *_report_faults(folder, manifest))
    if manifest.signature is None:
        return Verification(manifest, faults)
    try:
        signer = fingerprint(manifest.signature.key)
    except ValueError:
        signer = "no key"
    genuine = is_genuine(manifest.signature, manifest.signed_part())
    return Verification(manifest, faults, signer, genuine)


def _evidence_faults(folder: RunFolder, manifest: Manifest) -> Iterator[Fault]:
    for name, sealed in manifest.evidence.items():
        found = lines_of(folder.path / name)
        if not found:
            yield Fault(name, None, "is missing")
        elif found != sealed:
            for line, what in _differences(sealed, found):
                yield Fault(name, line, what + _trial_at(folder, name, line))
    added = set(manifest.evidence) ^ {
        name for name in ("resumes.jsonl",) if (folder.path / name).exists()
    }
    if "resumes.jsonl" in added and "resumes.jsonl" not in manifest.evidence:
        yield Fault("resumes.jsonl", None, "was added")


def _report_faults(folder: RunFolder, manifest: Manifest) -> Iterator[Fault]:
    for name, sealed in manifest.reports.items():
        found = file_hash(folder.path / name)
        if found != sealed:
            what = "is missing" if found is None else "was changed"
            yield Fault(name, None, f"{what}; `runner report` makes it again")


def _differences(sealed: tuple[str, ...], found: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Each changed, missing or added line, by its number in the file as it is now."""
    matcher = SequenceMatcher(None, sealed, found, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(old_end - old, new_end - new)
        for number in range(new, new + both):
            yield number + 1, "was changed"
        for number in range(new + both, new_end):
            yield number + 1, "was added"
        if gone := old_end - old - both:
            yield new + both + 1, f"{gone} lines before it are missing" if gone > 1 else (
                "the line before it is missing"
            )


def _trial_at(folder: RunFolder, name: str, line: int) -> str:
    """The trial that the line is about, as far as it still says so."""
    if name != "trials.jsonl":
        return ""
    lines = (folder.path / name).read_bytes().splitlines()
    try:
        return f" ({json.loads(lines[line - 1])['trial']})"
    except (ValueError, KeyError, TypeError, IndexError):
        return ""
