"""What a server says first on stdout, whether it lives, and whose fault its end is."""

from __future__ import annotations

import time

from runner.engine.box import (
    Box,
    Engine,
    EngineError,
    Exit,
    MissingError,
    Running,
    SilenceError,
)
from runner.records.usage import Usage
from runner.untrusted import Line, whole

READY_SECONDS = 15.0
END_SECONDS = 1.0
MISSING_SECONDS = 5.0
"""A program that says MISSING ends at once; an interpreter on a busy machine needs a moment."""
MISSING_STATUS = 77
KILLED, TERMINATED = 9, 15
_TOLD_TO_END = (0, 128 + KILLED, 128 + TERMINATED)
_PORTS = 65_535
_SHOWN = 80
_PIECE = 20


class ServerFault(Exception):  # noqa: N818 - a fault is not always an error of the code
    """The server broke the contract of docs/contract.md. `obedient` when it ended as a server does
    that was told to end: an engine that ends its boxes may then have been the cause. `final` when
    a repeat would meet the same fault: the trial is not run again."""

    def __init__(self, text: str, *, obedient: bool = False, final: bool = False) -> None:
        super().__init__(text)
        self.obedient = obedient
        self.final = final


class InstrumentFault(Exception):  # noqa: N818
    """The fleet could not do what the trial asks: the numbers would be its own."""


class ClaimError(MissingError):
    """A program (`role`: server or probe) says MISSING and has ended with status 77. `missing.py`
    checks what it says."""

    def __init__(self, what: str, remedy: str, role: str) -> None:
        super().__init__(what, remedy)
        self.role = role


def ready(
    server: Running, port: int, seconds: float = READY_SECONDS, most: float = READY_SECONDS
) -> int:
    """The port of the READY line, the first that a server may say: the one that PORT named."""
    seconds = min(seconds, most)
    wanted = f"READY port={port} model=NAME"
    try:
        text = server.read_line(max(0.0, seconds))
    except SilenceError:
        require_alive(server, when="before READY")
        raise ServerFault(
            f"no READY line within {seconds:.0f} s: print {wanted!r} with a newline at its end, "
            f"and flush stdout; its log: {_tail(server)}",
            final=True,
        ) from None
    if text is None:
        require_alive(server, END_SECONDS, when="before READY")
        raise ServerFault(
            f"the server closed its stdout before READY and keeps running: {_tail(server)}",
            final=True,
        )
    line = Line.of(text)
    if line.word == "MISSING":
        raise claimed(server, line, "server")
    if line.word != "READY":
        raise ServerFault(f"the first line was {text[:_SHOWN]!r}, not {wanted!r}", final=True)
    said = line.fields.get("port")
    if said is None or whole(said, 0, _PORTS) != port:
        shown = "no port" if said is None else f"port={said[:_PIECE]}"
        raise ServerFault(
            f"READY names {shown}, but the environment variable PORT is {port}: listen there, and "
            f"print {wanted!r}",
            final=True,
        )
    return port


def claimed(box: Running, line: Line, role: str) -> Exception:
    """What a MISSING line becomes: a claim to be checked where the program has ended with status
    77, else a fault of the program."""
    what = line.fields.get("what", "")[:64] or "a capability"
    ended = box.exited(MISSING_SECONDS)
    if ended == Exit(MISSING_STATUS):
        return ClaimError(what, line.fields.get("remedy") or "it gave no remedy", role)
    how = "keeps running" if ended is None else f"ended with {ended}"
    text = (
        f"the {role} reported {what} as missing and {how}: after MISSING a program exits with "
        f"status {MISSING_STATUS}"
    )
    return ServerFault(text, final=True) if role == "server" else EngineError(text)


def launch_beside(engine: Engine, box: Box, server: Running) -> Running:
    """Starts a box in the server's network namespace. A namespace that has gone with its server is
    the server's fault, and not the engine's."""
    try:
        return engine.launch(box, server)
    except EngineError:
        require_alive(server, END_SECONDS)
        raise


def require_alive(server: Running, seconds: float = 0.0, when: str = "during the trial") -> None:
    """Raises ServerFault when the server has ended by itself, EngineError when it was killed from
    outside. Where the engine cannot tell the two apart, and stays, the end is the server's
    (docs/contract.md)."""
    ended = server.exited(seconds)
    if ended is None:
        return
    if ended.outside:
        raise EngineError(f"the server was killed from outside ({ended})")
    obedient = ended.code in _TOLD_TO_END or ended.signal in (KILLED, TERMINATED)
    early = when == "before READY"
    how = "ended before READY:" if early else f"died {when},"
    raise ServerFault(f"the server {how} {ended}: {_tail(server)}", obedient=obedient, final=early)


def usage(server: Running, *, memory: bool = True) -> Usage:
    """One sample of its accounting. Where the server has gone its end is under way, and says whose
    fault that is."""
    try:
        return server.usage(memory=memory)
    except EngineError:
        require_alive(server, END_SECONDS)
        raise


def left(deadline: float) -> float:
    """Seconds until the moment of the monotonic clock, never less than 0."""
    return max(0.0, deadline - time.monotonic())


def last_words(box: Running) -> str:
    ended = box.exited(END_SECONDS)
    return f"{ended or 'still running, stdout closed'}: {_tail(box)}"


def _tail(box: Running) -> str:
    lines = box.stderr().strip().splitlines()
    return " | ".join(lines[-3:]) or "nothing on stderr"
