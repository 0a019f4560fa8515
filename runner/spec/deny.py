"""A denied system call as it is written in a spec, and what to type where it cannot be denied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from runner.spec.notation import Notation
from runner.spec.problem import WrongError, shown
from runner.spec.scalar import Choice, all_different
from runner.syscalls.denial import DENIABLE, WORDS, instead, starts_no_server

_CALL = Choice("a system call", DENIABLE, f"{', '.join(WORDS)}, or a name such as poll")


@dataclass(frozen=True, slots=True)
class DeniedCall(Notation[str]):
    """The name of a system call of Linux, or one of the words for calls with certain arguments."""

    def read(self, value: object) -> str:
        if isinstance(value, str) and (other := instead(value)):
            raise WrongError(f"{shown(value)} cannot be denied alone", suggestion=f"type {other}")
        if isinstance(value, str) and starts_no_server(value):
            raise WrongError(f"no server starts without {shown(value)}", suggestion="delete it")
        return _CALL.read(value)

    def json_schema(self) -> dict[str, object]:
        return _CALL.json_schema()


MOST = 100
Denied = Annotated[
    tuple[Annotated[str, DeniedCall()], ...], AfterValidator(all_different), Field(max_length=MOST)
]
"""A list, which may be empty."""
