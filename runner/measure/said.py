"""What a server says on stdout after READY, and what it does when it is told to end.

The contract allows REFUSED lines and nothing else. What else there is does no harm to a trial, so
it costs no marks: it is counted, and noted in the record.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from runner.engine.box import EngineError, Exit, Running, SilenceError
from runner.measure.metrics import Claim
from runner.measure.server import ServerFault, left
from runner.untrusted import Line, whole

LINES_MAX = 1000
"""Lines that are looked at in one trial. An engine keeps a few more unread, and drops the rest."""
TERM_SECONDS = 2.0
"""The contract says: at once. An interpreter on a busy machine needs a moment."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_DESCRIPTOR_MAX = 2**31 - 1
_SHOWN = 80


@dataclass(slots=True)
class Said:
    """The lines of one server, as far as they have been read."""

    server: Running
    refusals: list[Claim] = field(default_factory=list)
    others: int = 0
    first: str = ""
    _seen: int = 0

    def none_yet(self) -> None:
        """Before a client has come no limit can have been met. Raises ServerFault."""
        self.hear(0.0)
        if self.refusals:
            raise ServerFault(
                f"the server reported {self.refusals[0]} before any client came: print REFUSED "
                "only when a client is refused",
                final=True,
            )

    def hear(self, seconds: float) -> None:
        """Takes the lines that are there, and waits up to `seconds` for a refusal. Raises
        ServerFault for a REFUSED line that is none."""
        deadline = time.monotonic() + seconds
        while self._seen < LINES_MAX:
            try:
                text = self.server.read_line(0.0 if self.refusals else left(deadline))
            except SilenceError:
                return
            if text is None:
                return
            self._seen += 1
            self._take(text)

    def notes(self) -> list[str]:
        """Sentences for the record about what the contract forbids."""
        if not self.others:
            return []
        count = f"{LINES_MAX} or more" if self._seen >= LINES_MAX else str(self.others)
        note = (
            "the server printed lines on stdout after READY that docs/contract.md forbids "
            f"({count}, the first {self.first!r}); write logs to stderr"
        )
        return [note]

    def _take(self, text: str) -> None:
        line = Line.of(text)
        if line.word != "REFUSED":
            self.first = self.first or text[:_SHOWN]
            self.others += 1
            return
        limit = line.fields.get("limit", "")
        descriptor = whole(line.fields.get("fd", ""), 0, _DESCRIPTOR_MAX)
        if descriptor is None or not _NAME.fullmatch(limit):
            raise ServerFault(
                f"the server printed {text[:_SHOWN]!r}, not 'REFUSED limit=NAME fd=NUMBER'"
            )
        self.refusals.append(Claim(limit, descriptor))


def ended_badly(server: Running) -> list[str]:
    """Tells the server to end, and notes where it does so otherwise than the contract says."""
    try:
        ended = server.stop(TERM_SECONDS)
    except EngineError:
        return []  # the box is removed later, and what went wrong with the engine is met there
    if ended == Exit(0):
        return []
    if ended.signal == 9:
        how = f"ignored SIGTERM for {TERM_SECONDS:.0f} s and was killed"
    else:
        how = f"ended with {ended} on SIGTERM"
    return [f"the server {how}: docs/contract.md requires exit status 0 at once"]
