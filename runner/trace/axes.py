"""Two questions about a model, answered in one place: for traces, claims and docs/axes.md. Pure.

Operation: is the read complete when the notification arrives, or must the thread still copy?
Wait: is the thread blocked (POSIX, XBD 3.47) while there are no data, or does it run?
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.trace.classification import UNKNOWN

SYNCHRONOUS, ASYNCHRONOUS = "synchronous", "asynchronous"
BLOCKING, NONBLOCKING = "blocking", "non-blocking"

_OPERATION = {
    "application": SYNCHRONOUS,  # the serving thread copies, in its own call
    "splice": SYNCHRONOUS,  # the serving thread makes the call; the bytes stay in the kernel
    "helper": ASYNCHRONOUS,  # another thread has copied before the notification
    "kernel": ASYNCHRONOUS,  # no thread makes a call that copies
}
_RUNS = "nowhere"
"""The only answer to `blocks in` of a thread that is not blocked."""


@dataclass(frozen=True, slots=True)
class Field:
    """One of the four fields."""

    operation: str
    wait: str

    @property
    def text(self) -> str:
        return f"{self.operation}, {self.wait}"


FIELDS = tuple(
    Field(operation, wait)
    for operation in (SYNCHRONOUS, ASYNCHRONOUS)
    for wait in (BLOCKING, NONBLOCKING)
)


def measured(*, complete: bool, blocked: bool) -> Field:
    """By what a probe saw: no copying call remained; the thread gave up the CPU while it waited."""
    return Field(ASYNCHRONOUS if complete else SYNCHRONOUS, BLOCKING if blocked else NONBLOCKING)


def traced(copied_by: str, blocks_in: str) -> Field:
    """By what a trace saw; unknown where it could not tell."""
    wait = UNKNOWN if blocks_in == UNKNOWN else NONBLOCKING if blocks_in == _RUNS else BLOCKING
    return Field(_OPERATION.get(copied_by, UNKNOWN), wait)
