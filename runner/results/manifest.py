"""What a run folder held when the run ended: a hash of every file and every line of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.results.reading import EvidenceName, ReportName
from runner.results.signature import Signature, SignedDocument, WrittenSignature, written

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _File(BaseModel):
    """`manifest.json` as it is written. It can name only the files of a run folder."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

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
class Manifest(SignedDocument):
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

    @classmethod
    def from_text(cls, text: bytes | str) -> Manifest:
        """Raises ValueError, which names the field, where the text is not a manifest."""
        file = written(_File, text)
        return cls(
            run=file.run,
            sealed=file.sealed,
            complete=file.complete,
            seed=file.seed,
            spec_hash=file.spec_hash,
            programs=file.programs,
            evidence={name: tuple(lines) for name, lines in file.evidence.items()},
            reports={str(name): value for name, value in file.reports.items()},
            signature=Signature.of(file.signature),
        )
