"""Beliefs about cost: ratios with intervals, as the run judges them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from runner.claims.claim import Rule
from runner.claims.evidence import Evidence
from runner.claims.rules.papers import widest
from runner.claims.ruling import NotShownError, Ruling, Standing
from runner.plural import number_of
from runner.records.outcome import Outcome
from runner.stats.interval import FEWEST, Interval

BETTER = 0.9
"""A ratio of costs: less than this is a difference that a user notices."""

EQUAL = 0.75
"""A rate of poll in epoll's: rates of a default run are not known more exactly."""

FEWER = 0.9
"""System calls per request, against another server's: as many times are fewer."""

MODELS = "models"
"""The experiment that measures all models in turns."""

STACK = 8 << 20
"""Bytes: the usual limit of a thread's stack, which is address space."""

HIDDEN = 2.0
"""Times the latency from sending: so much more from the due moment is a stall that a closed loop
does not show."""


def cheaper(over: str, under: str, *within: str) -> Rule:
    """The belief that server `over` needs less CPU time per request than server `under`: by the
    first of the experiments `within` that was run, because which of several pairs of cells counts
    is chosen before they are measured."""

    def rule(evidence: Evidence) -> Ruling:
        sides = _pair(evidence, "cpu_per_request", over, under, "c", *within)
        cost = _ratio(evidence, "cpu_per_request", *sides)
        low, high = _bounds(cost)
        figure = f"CPU time per request, {over} ÷ {under}: {_text(cost)}"
        if low >= BETTER:
            because = f"{over} does not save a tenth of {under}'s CPU time per request."
            return _ruled(Standing.REFUTED, figure, because)
        if high < BETTER:
            because = f"{over} needs less CPU time per request than {under}."
            return _ruled(Standing.SUPPORTED, figure, because)
        return _undecided(figure)

    return rule


def more_threads_are_faster(evidence: Evidence) -> Ruling:
    """The rate of a server with a thread per client against that of one thread for all clients."""
    sides = _pair(evidence, "rate", "thread", "epoll", "c", MODELS)
    rate = _ratio(evidence, "rate", *sides)
    low, high = _bounds(rate)
    figure = f"rate, thread ÷ epoll: {_text(rate)}"
    if high <= 1 / BETTER:
        because = "A thread per client does not raise the rate of one thread by a tenth."
        return _ruled(Standing.REFUTED, figure, because)
    if low > 1 / BETTER:
        because = "A thread per client serves more requests a second than one thread."
        return _ruled(Standing.SUPPORTED, figure, because)
    return _undecided(figure)


def epoll_always_faster(evidence: Evidence) -> Ruling:
    """The rates of poll against epoll's, without idle connections and beside the most of them."""
    alone, crowded, most = _alone_and_crowded(evidence)
    figure = f"poll's rate ÷ epoll's: {_text(alone)} alone, {_text(crowded)} beside {most:,} idle"
    equal = _bounds(alone)[0] >= EQUAL
    slower = _bounds(alone)[1] < EQUAL
    if slower and _bounds(crowded)[1] < EQUAL:
        return _ruled(Standing.SUPPORTED, figure, "epoll is faster, with and without idle clients.")
    if equal and _bounds(crowded)[0] >= EQUAL:
        return _ruled(Standing.REFUTED, figure, "epoll is not faster, even beside idle clients.")
    if equal and _bounds(crowded)[1] < EQUAL:
        because = "epoll is faster beside idle connections, and not without them."
        return _ruled(Standing.NUANCED, figure, because)
    return _undecided(figure)


