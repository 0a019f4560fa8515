"""Checks before the window that the server serves every connection that the trial needs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from runner.engine.box import Running
from runner.kinds.errors import WRONG
from runner.measure.listening import listeners
from runner.measure.metrics import impossible, lacking, lacks, taken
from runner.measure.server import (
    END_SECONDS,
    InstrumentFault,
    ServerFault,
    require_alive,
    standing,
)
from runner.measure.server_output import ServerOutput
from runner.measure.target import Target
from runner.records.fleet_output import Connected, FleetResult

REFUSED_SECONDS = 1.0


def require_all_held(
    needed: int,
    connected: Sequence[Connected],
    output: ServerOutput,
    hint: str,
    wrong: str = "",
) -> None:
    """Raises ServerFault where the server serves fewer connections than are `needed`; `hint` says
    what the load generator sent, for the case that no byte came back, and `wrong` for the case that
    no reply was right."""
    held = sum(event.idle + event.active for event in connected)
    if held == needed:
        return
    require_alive(output.server, END_SECONDS)
    errors: dict[str, int] = {}
    for event in connected:
        for kind, count in event.errors.items():
            errors[kind] = errors.get(kind, 0) + count
    counted = {kind: count for kind, count in errors.items() if count}
    if "own_limit" in counted and not any(kind in counted for kind in WRONG):
        require_ports(connected, output.server)
        raise InstrumentFault(
            f"the load generator ran out of {lacking(lacks(connected))} ({held} of {needed} "
            "connections are open)"
        )
    output.read(REFUSED_SECONDS)
    kinds = ", ".join(f"{kind} {count}" for kind, count in counted.items())
    unanswered = held == 0 and set(counted) == {"reply_timeout"}
    differs = held == 0 and any(kind in counted for kind in WRONG)
    said = hint if unanswered else wrong if differs else ""
    raise ServerFault(
        f"the server held {held} of {needed} connections ({kinds}){_named(output)}"
        f"{_short_queue(connected)}{said}{standing(output.server)}"
    )


def require_listening(
    server: Running, connected: Sequence[Connected], port: int, *, bound: bool = True
) -> None:
    """Raises ServerFault where no connection was accepted, because nothing listens at the server's
    address; with `bound` it said READY before. That is no ceiling, and no limit has a name."""
    refused = {kind for event in connected for kind, count in event.errors.items() if count}
    held = sum(event.idle + event.active for event in connected)
    if held > 0 or refused != {"connect_refused"}:
        return
    if isinstance(server, Target):
        what = f"nothing listens at {server.address}: start the server first"
        raise ServerFault(what, final=True)
    require_alive(server, END_SECONDS)
    early = "READY was printed, but" if bound else "it was ready by its `ready`, but"
    raise ServerFault(f"{early} 127.0.0.1:{port} refused every connection: {_why(server, port)}")


def _why(server: Running, port: int) -> str:
    """By the kernel's table of the server's network namespace."""
    here = []
    if server.pid:
        with suppress(OSError):
            here = [each for each in listeners(server.pid) if each.port == port]
    if any(each.reachable for each in here):
        return "the server listens there by now; print READY when listen() has returned"
    if here:
        return f"it listens on port {port}, but not on 127.0.0.1; bind 127.0.0.1 or 0.0.0.0"
    return f"nothing listens on port {port}; print READY when listen() has returned"


def require_ports(events: Sequence[Connected | FleetResult], server: Running) -> None:
    """Raises ServerFault where the server's own sockets left the load generator no port."""
    ports = taken(events, server.isolation)
    if ports is not None:
        raise ServerFault(ports)


def _short_queue(connected: Sequence[Connected]) -> str:
    """A sentence on connections that met a full listen queue, where the server chose its length."""
    queues = [event.listening for event in connected if event.listening]
    if not queues:
        return ""
    backlog, most = queues[0].backlog, queues[0].somaxconn or 0
    dropped = max(each.drops for each in queues)
    if dropped == 0 or backlog >= most:
        return ""
    return (
        f"; its listen queue holds {backlog}, and {dropped} connections arrived while it was "
        "full: call listen() with the environment variable BACKLOG"
    )


def _named(output: ServerOutput) -> str:
    if not output.refusals:
        return ""
    why = impossible(output.refusals[0], output.server.nofile.hard)
    return f"; it reported {output.refusals[0]}" + (f", which is impossible: {why}" if why else "")
