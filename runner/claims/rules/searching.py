"""C9, C13, C16: which calls search, and how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from runner.claims.evidence import Evidence
from runner.claims.rules.costs import (
    LINEAR,
    STEADY,
    TRANSPORTS,
    Costs,
    costs,
    plot,
    ready_costs,
    ready_growth,
    ready_shown,
    table,
    watched_with_ready,
)
from runner.claims.rules.sharing import Sharing, sharing
from runner.claims.ruling import Ruling, Standing, holding

STEEP = 1.5
"""An exponent whose whole interval lies above this is not linear any more."""

SMALL_PART = 0.1
"""Below a tenth of the cost, the application's search is not what makes a call slow."""


def c9_select_searches(evidence: Evidence) -> Ruling:
    standing, figure, because, met = _searches([costs(evidence, "select", t) for t in TRANSPORTS])
    return replace(_ruling(evidence, standing, figure, because), met=(met,))


def c13_poll_searches_and_is_not_thread_safe(evidence: Evidence) -> Ruling:
    search, figure, because, found = _searches([costs(evidence, "poll", t) for t in TRANSPORTS])
    threads: Sharing = sharing(evidence, "poll")
    standing = _worse(search, threads.standing)
    figure += f"; {threads.figure}"
    because += f" With threads: {threads.because}"
    ruled = _ruling(evidence, standing, figure, because)
    met: tuple[int, ...] = (0,)
    if standing is Standing.REFUTED:
        met = holding(search is standing, threads.standing is standing)
    elif standing is Standing.NUANCED:
        own = search is standing
        met = holding(own and found == 0, own and found == 1, threads.standing is standing)
    return replace(ruled, tables=(*ruled.tables, threads.table), met=met)


def c16_epoll_is_constant(evidence: Evidence) -> Ruling:
    """O(1) in the number watched is judged by b of a + b·N, what one more watched descriptor adds;
    O(1) in the number ready by the same law over R, what one more ready descriptor adds."""
    both = [costs(evidence, "epoll", t) for t in TRANSPORTS]
    growths = [one.growth() for one in both]
    ready = ready_costs(evidence, "epoll")
    by_ready = ready_growth(evidence)
    highest = max(growth.factor.high for growth in growths)
    lowest = min(growth.factor.low for growth in growths)
    none = all(growth.each.low <= 0 <= growth.each.high for growth in growths)
    added = " and ".join(
        f"{g.each.text(4)} ns ({c.transport})" for g, c in zip(growths, both, strict=True)
    )
    figure = (
        f"×{growths[1].factor.text()} from {min(both[1].kernel)} to {both[1].most} watched; "
        f"×{by_ready.factor.text(0)} from {min(ready)} to {max(ready)} ready"
    )
    constant = f"One more watched descriptor adds {added} to a call: " + (
        "not distinguishable from 0." if none else "almost nothing."
    )
    met = (0,)
    if highest < STEADY and by_ready.factor.high < STEADY:
        standing, because = (
            Standing.SUPPORTED,
            f"{constant} Nor does the number ready change the cost.",
        )
    elif highest < STEADY < by_ready.factor.low:
        standing = Standing.NUANCED
        because = (
            f"{constant} But each ready one adds {by_ready.each.text(0)} ns: the call is O(1) in "
            f"the number watched and O(ready) in the number ready. {_against_poll(evidence, ready)}"
        )
    elif lowest > LINEAR[0] * both[0].most / min(both[0].kernel) / 10:
        standing, because = (
            Standing.REFUTED,
            f"The cost grows with the number watched: {added} each.",
        )
    elif lowest > STEADY:
        standing = Standing.NUANCED
        because = f"The cost is not constant, though far from linear: {added} for each one watched."
        met = (1,)
    else:
        standing = Standing.INCONCLUSIVE
        because = "The interval holds both a constant cost and a growing one; more repeats decide."
    ruled = _ruling(evidence, standing, figure, because)
    table, plot = ready_shown(evidence)
    return replace(ruled, tables=(*ruled.tables, table), plots=(*ruled.plots, plot), met=met)


def _against_poll(evidence: Evidence, epoll: Mapping[int, Sequence[float]]) -> str:
    """From how many ready on a call of epoll costs more than one of poll."""
    poll, watched = ready_costs(evidence, "poll"), watched_with_ready(evidence)
    costlier = [n for n in epoll if n in poll and median(epoll[n]) > median(poll[n])]
    if not costlier:
        return f"With up to {max(epoll)} of {watched} ready it costs less than poll's call."
    n = min(costlier)
    times = median(epoll[n]) / median(poll[n])
    return (
        f"With {n} of {watched} ready it costs {times:.1f} times as much as poll's call, which "
        "examines all of them in any case."
    )


def _searches(both: list[Costs]) -> tuple[Standing, str, str, int]:
    """Linear is judged by the exponent's interval, of the whole call and of the search alone. Last
    is which condition of a NUANCED verdict is met."""
    call = both[0].call
    wholes = [one.growth().exponent for one in both]
    searches = [one.growth("user").exponent for one in both]
    share = max(one.user_share() for one in both)
    figure = f"k = {wholes[1].text()}; the application's part {share:.1%}"
    if any(one.growth(part).factor.high < STEADY for one in both for part in ("whole", "user")):
        because = f"The cost of {call} does not grow with the number watched."
        return Standing.REFUTED, figure, because, 0
    if min(k.low for k in wholes) > STEEP:
        because = f"The cost of {call} grows faster than linearly by far."
        return Standing.NUANCED, figure, because, 1
    if min(k.low for k in wholes) < LINEAR[0] or min(k.low for k in searches) < LINEAR[0] / 2:
        because = (
            "The exponent's interval is too wide to call the growth linear; more repeats decide."
        )
        return Standing.INCONCLUSIVE, figure, because, 0
    grows = "somewhat faster than" if min(k.low for k in wholes) > 1 else "as"
    linear = f"The cost of a call grows {grows} the number watched ({_for_each(both[-1])})."
    if share < SMALL_PART:
        because = (
            f"{linear} But the search that costs is the kernel's: the application's own, through "
            f"the answer, is linear too and makes {share:.1%} of the time."
        )
        return Standing.NUANCED, figure, because, 0
    return Standing.SUPPORTED, figure, f"{linear} {share:.0%} of it is the application's search.", 0


def _for_each(one: Costs) -> str:
    """What one watched descriptor costs where few are and where most are: equal, were it linear."""
    sizes = sorted(one.whole)
    each = {n: median(one.whole[n]) / n for n in (sizes[len(sizes) // 3], sizes[-1])}
    return " and ".join(f"{ns:.0f} ns each at N={n}" for n, ns in each.items())


def _worse(one: Standing, other: Standing) -> Standing:
    order = (
        Standing.NO_EVIDENCE,
        Standing.SKIP,
        Standing.INCONCLUSIVE,
        Standing.REFUTED,
        Standing.NUANCED,
        Standing.SUPPORTED,
    )
    return min(one, other, key=order.index)


def _ruling(evidence: Evidence, standing: Standing, figure: str, because: str) -> Ruling:
    repeats = len(evidence.trials(probe="monitoring"))
    confidence = f"99% bootstrap intervals, {repeats} repeats"
    plots = tuple(plot(evidence, transport) for transport in TRANSPORTS)
    return Ruling(standing, figure, confidence, because, (table(evidence),), plots)