def fewer_calls_are_faster(evidence: Evidence) -> Ruling:
    """Epoll with each other server in the same language: of each pair the one that makes fewer
    system calls for a request, and its CPU time per request against the other's. Pairs of all
    servers would be eighty, and eight repeats decide none of so many together."""
    pairs = _pairs_with_fewer(evidence)
    against: list[tuple[float, str]] = []
    supported = 0
    for few, many, counts, sides in pairs:
        try:
            low, high = _bounds(_ratio(evidence, "cpu_per_request", *sides, among=len(pairs)))
        except NotShownError:
            continue
        supported += high < 1
        if low > 1:
            more = f"at least ×{low:.2f} of its CPU time"
            against.append((low, f"{few} makes {counts} of {many}, and takes {more}"))
    if not pairs:
        reason = "no servers with other numbers of calls were measured four times; use --full"
        raise NotShownError(Standing.INCONCLUSIVE, reason)
    counted = (
        f"of {len(pairs)} pairs {supported} agree with the belief, {len(against)} contradict it"
    )
    if against:
        standing = Standing.NUANCED if supported else Standing.REFUTED
        because = "A server with fewer system calls can take more CPU time per request."
        return Ruling(
            standing, f"{max(against)[1]}; {counted}", "intervals for all pairs together", because
        )
    standing = Standing.SUPPORTED if supported == len(pairs) else Standing.INCONCLUSIVE
    return _ruled(standing, counted, f"{counted[0].upper()}{counted[1:]}.")


def a_thread_costs_its_stack(evidence: Evidence) -> Ruling:
    """Memory of a connection with a thread of its own, against the limit of a stack."""
    trials = [
        m
        for m in evidence.trials(measure="load", lab="thread", language="c")
        if "memory_per_connection" in m.metrics
    ]
    if not trials:
        reason = "memory_per_connection of thread was not measured"
        raise NotShownError(Standing.NO_EVIDENCE, reason)
    memory = [float(m.metrics["memory_per_connection"]) for m in trials]
    threads = max(float(m.metrics.get("threads", 0)) for m in trials)
    figure = (
        f"{median(memory) / 1024:,.1f} KiB [{min(memory) / 1024:,.1f}, {max(memory) / 1024:,.1f}] "
        f"of memory per connection, with {threads:,.0f} threads"
    )
    confidence = f"{number_of(len(memory), 'trial')}, least and most"
    if max(memory) < STACK / 10:
        because = "A thread uses the pages that it has touched, and not its whole stack."
        return Ruling(Standing.REFUTED, figure, confidence, because)
    if min(memory) >= STACK / 10:
        because = "A thread uses a tenth of its stack's limit or more."
        return Ruling(Standing.SUPPORTED, figure, confidence, because)
    return _undecided(figure)


def a_closed_loop_shows_the_tail(evidence: Evidence) -> Ruling:
    """In an open loop, p99 from the due moment against p99 from the moment of sending."""
    ratios: list[tuple[float, float, float]] = []
    late = False
    for m in evidence.maybe(measure="load"):
        if "p99_uncorrected" in m.metrics:
            due, sent = float(m.metrics["p99"]), float(m.metrics["p99_uncorrected"])
            ratios.append((due / sent, due, sent))
            late = late or float(m.metrics.get("unsent_share", 0)) > 0
    if not ratios:
        raise NotShownError(Standing.NO_EVIDENCE, "no valid trial of an open loop was measured")
    ratio, due, sent = max(ratios)
    figure = f"p99 {due / 1e6:,.3g} ms from the due moment, {sent / 1e6:,.3g} ms from sending"
    confidence = f"the largest ratio of {number_of(len(ratios), 'trial')}, ×{ratio:,.3g}"
    if ratio >= HIDDEN:
        because = "A closed loop does not send while the server stalls, and so hides the wait."
        return Ruling(Standing.REFUTED, figure, confidence, because)
    if not late:
        because = "The server kept up with every measured rate; a higher rate decides."
        return Ruling(Standing.INCONCLUSIVE, figure, confidence, because)
    because = "The server did not keep up, and both ways of counting agree nevertheless."
    return Ruling(Standing.SUPPORTED, figure, confidence, because)


def _alone_and_crowded(evidence: Evidence) -> tuple[Interval, Interval, int]:
    trials = _with("rate", evidence.trials(measure="load", lab=("poll", "epoll"), language="c"))
    sweep = widest(trials)
    by_idle: dict[int, tuple[list[Outcome], list[Outcome]]] = {}
    for m in trials:
        if m.cell.experiment == sweep:
            sides = by_idle.setdefault(m.record.asked.idle, ([], []))
            sides[m.cell.get("lab") == "epoll"].append(m)
    often = [n for n, sides in by_idle.items() if min(map(len, sides)) >= FEWEST]
    if 0 not in often or len(often) < 2:
        reason = "poll and epoll were not both measured four times, alone and beside idle clients"
        raise NotShownError(Standing.INCONCLUSIVE, reason)
    most = max(often)
    alone, crowded = (_ratio(evidence, "rate", *by_idle[n]) for n in (0, most))
    return alone, crowded, most


