"""Does the server serve every connection that the trial needs, before anything is measured?"""

from __future__ import annotations

from collections.abc import Sequence

from runner.engine.box import Running
from runner.measure.metrics import faults, impossible, lacking, lacks, taken
from runner.measure.said import Said
from runner.measure.server import END_SECONDS, InstrumentFault, ServerFault, require_alive
from runner.plan import Trial
from runner.records.fleet_said import Connected, FleetResult

REFUSED_SECONDS = 1.0
_SHOWN = 80


def require_all_held(trial: Trial, connected: Sequence[Connected], said: Said) -> None:
    """Raises ServerFault where the server serves fewer connections than the trial needs."""
    held = sum(event.idle + event.active for event in connected)
    needed = trial.idle + trial.active + trial.listeners + trial.stalled
    if held == needed:
        return
    require_alive(said.server, END_SECONDS)
    errors: dict[str, int] = {}
    for event in connected:
        for kind, count in event.errors.items():
            errors[kind] = errors.get(kind, 0) + count
    counted = {kind: count for kind, count in errors.items() if count}
    if "own_limit" in counted and not faults("ceiling", counted, 1):
        require_ports(connected, said.server)
        raise InstrumentFault(
            f"the load generator ran out of {lacking(lacks(connected))} ({held} of {needed} "
            "connections are open)"
        )
    said.hear(REFUSED_SECONDS)
    kinds = ", ".join(f"{kind} {count}" for kind, count in counted.items())
    hint = _sent(trial) if held == 0 and set(counted) == {"reply_timeout"} else ""
    raise ServerFault(
        f"the server held {held} of {needed} connections ({kinds}){_named(said)}"
        f"{_short_queue(connected)}{hint}"
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


def _sent(trial: Trial) -> str:
    """What the server was to answer, where no byte of an answer came."""
    if trial.measure == "stream":
        return ": the load generator sent the line STATUS on each, and no reply came"
    if trial.drive.send:
        return f": the load generator sent {trial.drive.send[:_SHOWN]!r} on each, and no reply came"
    return (
        ": the load generator sent 1 byte on each, without a newline, and got no echo; a server "
        "that reads whole lines (fgets, readline) waits for a newline that never comes, and a "
        "server that buffers its output must flush it"
    )
