"""What a run folder held when the run ended: a hash of every file and every line of evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.records.json_line import first_fault
from runner.results.reading import EvidenceName, ReportName
from runner.untrusted import parsed_object

FORMAT = 1
SIZE_MAX = 16 << 20

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class WrittenSignature(BaseModel):
    model_config = ConfigDict(extra="forbid")

    algorithm: str
    key: str
    value: str


class _File(BaseModel):
    """`manifest.json` as it is written. It can name only the files of a run folder."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    run: str
    sealed: str
    complete: bool
    seed: int | None
    spec_hash: str
    programs: dict[str, str]
    evidence: dict[EvidenceName, list[_Hash]]
    reports: dict[ReportName, _Hash]
    signature: WrittenSignature | None


@dataclass(frozen=True, slots=True)
class Signature:
    """`key` is the public half, `value` the signature over the rest of the manifest; both hex."""

    algorithm: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`evidence` holds a SHA-256 for every line of the files that verdicts are computed from,
    `reports` one for each file that can be made again from them. `programs` are the images or
    binaries that ran, with a hash of their content; `complete` says whether the whole plan was
    run."""

    run: str
    sealed: str
    complete: bool
    seed: int | None
    spec_hash: str
    programs: Mapping[str, str]
    evidence: Mapping[str, tuple[str, ...]]
    reports: Mapping[str, str]
    signature: Signature | None = None

    def signed_part(self) -> bytes:
        """The bytes that are signed: they do not depend on the order or the spacing of the file."""
        return json.dumps(self._body(), sort_keys=True, separators=(",", ":")).encode()

    def as_text(self) -> str:
        signature = asdict(self.signature) if self.signature else None
        return json.dumps({**self._body(), "signature": signature}, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: bytes | str) -> Manifest:
        """Raises ValueError, which names the field, where the text is not a manifest."""
        try:
            file = _File.model_validate(parsed_object(text, SIZE_MAX, one_line=True), strict=True)
        except ValidationError as error:
            raise ValueError(first_fault(error)) from None
        signature = file.signature
        return cls(
            run=file.run,
            sealed=file.sealed,
            complete=file.complete,
            seed=file.seed,
            spec_hash=file.spec_hash,
            programs=file.programs,
            evidence={name: tuple(lines) for name, lines in file.evidence.items()},
            reports={str(name): value for name, value in file.reports.items()},
            signature=Signature(**signature.model_dump()) if signature else None,
        )

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "run": self.run,
            "sealed": self.sealed,
            "complete": self.complete,
            "seed": self.seed,
            "spec_hash": self.spec_hash,
            "programs": dict(self.programs),
            "evidence": {name: list(lines) for name, lines in self.evidence.items()},
            "reports": dict(self.reports),
        }