def _pair(
    evidence: Evidence, metric: str, over: str, under: str, language: str, *within: str
) -> tuple[list[Outcome], list[Outcome]]:
    """Trials of two labs without idle clients, whose cells differ in the lab alone, in the first of
    the experiments `within` that has them: of several such pairs the one that was measured most
    often."""
    pairs: dict[tuple[object, ...], tuple[list[Outcome], list[Outcome]]] = {}
    labs = (over, under)
    for m in _with(metric, evidence.trials(measure="load", lab=labs, language=language)):
        if m.record.asked.idle == 0 and m.cell.experiment in within:
            axes = tuple(value for value in m.cell.values if value[0] != "lab")
            sides = pairs.setdefault((m.cell.experiment, axes), ([], []))
            sides[m.cell.get("lab") == under].append(m)
    for experiment in within:
        own = [sides for (name, _), sides in pairs.items() if name == experiment]
        best = max(own, key=lambda sides: min(map(len, sides)), default=([], []))
        if min(map(len, best)) >= FEWEST:
            return best
    raise NotShownError(
        Standing.INCONCLUSIVE,
        f"{over} and {under} ({language}) were not measured side by side four times; use --full",
    )


def _pairs_with_fewer(
    evidence: Evidence,
) -> list[tuple[str, str, str, tuple[list[Outcome], list[Outcome]]]]:
    """Epoll with each other server that makes more or fewer system calls per request: the one with
    fewer, the other, both counts, their trials."""
    pairs = []
    for language in ("c", "python"):
        calls = _calls(evidence, language)
        if "epoll" not in calls:
            continue
        for other in calls:
            few, many = sorted((other, "epoll"), key=lambda lab: calls[lab])
            if calls[few] >= FEWER * calls[many]:
                continue
            counts = f"{calls[few]:.2g} system calls per request against {calls[many]:.2g}"
            try:
                sides = _pair(evidence, "cpu_per_request", few, many, language, MODELS)
            except NotShownError:
                continue
            pairs.append((f"{few} ({language})", many, counts, sides))
    return pairs


def _calls(evidence: Evidence, language: str) -> dict[str, float]:
    """System calls per request of each lab."""
    trials = _with("syscalls_per_request", evidence.trials(measure="calls"))
    counts: dict[str, list[float]] = {}
    for m in trials:
        if m.cell.get("language") == language:
            number = float(m.metrics["syscalls_per_request"])
            counts.setdefault(str(m.cell.get("lab")), []).append(number)
    return {lab: median(some) for lab, some in counts.items()}


def _with(metric: str, trials: Sequence[Outcome]) -> list[Outcome]:
    return [m for m in trials if metric in m.metrics]


def _ratio(
    evidence: Evidence,
    metric: str,
    over: Sequence[Outcome],
    under: Sequence[Outcome],
    among: int = 1,
) -> Interval:
    interval = evidence.ratio(metric, over, under, among)
    if interval is None or interval.low is None or interval.high is None:
        reason = f"too few common blocks for an interval of {metric}"
        raise NotShownError(Standing.INCONCLUSIVE, reason)
    return interval


def _bounds(interval: Interval) -> tuple[float, float]:
    return float(interval.low or 0), float(interval.high or 0)


def _text(interval: Interval) -> str:
    low, high = _bounds(interval)
    return f"×{interval.estimate:.3g} [{low:.3g}, {high:.3g}]"


def _ruled(standing: Standing, figure: str, because: str) -> Ruling:
    return Ruling(standing, figure, "intervals as the run judges them", because)


def _undecided(figure: str) -> Ruling:
    because = "An interval crosses its bound; more repeats decide."
    return _ruled(Standing.INCONCLUSIVE, figure, because)
