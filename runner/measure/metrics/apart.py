"""Whether a load from several hosts was one load, and whether their network was the limit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.records.apart import Apart

OVERLAP = 0.99
"""The share of the window in which every load host must measure: the sum of their rates is a rate
only of that time."""
FEWEST_LOST, LOST = 10, 0.001
"""Packets or segments: so many, and a thousandth of the requests."""
NETWORK_BOUND = 0.9
"""A server that is as fast as this share of a null server may be limited by the network."""


@dataclass(frozen=True, slots=True)
class Span:
    """A window by the clock of its host, which is ahead of the server's host by `least` to `most`.
    All in ns."""

    began: int
    ended: int
    least: int
    most: int

    @property
    def middle(self) -> int:
        return (self.least + self.most) // 2


def overlap(spans: Sequence[Span]) -> float:
    """At worst, as a share of the longest window. One host has one clock: what is not known of it
    changes nothing there."""
    longest = max(each.ended - each.began for each in spans)
    if longest <= 0:
        return 0.0
    if len({(each.least, each.most) for each in spans}) == 1:
        common = min(each.ended for each in spans) - max(each.began for each in spans)
    else:
        last = max(each.began - each.least for each in spans)
        first = min(each.ended - each.most for each in spans)
        common = first - last
    return max(0.0, common / longest)


def skew(spans: Sequence[Span]) -> int:
    """Between the first and the last begin, as far as the clocks are known."""
    begins = [each.began - each.middle for each in spans]
    return max(begins) - min(begins)


def spoiled(apart: Apart, requests: int) -> str | None:
    """Why the figures are not those of the server under one load; None where they are."""
    if apart.overlap < OVERLAP:
        unknown = max(each.ahead_most_ns - each.ahead_least_ns for each in apart.hosts)
        return (
            f"all load hosts measured during {apart.overlap:.1%} of the window ({OVERLAP:.0%} are "
            f"needed): they began {apart.skew_ns / 1e6:.1f} ms apart, and their clocks are known "
            f"to {unknown / 2e6:.1f} ms; use a longer `duration`, or measure again"
        )
    most = max(FEWEST_LOST, requests * LOST)
    sides = [("the server's host", apart.dropped)]
    sides += [(f"load host {each.name}", each.dropped) for each in apart.hosts]
    for name, dropped in sides:
        if dropped > most:
            return (
                f"the network of {name} dropped {dropped} packets under load: see `ip -s link` "
                "there, and lower `active` or the rate"
            )
    lost = apart.retransmits - apart.needless
    if lost > most:
        return (
            f"{lost} segments of the server were lost on their way and sent again: see `nstat` on "
            "both hosts, and lower `active` or the rate"
        )
    return None


def network_bound(apart: Apart, rate: float | None, *, closed: bool) -> str | None:
    """A note where the network, and no server, may have set the rate; the figure is valid."""
    floor = apart.floor
    if floor is None or rate is None or not closed or floor.rate <= 0:
        return None
    share = rate / floor.rate
    if share < NETWORK_BOUND:
        return None
    return (
        f"the rate is {share:.0%} of what a null server answered between the same hosts "
        f"({floor.rate:,.0f} requests/s): the network, the kernels or the load generators may be "
        "the limit, and the rate is a lower bound for the server"
    )
