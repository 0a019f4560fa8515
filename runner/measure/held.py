"""Does the server serve every connection that the trial needs, before anything is measured?"""

from __future__ import annotations

from collections.abc import Sequence

from runner.engine.box import Running
from runner.kinds.errors import WRONG
from runner.measure.metrics import impossible, lacking, lacks, taken
from runner.measure.said import Said
from runner.measure.server import END_SECONDS, InstrumentFault, ServerFault, require_alive
from runner.records.fleet_said import Connected, FleetResult

REFUSED_SECONDS = 1.0


def require_all_held(needed: int, connected: Sequence[Connected], said: Said, hint: str) -> None:
    """Raises ServerFault where the server serves fewer connections than are `needed`; `hint` says
    what the load generator sent where no byte of an answer came."""
    held = sum(event.idle + event.active for event in connected)
    if held == needed:
        return
    require_alive(said.server, END_SECONDS)
    errors: dict[str, int] = {}
    for event in connected:
        for kind, count in event.errors.items():
            errors[kind] = errors.get(kind, 0) + count
    counted = {kind: count for kind, count in errors.items() if count}
    if "own_limit" in counted and not any(kind in counted for kind in WRONG):
        require_ports(connected, said.server)
        raise InstrumentFault(
            f"the load generator ran out of {lacking(lacks(connected))} ({held} of {needed} "
            "connections are open)"
        )
    said.hear(REFUSED_SECONDS)
    kinds = ", ".join(f"{kind} {count}" for kind, count in counted.items())
    unanswered = held == 0 and set(counted) == {"reply_timeout"}
    raise ServerFault(
        f"the server held {held} of {needed} connections ({kinds}){_named(said)}"
        f"{_short_queue(connected)}{hint if unanswered else ''}"
    )


def require_ports(events: Sequence[Connected | FleetResult], server: Running) -> None:
    """Raises ServerFault where the server's own sockets left the load generator no port."""
    found = taken(events, server.isolation)
    if found is not None:
        raise ServerFault(found)


def _short_queue(connected: Sequence[Connected]) -> str:
    """Connections that found the server's listen queue full, where the server made it so short."""
    seen = [event.listening for event in connected if event.listening]
    if not seen:
        return ""
    backlog, most = seen[0].backlog, seen[0].somaxconn or 0
    dropped = max(each.drops for each in seen)
    if dropped == 0 or backlog >= most:
        return ""
    return (
        f"; its listen queue holds {backlog}, and {dropped} connections found it full: call "
        "listen() with the environment variable BACKLOG"
    )


def _named(said: Said) -> str:
    if not said.refusals:
        return ""
    why = impossible(said.refusals[0], said.server.nofile.hard)
    return f"; it reported {said.refusals[0]}" + (f", which is impossible: {why}" if why else "")
