"""A server that is too slow for its windows: INVALID as a figure, and yet no secret. Pure.

Its window holds fewer replies than there were requests in flight, or its replies come in the turns
of the other server. So there is no figure of its rate, but an upper bound of it, and of the ratio.
Where even that bound misses what is expected, the verdict is FAIL; a PASS never rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.judge.cause import TooSlow
from runner.judge.ratios import Samples, paired, samples
from runner.records.outcome import Outcome, Status
from runner.spec import RatioExpectation
from runner.stats.interval import FEWEST, Interval, blocked_ratio_interval

METRIC = "rate"


def too_slow(
    expectation: RatioExpectation,
    over: Sequence[Outcome],
    under: Sequence[Outcome],
    alpha: float,
) -> tuple[Interval, TooSlow] | None:
    """The interval of the upper bound, where all of it misses the expectation. What disturbed the
    other server made that one slower, and the ratio larger: so its INVALID trials count."""
    slow = [m for m in over if m.status is Status.INVALID and m.record.rate_at_most is not None]
    if expectation.ratio != METRIC or expectation.at_least is None or not slow:
        return None
    bounds: Samples = {m.block: m.record.rate_at_most or 0.0 for m in slow}
    beside = samples(under, METRIC) | {
        m.block: float(m.metrics[METRIC])
        for m in under
        if m.status is Status.INVALID and METRIC in m.metrics
    }
    pairs = {
        block: pair
        for block, pair in paired(samples(over, METRIC) | bounds, beside).items()
        if min(pair) > 0
    }
    if len(pairs) < FEWEST:
        return None
    same_moments = all(m.record.asked.turns > 1 for m in (*over, *under))
    interval = blocked_ratio_interval(pairs, alpha, same_moments=same_moments)
    if interval.high is None or interval.high >= expectation.at_least:
        return None
    return interval, TooSlow(slow[0].reason)
