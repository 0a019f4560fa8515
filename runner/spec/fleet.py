"""The load generator: the `fleet` of an experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from runner.kinds import KINDS, Kind
from runner.kinds.conformance import CASES
from runner.spec.draw import Payload, Think
from runner.spec.exchange import Exchange, Reply
from runner.spec.matrix import Case, Cell, Strict
from runner.spec.quantity import (
    Active,
    Churn,
    Connections,
    Crowd,
    Fleets,
    Hosts,
    Idle,
    PerConnection,
    Pipeline,
    Ramp,
    Rate,
    Share,
    Sources,
    Stalled,
)
from runner.spec.scalar import Choice, Many
from runner.spec.wire import escaped


def unused_keys(kind: Kind) -> list[str]:
    """The keys of a fleet that other kinds of measurement use, and this one does not."""
    every = dict.fromkeys(key for each in KINDS.values() for key in each.keys)
    return [key for key in every if key not in kind.keys]


class Fleet(Strict):
    """The load generator: its connections and requests."""

    idle: Many[Idle] = (0,)
    """Connections that are open and silent; max is all that the descriptor limit leaves."""
    active: Many[Active] = (1,)
    """Connections that send requests. Closed loop: the next request follows the reply at once."""
    payload: Many[Payload] = (64,)
    """Size of a request, which the server echoes; or uniform:LOW..HIGH, exponential:MEAN."""
    listeners: Many[Active] = (1,)
    """Connections that receive the stream and check every sample."""
    stalled: Many[Stalled] = (0,)
    """Further connections that request the stream and never read it."""
    case: Many[Case] = tuple(CASES)
    """Cases of the lab contract, each of them a trial; without this key all."""
    loop: Annotated[Literal["closed", "open"], Choice("a loop", ("closed", "open"))] = "closed"
    """closed: each connection waits for the reply before it sends the next request. open: requests
    are due at a rate, whether or not the server keeps up; latency counts from when they are due."""
    rate: Many[Rate] | None = None
    """Open loop: requests per second, the sum over all active connections."""
    arrivals: Annotated[
        Literal["constant", "poisson"], Choice("a kind of arrivals", ("constant", "poisson"))
    ] = "constant"
    """Open loop. constant: equal intervals between requests. poisson: exponential intervals."""
    pipeline: Many[Pipeline] | None = None
    """Requests in flight on each active connection, 1 by default; open loop: at most so many."""
    think: Think = 0
    """Closed loop: time from a reply to the next request, or its distribution."""
    exchange: Exchange | None = None
    """Instead of the echo: the request, and what ends a reply."""
    requests_per_connection: Many[PerConnection] | None = None
    """A connection is closed and reopened after so many requests; never by default."""
    churn: Many[Churn] | None = None
    """So many connections per second, idle and active alternately, are closed and reopened."""
    slow_readers: Many[Share] | None = None
    """Share of the active connections that send at full speed and read one byte at a time. No
    metric counts them."""
    slow_writers: Many[Share] | None = None
    """Share of the active connections that send one byte at a time (slowloris). No metric counts
    them."""
    first_crowd: Many[Crowd] | None = None
    """So many clients are served (for the warm-up, at most 50 ms) and leave before the measured
    ones connect: the state of a server that has been running for a while. 0: a fresh server."""
    ramp: Ramp = 1
    """The load grows in so many steps of equal length; the first begins with the warm-up."""
    close: Annotated[Literal["rst", "fin"], Choice("a way to close", ("rst", "fin"))] = "rst"
    """How connections are closed: rst, or an orderly fin, which leaves TIME_WAIT behind."""
    connections: Connections = 30_000
    """At most so many connections at once, whatever the limits allow."""
    fleets: Fleets = 1
    """How many processes share the connections, or with `hosts` those of one host."""
    hosts: Hosts | None = None
    """The load comes from so many other hosts of a cluster (--cluster), over their network; without
    this key from the machine of the server."""
    sources: Sources = 16
    """How many source addresses are used: each has a limited number of ports."""

    @property
    def parts(self) -> int:
        """How many load generators share the load."""
        return self.fleets * (self.hosts or 1)


@dataclass(frozen=True, slots=True)
class Drive:
    """How the active connections of one cell are driven; an option that is not used is 0. `rate` in
    requests/s, 0 for the closed loop; `payload` in bytes and `think` in ns, or distributions."""

    payload: int | str
    rate: int
    arrivals: str
    pipeline: int
    think: int | str
    requests_per_connection: int
    churn: int
    slow_readers: int
    slow_writers: int
    first_crowd: int
    ramp: int
    close: str
    send: str
    reply: str
    """As `kind:value`; empty for the echo, like `send`. Bytes are escaped as in `wire.escaped`."""


def drive_of(fleet: Fleet, cell: Cell, spoken: Exchange | None = None) -> Drive:
    """The values of this cell's axes, and the `fleet` keys that all cells share. `spoken` is what
    its server is sent where the fleet has no exchange."""
    exchange = fleet.exchange or spoken
    return Drive(
        payload=0 if exchange else cell.get("payload") or 0,
        rate=int(cell.get("rate") or 0),
        arrivals=fleet.arrivals,
        pipeline=int(cell.get("pipeline") or 1),
        think=fleet.think,
        requests_per_connection=int(cell.get("requests_per_connection") or 0),
        churn=int(cell.get("churn") or 0),
        slow_readers=int(cell.get("slow_readers") or 0),
        slow_writers=int(cell.get("slow_writers") or 0),
        first_crowd=int(cell.get("first_crowd") or 0),
        ramp=fleet.ramp,
        close=fleet.close,
        send=escaped(exchange.send) if exchange else "",
        reply=_reply(exchange.reply) if exchange else "",
    )


def _reply(reply: Reply) -> str:
    (kind,) = reply.written()
    value = getattr(reply, kind)
    if kind == "bytes":
        return f"{kind}:{value}B"
    return f"{kind}:{escaped(value) if isinstance(value, bytes) else value}"
