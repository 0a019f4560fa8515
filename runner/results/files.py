"""Seals and verifies a folder that holds more than a run, such as that of a graded submission.

The folder may be a stranger's. It is walked, and what is there is held against the list: no name of
the list is ever opened, and no link followed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from runner.results.error import IntegrityError, ResultsError
from runner.results.file_manifest import FileManifest
from runner.results.folder import RunFolder
from runner.results.reading import file_hash, shown
from runner.results.seal import NAME, manifest_in, read_manifest, write_signed
from runner.results.signer import Signer
from runner.results.verify import Fault, Verification, report_faults, signer_of, verify

FILES_MAX = 20_000
FAULTS_MAX = 100


def seal_files(
    folder: Path,
    covers: Iterable[str],
    signer: Signer | None,
    *,
    complete: bool,
    runs: Iterable[str] = (),
    reports: Iterable[str] = (),
) -> None:
    """Hashes the covered files, and signs the hashes where there is a key. The run folders are
    sealed already. Raises ResultsError."""
    covers = tuple(covers)
    manifest = FileManifest(
        sealed=datetime.now(UTC).isoformat(timespec="seconds"),
        complete=complete,
        covers=covers,
        files=_hashes(folder, covers),
        runs={name: evidence_digest(RunFolder(folder / name)) for name in runs},
        reports={name: each for name in reports if (each := file_hash(folder / name))},
    )
    write_signed(folder, manifest, signer)


def verify_files(
    folder: Path, covers: Iterable[str], runs: Iterable[str]
) -> Verification[FileManifest]:
    """`covers` and `runs` are what a folder of this kind has: a manifest that covers less is none
    of it. Raises ResultsError where the folder cannot be read, IntegrityError where its manifest is
    not one."""
    manifest = manifest_in(folder, FileManifest.from_text)
    if manifest is None:
        return Verification(None, ())
    signer, genuine = signer_of(manifest)
    if signer is not None and not genuine:
        return Verification(manifest, (), signer)
    faults = [*_file_faults(folder, manifest, covers), *_run_faults(folder, manifest, runs)]
    faults += report_faults(folder, manifest.reports, "it can be made again from grade.json")
    return Verification(manifest, tuple(faults[:FAULTS_MAX]), signer, genuine)


def evidence_digest(folder: RunFolder) -> str:
    """A hash of a sealed run: of its id and of the hashes of its evidence. It does not change when
    reports are made again. Raises ResultsError, IntegrityError."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise IntegrityError(f"{folder.shown} is not sealed")
    evidence = {name: list(lines) for name, lines in manifest.evidence.items()}
    text = json.dumps([manifest.run, evidence], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_faults(folder: Path, manifest: FileManifest, covers: Iterable[str]) -> Iterator[Fault]:
    if set(manifest.covers) != set(covers):
        yield Fault(NAME, None, f"covers {', '.join(manifest.covers)[:80] or 'nothing'}")
    now = _hashes(folder, covers)
    for name in sorted({*now, *manifest.files}):
        if name not in manifest.files:
            yield Fault(shown(name), None, "was added")
        elif name not in now:
            yield Fault(shown(name), None, "is missing")
        elif now[name] != manifest.files[name]:
            yield Fault(shown(name), None, "was changed")


def _run_faults(folder: Path, manifest: FileManifest, runs: Iterable[str]) -> Iterator[Fault]:
    for name in runs:
        run = RunFolder(folder / name)
        if name not in manifest.runs:
            if run.begun:
                yield Fault(name, None, "was added")
            continue
        try:
            verification = verify(run)
            if verification.signer is not None and not verification.genuine:
                yield Fault(f"{name}/{NAME}", None, "its signature does not fit")
            elif verification.manifest is None:
                yield Fault(f"{name}/{NAME}", None, "is missing")
            elif evidence_digest(run) != manifest.runs[name]:
                yield Fault(name, None, "is another run than the one that was sealed")
        except ResultsError as error:
            yield Fault(name, None, f"was changed: {error}")
            continue
        for fault in verification.faults:
            yield replace(fault, file=f"{name}/{fault.file}", report=False)


def _hashes(folder: Path, covers: Iterable[str]) -> dict[str, str]:
    """Raises ResultsError for what is neither a regular file, nor a folder, nor a link."""
    hashes: dict[str, str] = {}
    waiting = list(covers)
    while waiting:
        name = waiting.pop()
        path = folder / name
        try:
            kind = path.lstat().st_mode
            if stat.S_ISDIR(kind):
                waiting += [f"{name}/{each.name}" for each in path.iterdir()]
                continue
            if stat.S_ISLNK(kind):
                target = os.fsencode(path.readlink())
                hashes[name] = f"link:{hashlib.sha256(target).hexdigest()}"
                continue
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ResultsError(f"cannot read {shown(path)}: {error.strerror}") from None
        content = file_hash(path)
        if content is not None:
            hashes[name] = content
        if len(hashes) > FILES_MAX:
            raise ResultsError(f"{shown(folder)} holds more than {FILES_MAX:,} files")
    return hashes
