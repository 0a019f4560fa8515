"""The system calls of each request: a stretch of a record that begins and ends while no request is
in flight, divided by its requests. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.trace.kinds import kind
from runner.trace.model import Call, Record
from runner.trace.syscall_bytes import syscall_bytes

MEMORY = ("brk", "mmap", "munmap", "mremap", "madvise")
_LEAST = 0.005
"""Calls a request: fewer are shown as 0.00, so they are not shown."""


@dataclass(frozen=True, slots=True)
class RequestCalls:
    """Calls a request, by name; `bytes_copied` is None where the kernel copies what no call shows:
    into the buffers of a ring."""

    requests: int
    calls: Mapping[str, float]
    bytes_copied: float | None

    @property
    def of_memory(self) -> float:
        return sum(self.calls.get(name, 0.0) for name in MEMORY)

    @property
    def of_locks(self) -> float:
        return sum(number for name, number in self.calls.items() if name.startswith("futex"))

    def __str__(self) -> str:
        shown = {name: round(number, 2) for name, number in self.calls.items() if number >= _LEAST}
        most = sorted(shown.items(), key=lambda each: (-each[1], each[0]))
        return ", ".join(f"{name} {number:.2f}" for name, number in most)


def request_calls(record: Record, began: int, ended: int, requests: int) -> RequestCalls:
    """The calls that returned between the two times, which are of the tracer's clock in ns: a call
    in which a thread waits for the first request counts, one that waits after the last reply does
    not."""
    calls = [
        call
        for call in record.calls
        if call.ended is not None and began <= call.started + call.took <= ended
    ]
    names = Counter(call.name for call in calls)
    return RequestCalls(
        requests=requests,
        calls={name: number / requests for name, number in sorted(names.items())},
        bytes_copied=None if "io_uring_enter" in names else _copied(calls) / requests,
    )


def _copied(calls: Sequence[Call]) -> int:
    sets = syscall_bytes(calls)
    data = sum(max(0, call.value or 0) for call in calls if kind(call) in ("read", "write"))
    return data + sum(sets.bytes_in.values()) + sum(sets.bytes_out.values())
