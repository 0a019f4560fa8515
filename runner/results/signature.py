"""A JSON document with a signature over its fields: the form of every manifest. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from runner.records.json_line import first_fault
from runner.untrusted import parsed_object

FORMAT = 1
SIZE_MAX = 16 << 20
Model = TypeVar("Model", bound=BaseModel)


class WrittenSignature(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    algorithm: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Signature:
    """`key` is the public half, `value` the signature over the rest of the manifest; both hex."""

    algorithm: str
    key: str
    value: str

    @classmethod
    def of(cls, written: WrittenSignature | None) -> Signature | None:
        return cls(**written.model_dump()) if written else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """The fields of a manifest are its document, with the signature over all others."""

    signature: Signature | None = None

    def signed_part(self) -> bytes:
        """The bytes that are signed: they do not depend on the order or the spacing of the file."""
        return json.dumps(self._body(), sort_keys=True, separators=(",", ":")).encode()

    def as_text(self) -> str:
        signature = asdict(self.signature) if self.signature else None
        return json.dumps({**self._body(), "signature": signature}, indent=1) + "\n"

    def _body(self) -> dict[str, Any]:
        body = {"format": FORMAT, **asdict(self)}
        del body["signature"]
        return body


def written(model: type[Model], text: bytes | str) -> Model:
    """The document as it was written. Raises ValueError, which names the field, where the text is
    not such a document."""
    try:
        return model.model_validate(parsed_object(text, SIZE_MAX, one_line=True), strict=True)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
