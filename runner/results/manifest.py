"""What a run folder held when the run ended: a hash of every file, of every line of evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1
SIZE_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class Signature:
    """`key` is the public half, `value` the signature over the rest of the manifest; both hex."""

    algorithm: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`evidence` holds a SHA-256 for every line of the files that a verdict rests on, `reports`
    one for each file that can be made again from them. `programs` are the images or binaries that
    ran, by content; `complete` says whether the whole plan was run."""

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
        """The bytes that are signed: the same whatever the order or the spacing of the file."""
        return json.dumps(self._body(), sort_keys=True, separators=(",", ":")).encode()

    def as_text(self) -> str:
        signature = asdict(self.signature) if self.signature else None
        return json.dumps({**self._body(), "signature": signature}, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Manifest:
        """Raises ValueError, KeyError or TypeError where the text is no manifest."""
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']} is not {FORMAT}")
        signature = found["signature"]
        return cls(
            run=str(found["run"]),
            sealed=str(found["sealed"]),
            complete=bool(found["complete"]),
            seed=found["seed"],
            spec_hash=str(found["spec_hash"]),
            programs={str(k): str(v) for k, v in found["programs"].items()},
            evidence={str(k): tuple(map(str, v)) for k, v in found["evidence"].items()},
            reports={str(k): str(v) for k, v in found["reports"].items()},
            signature=None if signature is None else Signature(**signature),
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
