"""Sealing: the manifest of a run folder, made when the run ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from runner.results.disk import write_text
from runner.results.error import IntegrityError, ResultsError
from runner.results.folder import RunFolder
from runner.results.manifest import Manifest
from runner.results.reading import EVIDENCE, file_hash, line_hashes, shown
from runner.results.signature import SIZE_MAX, SignedDocument
from runner.results.signer import Signer, is_genuine
from runner.untrusted import read_bytes

NAME = "manifest.json"
Document = TypeVar("Document", bound=SignedDocument)


def seal(folder: RunFolder, reports: Iterable[str], signer: Signer | None, complete: bool) -> None:
    """Hashes the files of the folder, and signs the hashes where there is a key. Raises
    ResultsError."""
    about = folder.environment()
    manifest = Manifest(
        run=about["id"],
        sealed=datetime.now(UTC).isoformat(timespec="seconds"),
        complete=complete,
        seed=about.get("seed"),
        spec_hash=str(about.get("spec_hash")),
        programs=_programs(about),
        evidence={name: hashes for name in EVIDENCE if (hashes := line_hashes(folder.path / name))},
        reports=_hashes(folder, reports),
    )
    write_signed(folder.path, manifest, signer)


def reseal(folder: RunFolder, reports: Iterable[str], signer: Signer | None) -> None:
    """After reports were written again: the hashes of the reports are new, those of the evidence
    stay. A signed manifest is renewed only if the signature is genuine and the user's own, so that
    `report` can never make a changed folder, or someone else's, look genuine. Raises
    ResultsError."""
    manifest = read_manifest(folder)
    if manifest is None:
        return
    signature = manifest.signature
    mine = signature is not None and signer is not None and signature.key == signer.public
    if signature is not None and not (mine and is_genuine(signature, manifest.signed_part())):
        return
    renewed = replace(manifest, reports=_hashes(folder, reports))
    write_signed(folder.path, renewed, signer if mine else None)


def unseal(folder: Path) -> None:
    """Before anything in the folder changes: what is added then was not sealed. Raises
    ResultsError."""
    path = folder / NAME
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ResultsError(f"cannot remove {shown(path)}: {error.strerror}") from None


def read_manifest(folder: RunFolder) -> Manifest | None:
    """None where there is no manifest: the run was killed, or still runs. Raises ResultsError,
    IntegrityError."""
    return manifest_in(folder.path, Manifest.from_text)


def manifest_in(folder: Path, parse: Callable[[bytes], Document]) -> Document | None:
    """None where there is none. Raises ResultsError where it cannot be read, IntegrityError where
    it is not one."""
    path = folder / NAME
    try:
        return parse(read_bytes(path, SIZE_MAX))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultsError(f"cannot read {shown(path)}: {error.strerror}") from None
    except ValueError as error:
        raise IntegrityError(f"{shown(path)} is not a manifest: {error}") from None


def write_signed(folder: Path, manifest: SignedDocument, signer: Signer | None) -> None:
    """Unsigned where there is no key. Raises ResultsError."""
    signature = signer.sign(manifest.signed_part()) if signer else None
    write_text(folder / NAME, replace(manifest, signature=signature).as_text())


def _hashes(folder: RunFolder, names: Iterable[str]) -> dict[str, str]:
    return {name: content for name in names if (content := file_hash(folder.path / name))}


def _programs(about: Mapping[str, Any]) -> dict[str, str]:
    """Images by their ids or binaries by their SHA-256, as the engine has them."""
    engine = about.get("engine", {})
    programs = {**engine.get("images", {}), **engine.get("programs", {})}
    return {str(name): str(content) for name, content in programs.items() if content}
