"""Who connects, and what it does then: the `fleet` of an experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from runner.spec.draw import Payload, Think
from runner.spec.exchange import Exchange, Reply
from runner.spec.matrix import Cell, Strict
from runner.spec.metrics import Measure
from runner.spec.quantity import (
    Active,
    Churn,
    Connections,
    Fleets,
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

FLEET_AXES: dict[Measure, tuple[str, ...]] = {
    "load": (
        "idle",
        "active",
        "payload",
        "rate",
        "pipeline",
        "requests_per_connection",
        "churn",
        "slow_readers",
        "slow_writers",
    ),
    "ceiling": (),
    "stream": ("listeners", "stalled"),
    "probe": (),
    "trace": ("idle",),
}
"""What a fleet is told, by what is measured: axes of the matrix after the server's own. Those
that are None were not written, and are none."""

FLEET_KEYS: dict[Measure, tuple[str, ...]] = {
    **FLEET_AXES,
    "load": (*FLEET_AXES["load"], "loop", "arrivals", "think", "exchange", "close", "ramp"),
    "ceiling": ("exchange",),
}
"""Every key that only some measurements know, by measurement."""


class Fleet(Strict):
    """Who connects: the load generator."""

    idle: Many[Idle] = (0,)
    """Connections that are open and silent; max is all that the descriptor limit leaves."""
    active: Many[Active] = (1,)
    """Connections that are driven: closed loop, they ask as soon as they are answered."""
    payload: Many[Payload] = (64,)
    """The size of a request, which the server echoes; or uniform:LOW..HIGH, exponential:MEAN."""
    listeners: Many[Active] = (1,)
    """Connections that play the stream and check every sample."""
    stalled: Many[Stalled] = (0,)
    """Further connections that ask for the stream and never read it."""
    loop: Annotated[Literal["closed", "open"], Choice("a loop", ("closed", "open"))] = "closed"
    """closed: each connection waits for its answer before it asks again. open: requests come at a
    rate, whether or not the server keeps up, and their latency counts from when they were due."""
    rate: Many[Rate] | None = None
    """Open loop: requests a second, on all active connections together."""
    arrivals: Annotated[
        Literal["constant", "poisson"], Choice("a kind of arrivals", ("constant", "poisson"))
    ] = "constant"
    """Open loop, constant: always the same distance between two requests. poisson: at random."""
    pipeline: Many[Pipeline] | None = None
    """Requests in flight on each active connection, 1 without it; open loop: at most so many."""
    think: Think = 0
    """Closed loop: the time from an answer to the next request, or its distribution."""
    exchange: Exchange | None = None
    """In place of the echo: what is sent, and what ends a reply."""
    requests_per_connection: Many[PerConnection] | None = None
    """After so many requests a connection is closed and opened anew; without it, never."""
    churn: Many[Churn] | None = None
    """So many connections a second, idle and active in turn, are closed and opened anew."""
    slow_readers: Many[Share] | None = None
    """Of the active ones: they ask and ask and read a byte at a time; they are in no figure."""
    slow_writers: Many[Share] | None = None
    """Of the active ones: they send a byte at a time (slow-loris); they are in no figure."""
    ramp: Ramp = 1
    """So many steps in which the load grows, each as long; the first is there from the warm-up."""
    close: Annotated[Literal["rst", "fin"], Choice("a way to close", ("rst", "fin"))] = "rst"
    """How connections are closed: fin takes leave, and leaves TIME_WAIT behind."""
    connections: Connections = 30_000
    """Never more connections than this at once, whatever the limits allow."""
    fleets: Fleets = 1
    """How many processes share the connections."""
    sources: Sources = 16
    """From how many addresses the fleet connects: each has only so many ports."""


@dataclass(frozen=True, slots=True)
class Drive:
    """How one cell's active connections are driven; what is not asked for is 0. `rate` in
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
    ramp: int
    close: str
    send: str
    reply: str
    """As `kind:value`; empty for the echo, like `send`. Bytes are escaped as in `wire.escaped`."""


def drive_of(fleet: Fleet, cell: Cell) -> Drive:
    """What the matrix says for this cell, and the fleet for all of them."""
    return Drive(
        payload=cell.get("payload") or 0,
        rate=int(cell.get("rate") or 0),
        arrivals=fleet.arrivals,
        pipeline=int(cell.get("pipeline") or 1),
        think=fleet.think,
        requests_per_connection=int(cell.get("requests_per_connection") or 0),
        churn=int(cell.get("churn") or 0),
        slow_readers=int(cell.get("slow_readers") or 0),
        slow_writers=int(cell.get("slow_writers") or 0),
        ramp=fleet.ramp,
        close=fleet.close,
        send=escaped(fleet.exchange.send) if fleet.exchange else "",
        reply=_reply(fleet.exchange.reply) if fleet.exchange else "",
    )


def _reply(reply: Reply) -> str:
    (kind,) = reply.written()
    value = getattr(reply, kind)
    if kind == "bytes":
        return f"{kind}:{value}B"
    return f"{kind}:{escaped(value) if isinstance(value, bytes) else value}"
