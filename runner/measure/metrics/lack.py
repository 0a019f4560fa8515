"""What the load generator itself ran out of, and whether the server has it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from runner.records.fleet_output import Connected, FleetResult

_WORDS = {
    "nofile": "descriptors; raise the hard limit (`ulimit -Hn`) or `fleets`",
    "ports": "ports; raise `sources`",
    "memory": "memory; use fewer connections",
    "watches": "epoll watches; raise fs.epoll.max_user_watches",
    "permission": "permission to connect, which a firewall rule of this machine refuses",
}
_SOCKETS_MOST = 14_116
"""Half of the 28,232 ports that a source address has for one server."""


def lacking(whats: Sequence[str]) -> str:
    """In words, with what to do. `whats` are the load generators' own names."""
    return next((_WORDS[each] for each in whats if each in _WORDS), "descriptors")


def lacks(events: Sequence[Connected | FleetResult]) -> tuple[str, ...]:
    """What the load generators ran out of."""
    return tuple(each.own_limit.what for each in events if each.own_limit)


def taken(events: Sequence[Connected | FleetResult], isolation: Collection[str]) -> str | None:
    """A sentence where the server's own processes hold the ports that the load generators needed;
    else None. Two sockets of each connection are the test's own; all others are the server's only
    in a network namespace of its own."""
    lacked = [each.own_limit for each in events if each.own_limit]
    if "net" not in isolation or not any(each.what == "ports" for each in lacked):
        return None
    sockets = max(each.sockets or 0 for each in lacked)
    own = 2 * sum(_alive(each) for each in events)
    if sockets - own < _SOCKETS_MOST:
        return None
    return (
        f"the server's processes hold {sockets - own:,} sockets beside its connections, and the "
        "load generator had no port left to connect from; bind only the listening socket"
    )


def _alive(event: Connected | FleetResult) -> int:
    if isinstance(event, Connected):
        return event.idle + event.active
    return event.idle_alive + event.active_alive
