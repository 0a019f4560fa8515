"""Checks the limit that a server reports in its REFUSED lines against what was measured. Pure."""

from __future__ import annotations

from dataclasses import dataclass

FD_SETSIZE = 1024
UNKNOWN = "unknown"
"""The `limit` of a server whose REFUSED line contradicts what was measured."""
_BY_NUMBER = ("EMFILE", "FD_SETSIZE")
"""Limits on the number of descriptors: such a claim can be checked by counting."""
_SPARE = 64
"""Descriptors that a server may reserve for itself, and not have used when it refuses."""
_OWN = 16
"""Descriptors that a server has besides its clients', or closed before they were counted."""
_PER_CLIENT = 8
"""Open descriptors for each client that is served: its own, and those of clients that wait."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One REFUSED line: the limit's name, and the descriptor that could not be opened or used."""

    limit: str
    descriptor: int

    def __str__(self) -> str:
        return f"limit={self.limit} fd={self.descriptor}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What the runner and its load generator measured: the descriptor limit that the kernel
    granted, the connections that were served at once, whether a client was refused at all,
    processes at the end, and the most descriptors that one process had open when the clients were
    connected (0 where the engine cannot count them)."""

    granted: int
    served: int
    refused: bool
    processes: int
    open: int


def impossible(claim: Claim, granted: int) -> str | None:
    """Why no server under this descriptor limit can have met the limit it reports; None where it
    can."""
    number = claim.descriptor
    if number > granted or (number == granted and claim.limit != "EMFILE"):
        return f"with a limit of {granted} no descriptor is above {granted - 1}"
    if claim.limit == "FD_SETSIZE" and number < FD_SETSIZE:
        return f"descriptor {number} fits into a set of {FD_SETSIZE}"
    return None


def contradicted(claim: Claim, measured: Measured) -> str | None:
    """What was measured that contradicts the claim; None where nothing does."""
    number = claim.descriptor
    if not measured.refused:
        return "the load generator was never refused"
    if claim.limit == "EMFILE" and number + _SPARE < measured.granted:
        return f"descriptors end at {measured.granted}"
    if claim.limit in _BY_NUMBER and measured.served > number * max(1, measured.processes):
        return f"it served {measured.served} connections at once"
    # The kernel gives the lowest free number: below this one, all were in use.
    if 0 < measured.open < number - _OWN:
        return f"none of its processes had more than {measured.open} descriptors open"
    if _PER_CLIENT * measured.served < number - _OWN:
        return f"it served only {measured.served} connections at once"
    return None
