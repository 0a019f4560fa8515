"""What a trial with a load from other hosts has beside any other: clocks, network, floor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Floor:
    """What a null server, the least that a server can do, answered between the same hosts before
    the trial: the time of one request on one connection, and the rate of a closed loop on as many
    connections as the trial has."""

    round_trip_ns: int = 0
    rate: float = 0.0
    connections: int = 0
    payload: int = 0


@dataclass(frozen=True, slots=True)
class LoadHost:
    """A host that sent a share of the load. Its clock was compared with that of the server's host
    by round trips before and after the load: it was ahead by something between `ahead_least_ns` and
    `ahead_most_ns`; `round_trip_ns` is the shortest of these. `began_ns` and `ended_ns` are its
    window on the clock of the server's host, counted from the start that was agreed. `dropped` and
    `retransmits` are those of its network under load, `cpus` where its load generators ran."""

    name: str
    address: str
    ahead_least_ns: int = 0
    ahead_most_ns: int = 0
    round_trip_ns: int = 0
    began_ns: int = 0
    ended_ns: int = 0
    dropped: int = 0
    retransmits: int = 0
    cpus: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Apart:
    """`address` is that of the server, as the load hosts saw it. `skew_ns`: between the first and
    the last begin of a window. `overlap`: the share of the window in which all load hosts
    measured, at worst by what is known of their clocks. `dropped`, `retransmits` and `needless`
    (which the other end had already) are those of the server's host under load."""

    address: str
    hosts: tuple[LoadHost, ...] = ()
    skew_ns: int = 0
    overlap: float = 0.0
    dropped: int = 0
    retransmits: int = 0
    needless: int = 0
    floor: Floor | None = None
