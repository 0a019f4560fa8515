"""What a server prints on stdout after READY, and how it ends on SIGTERM.

The contract allows REFUSED lines and nothing else. Other lines do a trial no harm, so they do not
make it fail: they are counted, and the record has a note of them.
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
"""Lines that are read in one trial. An engine keeps a few more unread, and drops the rest."""
TERM_SECONDS = 2.0
"""The contract requires that a server ends at once. An interpreter on a busy machine takes a
while."""
REST_SECONDS = 0.2
"""Between the end of a server and that of its stdout."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_DESCRIPTOR_MAX = 2**31 - 1
_SHOWN = 80


@dataclass(slots=True)
class ServerOutput:
    """The lines of one server, as far as they have been read. A server that is not `bound` by the
    contract may print and end as it likes."""

    server: Running
    bound: bool = True
    refusals: list[Claim] = field(default_factory=list)
    others: int = 0
    first: str = ""
    _count: int = 0

    def require_no_refusal(self) -> None:
        """Before a client has connected, a server can have met no limit. Raises ServerFault."""
        if not self.bound:
            return
        self.read(0.0)
        if self.refusals:
            raise ServerFault(
                f"the server reported {self.refusals[0]} before any client came: print REFUSED "
                "only when a client is refused",
                final=True,
            )

    def read(self, seconds: float) -> None:
        """Reads the lines that the server has printed, and waits up to `seconds` for a REFUSED
        line. Raises ServerFault for a REFUSED line without a limit and a descriptor."""
        if not self.bound:
            return
        deadline = time.monotonic() + seconds
        while self._count < LINES_MAX:
            try:
                text = self.server.read_line(0.0 if self.refusals else left(deadline))
            except SilenceError:
                return
            if text is None:
                return
            self._count += 1
            self._take(text)

    def read_rest(self) -> None:
        """After the server's end: what it printed since, the last line with or without a newline.
        What is no whole line was not read before."""
        if not self.bound:
            return
        while self._count < LINES_MAX:
            try:
                text = self.server.read_line(REST_SECONDS)
            except (SilenceError, EngineError):
                return
            if text is None:
                return
            self._count += 1
            if Line.of(text).word != "REFUSED":
                self._note(text)

    def notes(self) -> list[str]:
        """Sentences for the record about lines that the contract forbids."""
        if not self.others:
            return []
        count = f"{LINES_MAX} or more" if self._count >= LINES_MAX else str(self.others)
        first = f"the first {self.first!r}" if self.first else "no character of them visible"
        note = (
            "the server printed lines on stdout after READY that docs/contract.md forbids "
            f"({count}, {first}); write logs to stderr"
        )
        return [note]

    def _take(self, text: str) -> None:
        line = Line.of(text)
        if line.word != "REFUSED":
            self._note(text)
            return
        limit = line.fields.get("limit", "")
        descriptor = whole(line.fields.get("fd", ""), 0, _DESCRIPTOR_MAX)
        if descriptor is None or not _NAME.fullmatch(limit):
            raise ServerFault(
                f"the server printed {text[:_SHOWN]!r}, not 'REFUSED limit=NAME fd=NUMBER'"
            )
        self.refusals.append(Claim(limit, descriptor))

    def _note(self, text: str) -> None:
        self.first = self.first or text.strip()[:_SHOWN]
        self.others += 1


def ended_badly(server: Running) -> list[str]:
    """Sends SIGTERM to the server; the notes say where it ends otherwise than the contract
    requires."""
    try:
        ended = server.stop(TERM_SECONDS)
    except EngineError:
        return []  # the box is removed later; an engine that failed here fails there too
    if ended == Exit(0):
        return []
    if ended.signal == 9:
        how = f"ignored SIGTERM for {TERM_SECONDS:.0f} s and was killed"
    else:
        how = f"ended with {ended} on SIGTERM"
    return [f"the server {how}: docs/contract.md requires exit status 0 at once"]
