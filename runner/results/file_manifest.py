"""A signed list of the files in a folder that holds more than a run: each file by its SHA-256, and
each run folder below it by a digest of its evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.records.json_line import first_fault
from runner.results.manifest import Signature, WrittenSignature
from runner.untrusted import parsed_object

FORMAT = 1
SIZE_MAX = 16 << 20

_Hash = Annotated[str, Field(pattern=r"^(link:)?[0-9a-f]{64}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    sealed: str
    complete: bool
    covers: list[str]
    files: dict[str, _Hash]
    runs: dict[str, _Hash]
    reports: dict[str, _Hash]
    signature: WrittenSignature | None


@dataclass(frozen=True, slots=True)
class FileManifest:
    """`covers` names files, and folders with all that is in them: `files` holds the hash of each by
    its path. `runs` holds a digest for each run folder, `reports` a hash for each file that can be
    made again. `complete` says whether all was done that was to be done."""

    sealed: str
    complete: bool
    covers: tuple[str, ...]
    files: Mapping[str, str]
    runs: Mapping[str, str]
    reports: Mapping[str, str]
    signature: Signature | None = None

    def signed_part(self) -> bytes:
        """The bytes that are signed: they do not depend on the order or the spacing of the file."""
        return json.dumps(self._body(), sort_keys=True, separators=(",", ":")).encode()

    def as_text(self) -> str:
        signature = asdict(self.signature) if self.signature else None
        return json.dumps({**self._body(), "signature": signature}, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: bytes | str) -> FileManifest:
        """Raises ValueError, which names the field, where the text is not a manifest."""
        try:
            file = _File.model_validate(parsed_object(text, SIZE_MAX, one_line=True), strict=True)
        except ValidationError as error:
            raise ValueError(first_fault(error)) from None
        return cls(
            sealed=file.sealed,
            complete=file.complete,
            covers=tuple(file.covers),
            files=file.files,
            runs=file.runs,
            reports=file.reports,
            signature=Signature(**file.signature.model_dump()) if file.signature else None,
        )

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "sealed": self.sealed,
            "complete": self.complete,
            "covers": list(self.covers),
            "files": dict(self.files),
            "runs": dict(self.runs),
            "reports": dict(self.reports),
        }
