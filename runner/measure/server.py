"""What a server says on stdout, and at whose door its end is put."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from runner.engine.box import EngineError, MissingError, Running, SilenceError, Usage
from runner.plan import Trial

READY_SECONDS = 15.0
END_SECONDS = 1.0
KILLED, TERMINATED = 9, 15


class ServerFault(Exception):  # noqa: N818 - a fault is not always an error of the code
    """The server broke the contract of docs/contract.md. `obedient` when it ended as one does that
    was told to: whoever tells boxes to end may then have been the cause."""

    def __init__(self, text: str, *, obedient: bool = False) -> None:
        super().__init__(text)
        self.obedient = obedient


class InstrumentFault(Exception):  # noqa: N818
    """The fleet could not do what the trial asks: the numbers would be its own."""


def ready(server: Running) -> int:
    """The port of the READY line, the first that a server may say."""
    try:
        line = server.read_line(READY_SECONDS)
    except SilenceError:
        raise ServerFault(f"no READY line within {READY_SECONDS:.0f} s") from None
    if line is None:
        raise ServerFault(f"the server ended before READY: {last_words(server)}")
    words = line.split()
    fields = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    if words[:1] == ["MISSING"]:
        raise MissingError(*missing(line))
    if words[:1] != ["READY"] or not fields.get("port", "").isdigit():
        raise ServerFault(f"the first line was {line[:80]!r}, not 'READY port=9000 model=...'")
    return int(fields["port"])


def missing(line: str) -> tuple[str, str]:
    """What a MISSING line lacks, and its remedy."""
    what = re.search(r"what=(\S+)", line)
    return (what.group(1)[:64] if what else "a capability"), _quoted(line, "remedy")


def _quoted(line: str, key: str) -> str:
    found = re.search(rf'{key}="([^"]*)"', line)
    return found.group(1)[:200] if found else "it names no remedy"


def require_all_held(trial: Trial, connected: Sequence[Mapping[str, Any]], server: Running) -> None:
    held = sum(int(event["idle"]) + int(event["active"]) for event in connected)
    asked = trial.idle + trial.active + trial.listeners + trial.stalled
    if held == asked:
        return
    require_alive(server)
    errors: dict[str, int] = {}
    for event in connected:
        for kind, count in event["errors"].items():
            errors[kind] = errors.get(kind, 0) + int(count)
    if errors.get("own_limit"):
        raise InstrumentFault(f"the fleet itself ran out of descriptors: {errors}")
    limits = named_limits(server, seconds=1.0)
    kinds = ", ".join(f"{kind} {count}" for kind, count in errors.items() if count)
    named = f", it says limit={limits[0][0]} fd={limits[0][1]}" if limits else ""
    raise ServerFault(f"the server held {held} of {asked} connections ({kinds}){named}")


def refusals(
    server: Running, trial: Trial, results: Sequence[Mapping[str, Any]]
) -> list[tuple[str, int]]:
    """The limits that the server named on stdout. Where a fleet was refused the line is under
    way, so it is waited for; otherwise only what is there already is taken."""
    refused = trial.measure == "ceiling" and any(
        result.get("stopped_by") not in ("cap", "own_limit") for result in results
    )
    return named_limits(server, seconds=2.0 if refused else 0.0)


def named_limits(server: Running, seconds: float) -> list[tuple[str, int]]:
    limits: list[tuple[str, int]] = []
    while True:
        try:
            line = server.read_line(0.0 if limits else seconds)
        except SilenceError:
            return limits
        if line is None:
            return limits
        fields = dict(word.split("=", 1) for word in line.split()[1:] if "=" in word)
        if line.startswith("REFUSED ") and fields.get("fd", "").isdigit():
            limits.append((fields.get("limit", "?")[:32], int(fields["fd"])))


def require_alive(server: Running, seconds: float = 0.0) -> None:
    """Raises ServerFault when the server is gone of itself, EngineError when it was killed from
    outside: a program that ends by itself does not end by SIGKILL."""
    ended = server.exited(seconds)
    if ended is None:
        return
    if ended.signal == KILLED and not ended.oom:
        raise EngineError("the server was killed from outside (signal 9)")
    obedient = ended.code == 0 or ended.signal == TERMINATED
    raise ServerFault(f"the server died in mid-trial, {ended}: {_tail(server)}", obedient=obedient)


def usage(server: Running, *, memory: bool = True) -> Usage:
    """Where it has gone, its end is under way, and says at whose door that is put."""
    try:
        return server.usage(memory=memory)
    except EngineError:
        require_alive(server, END_SECONDS)
        raise


def last_words(box: Running) -> str:
    ended = box.exited(1.0)
    return f"{ended or 'still running, stdout closed'}: {_tail(box)}"


def _tail(box: Running) -> str:
    lines = box.stderr().strip().splitlines()
    return " | ".join(lines[-3:]) or "nothing on stderr"
