"""A signed list of the files in a folder that holds more than a run: each file by its SHA-256, and
each run folder below it by a digest of its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.results.signature import Signature, SignedDocument, WrittenSignature, written

_Hash = Annotated[str, Field(pattern=r"^(link:)?[0-9a-f]{64}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    format: Literal[1]
    sealed: str
    complete: bool
    covers: list[str]
    files: dict[str, _Hash]
    runs: dict[str, _Hash]
    reports: dict[str, _Hash]
    signature: WrittenSignature | None


@dataclass(frozen=True, slots=True)
class FileManifest(SignedDocument):
    """`covers` names files, and folders with all that is in them: `files` holds the hash of each by
    its path. `runs` holds a digest for each run folder, `reports` a hash for each file that can be
    made again. `complete` says whether all was done that was to be done."""

    sealed: str
    complete: bool
    covers: tuple[str, ...]
    files: Mapping[str, str]
    runs: Mapping[str, str]
    reports: Mapping[str, str]

    @classmethod
    def from_text(cls, text: bytes | str) -> FileManifest:
        """Raises ValueError, which names the field, where the text is not a manifest."""
        file = written(_File, text)
        return cls(
            sealed=file.sealed,
            complete=file.complete,
            covers=tuple(file.covers),
            files=file.files,
            runs=file.runs,
            reports=file.reports,
            signature=Signature.of(file.signature),
        )
