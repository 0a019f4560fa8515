"""The first line that a server prints, whether it is running, and whose fault its end is."""

from __future__ import annotations

import time
from contextlib import ExitStack
from math import inf

from runner.engine.accounting import forgets_children, stopped
from runner.engine.box import (
    Box,
    CrowdError,
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
"""A program that prints MISSING ends at once; an interpreter on a busy machine takes a while."""
MISSING_STATUS = 77
KILLED, TERMINATED = 9, 15
_ENDED_ON_SIGNAL = (0, 128 + KILLED, 128 + TERMINATED)
_PORTS = 65_535
_SHOWN = 80
_PIECE = 20


class ServerFault(Exception):  # noqa: N818 - a fault is not always an error of the code
    """The server broke the contract of docs/contract.md. `obedient` when it ended as it does on
    SIGTERM or SIGKILL: an engine that ends its boxes may then have been the cause. `final` when a
    repeat would meet the same fault: the trial is not run again."""

    def __init__(self, text: str, *, obedient: bool = False, final: bool = False) -> None:
        super().__init__(text)
        self.obedient = obedient
        self.final = final


class InstrumentFault(Exception):  # noqa: N818
    """The load generator could not do what the trial needs: the figures would be its own."""


class ClaimError(MissingError):
    """A program (`role`: server or probe) printed MISSING and ended with status 77. `missing.py`
    checks the claim."""

    def __init__(self, what: str, remedy: str, role: str) -> None:
        super().__init__(what, remedy)
        self.role = role


def ready(server: Running, port: int, seconds: float = inf, most: float | None = None) -> int:
    """The port of the READY line, which must be the server's first line: the port given by PORT.
    The server has so many `seconds` for it, but not more than `most` (None: READY_SECONDS)."""
    seconds = min(seconds, READY_SECONDS if most is None else most)
    expected = f"READY port={port} model=NAME"
    try:
        text = server.read_line(max(0.0, seconds))
    except SilenceError:
        require_alive(server, when="before READY")
        raise ServerFault(
            f"no READY line within {seconds:.0f} s: print {expected!r} with a newline at its end, "
            f"and flush stdout; its log: {tail(server)}{standing(server)}",
            final=True,
        ) from None
    if text is None:
        require_alive(server, END_SECONDS, when="before READY")
        raise ServerFault(
            f"the server closed its stdout before READY and keeps running: {tail(server)}",
            final=True,
        )
    line = Line.of(text)
    if line.word == "MISSING":
        raise claimed(server, line, "server")
    if line.word != "READY":
        raise ServerFault(f"the first line was {text[:_SHOWN]!r}, not {expected!r}", final=True)
    printed = line.fields.get("port")
    if printed is None or whole(printed, 0, _PORTS) != port:
        shown = "no port" if printed is None else f"port={printed[:_PIECE]}"
        raise ServerFault(
            f"READY names {shown}, but the environment variable PORT is {port}: listen there, and "
            f"print {expected!r}",
            final=True,
        )
    return port


def claimed(box: Running, line: Line, role: str) -> Exception:
    """A MISSING line is a claim to be checked where the program has ended with status 77, else a
    fault of the program."""
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


def launch(boxes: ExitStack, engine: Engine, box: Box, beside: Running | None = None) -> Running:
    """The box, which `boxes` removes at the end; with `beside` it is in that server's network
    namespace. Where the server has ended there is no such namespace: that is the server's
    fault and not the engine's."""
    try:
        running = engine.launch(box, beside)
    except EngineError:
        if beside is not None:
            require_alive(beside, END_SECONDS)
        raise
    boxes.callback(running.remove)
    return running


def require_alive(server: Running, seconds: float = 0.0, when: str = "during the trial") -> None:
    """Raises ServerFault when the server has ended by itself, EngineError when it was killed from
    outside. Where an engine that keeps running cannot distinguish the two, the end counts as the
    server's (docs/contract.md)."""
    ended = server.exited(seconds)
    if ended is None:
        return
    if ended.outside:
        raise EngineError(f"the server was killed from outside ({ended})")
    obedient = ended.code in _ENDED_ON_SIGNAL or ended.signal in (KILLED, TERMINATED)
    early = when == "before READY"
    how = "ended before READY:" if early else f"died {when},"
    raise ServerFault(f"the server {how} {ended}: {tail(server)}", obedient=obedient, final=early)


def standing(server: Running) -> str:
    """A clause on a server that does not run because a signal has stopped it, for the reason of a
    missing answer. The kernel does not record its sender."""
    halted = stopped(server.pid) if server.pid else None
    if halted is None:
        return ""
    return (
        f"; its process {halted} is stopped (state T of proc(5)): by SIGSTOP or the like, from "
        "itself or from another program"
    )


def unaccounted(server: Running) -> str:
    """A clause on a server whose own children may be the other programs that disturbed it."""
    forgets = forgets_children(server.pid) if server.pid else None
    if forgets is None:
        return ""
    return (
        f"; the server's process {forgets} ignores SIGCHLD, so the CPU time of its ended children "
        "counts as that of other programs: let it reap them with waitpid"
    )


def usage(server: Running, *, memory: bool = True) -> Usage:
    """One sample of the server's accounting. Where the server has gone, its exit status, which may
    come a moment later, says whose fault that is."""
    try:
        return server.usage(memory=memory)
    except CrowdError as error:
        raise ServerFault(f"it starts too many processes: {error}", final=True) from error
    except EngineError:
        require_alive(server, END_SECONDS)
        raise


def left(deadline: float) -> float:
    """Seconds until the moment of the monotonic clock, never less than 0."""
    return max(0.0, deadline - time.monotonic())


def last_words(box: Running) -> str:
    ended = box.exited(END_SECONDS)
    return f"{ended or 'still running, stdout closed'}: {tail(box)}"


def tail(box: Running) -> str:
    lines = box.stderr().strip().splitlines()
    return " | ".join(lines[-3:]) or "nothing on stderr"
