"""T1, T2, T3: the tables of Kerrisk, Provos and Gammo, on this kernel."""

from __future__ import annotations

from statistics import median

from runner.claims.curves import curve, exact
from runner.claims.evidence import Evidence
from runner.claims.rules.costs import CALLS, STEADY, costs
from runner.claims.ruling import NotShownError, Plot, Ruling, Standing, Table, holding
from runner.records.facts import matching
from runner.records.outcome import Outcome
from runner.stats.growth import power
from runner.stats.interval import FEWEST, Interval

KERRISK = {
    "poll": {10: 0.61, 100: 2.9, 1000: 35.0, 10_000: 990.0},
    "select": {10: 0.73, 100: 3.0, 1000: 35.0, 10_000: 930.0},
    "epoll": {10: 0.41, 100: 0.42, 1000: 0.53, 10_000: 0.66},
}
"""CPU seconds for 100,000 monitoring operations, Linux 2.6.25: The Linux Programming Interface,
table 63-9."""

STEEP, LEVEL = 0.8, 0.5
LEAST = 1.5
"""Times its first cost: an exponent of less growth than this would be fitted to noise."""

ALIKE, COLLAPSED, UNCHANGED = 0.5, 0.5, 0.75
"""Rates: half of the best at least is `alike`; less than half of its own is a collapse."""

CROWDED = 5000
"""Idle connections that poll is looked at beside; select's fd_set holds a thousand."""


def t1_kerrisk(evidence: Evidence) -> Ruling:
    rows, curves, ours, theirs = [], [], {}, {}
    for call in CALLS:
        one = costs(evidence, call, "tcp")
        points = {n: median(samples) for n, samples in one.whole.items() if n in KERRISK[call]}
        if len(points) < 3:
            reason = f"{call} was measured at {len(points)} of Kerrisk's four sizes"
            raise NotShownError(Standing.INCONCLUSIVE, reason)
        ours[call] = power(list(points.items()))
        theirs[call] = power([(n, s) for n, s in KERRISK[call].items() if n in points])
        for whose, line, k in (
            ("here", points, ours[call]),
            ("Kerrisk", {n: KERRISK[call][n] for n in points}, theirs[call]),
        ):
            shape = {n: line[n] / line[min(line)] for n in sorted(line)}
            grows = f"{k:.2f}" if max(shape.values()) > LEAST else "flat"
            rows.append((call, whose, *(f"{times:,.2f}" for times in shape.values()), grows))
            curves.append(exact(f"{call}, {whose}", shape, printed=whose != "here"))
        sizes = sorted(points)
    head = ("call", "source", *(f"N={n}" for n in sizes), "k")
    table = Table("Cost of a call, as a multiple of its cost at N=10", head, tuple(rows))
    plot = Plot(
        "Kerrisk's table 63-9, then and here", "N watched", "cost ÷ cost at N=10", tuple(curves)
    )
    growth = costs(evidence, "epoll", "tcp").growth().factor
    flat = growth.high < 2
    here = {c: "flat" if c == "epoll" and flat else f"k {ours[c]:.2f}" for c in CALLS}
    figure = ", ".join(f"{c}: {here[c]} here, k {theirs[c]:.2f} there" for c in CALLS)
    confidence = f"{len(evidence.trials(probe='monitoring'))} repeats"
    steep = all(ours[call] >= STEEP for call in ("select", "poll")) and all(
        costs(evidence, call, "tcp").growth().factor.low > 10 for call in ("select", "poll")
    )
    if steep and flat:
        because = (
            "The shape is Kerrisk's: select and poll grow faster than the number watched, epoll "
            f"hardly or not at all (×{growth.text()} here)."
        )
        return Ruling(Standing.SUPPORTED, figure, confidence, because, (table,), (plot,))
    others = [costs(evidence, call, "tcp").growth().factor for call in ("select", "poll")]
    if any(factor.high < STEADY for factor in others) or growth.low > 10:
        because = "Other calls grow with the number watched than in Kerrisk's table."
        met = holding(any(factor.high < STEADY for factor in others), growth.low > 10)
        return Ruling(Standing.REFUTED, figure, confidence, because, (table,), (plot,), met=met)
    because = "The same calls grow, but with other exponents."
    return Ruling(Standing.NUANCED, figure, confidence, because, (table,), (plot,))


def t2_provos(evidence: Evidence) -> Ruling:
    """Time for W writes over N pairs with A active, for one write; each call at each size."""
    cells: dict[tuple[str, int, int], float] = {}
    findings = evidence.findings("monitoring", {}, case="writes")
    for call, active, watched in {
        (str(f["call"]), int(f["active"]), int(f["watched"])) for f in findings
    }:
        cells[call, active, watched] = median(_by_trial(evidence, call, active, watched))
    actives = sorted({active for _, active, _ in cells})
    sizes = sorted({watched for _, _, watched in cells})
    if len(sizes) < 2:
        raise NotShownError(Standing.INCONCLUSIVE, "the pairs were measured at one size only")
    least, most = sizes[0], sizes[-1]
    grown = {(c, a): cells[c, a, most] / cells[c, a, least] for c in CALLS for a in actives}
    rows = tuple(
        (c, str(a), *(f"{cells[c, a, n] / 1e3:,.2f}" for n in sizes), f"×{grown[c, a]:,.1f}")
        for a in actives
        for c in CALLS
    )
    head = ("call", "active", *(f"N={n}" for n in sizes), f"N={least} to {most}")
    table = Table("µs of CPU time for one write", head, rows)
    curves = tuple(
        curve(f"{c}, {a} active", {n: _by_trial(evidence, c, a, n) for n in sizes})
        for a in actives
        for c in CALLS
    )
    plot = Plot(
        "libevent's benchmark: one write among N pairs",
        "N pairs",
        "CPU time of one write",
        curves,
        y_unit="ns",
    )
    few, many = actives[0], actives[-1]
    figure = (
        f"N={least} to {most}, {few} active: "
        + ", ".join(f"{c} ×{grown[c, few]:,.1f}" for c in CALLS)
        + f"; {many} active: "
        + ", ".join(f"{c} ×{grown[c, many]:,.1f}" for c in CALLS)
    )
    confidence = f"{len(evidence.trials(probe='monitoring'))} repeats"
    proportion = most / least
    searching = all(grown[c, few] >= proportion**STEEP / 2 for c in ("select", "poll"))
    steady = grown["epoll", few] <= proportion**LEVEL
    cheaper = all(grown[c, many] < grown[c, few] for c in ("select", "poll"))
    if searching and steady and cheaper:
        because = (
            "The shape is Provos's: with few active, select and poll cost by the number of pairs "
            "and epoll does not; with many active each call finds more, and the gap closes."
        )
        return Ruling(Standing.SUPPORTED, figure, confidence, because, (table,), (plot,))
    if not searching and not steady:
        because = "Other calls pay for the number of pairs than in Provos's benchmark."
        return Ruling(Standing.REFUTED, figure, confidence, because, (table,), (plot,))
    because = "epoll grows too." if searching else "select or poll grow less than they did."
    met = holding(not steady, not searching, not cheaper)
    return Ruling(Standing.NUANCED, figure, confidence, because, (table,), (plot,), met=met)


def t3_gammo(evidence: Evidence) -> Ruling:
    """Rates beside idle connections, against the same server alone and the others alone."""
    trials = [
        m
        for m in evidence.trials(measure="load", lab=CALLS, language="c")
        if "rate" in m.metrics and m.cell.get("idle") is not None
    ]
    sweep = widest(trials)
    loads: dict[tuple[str, int], list[Outcome]] = {}
    for m in trials:
        if m.cell.experiment == sweep:
            key = str(m.cell.get("lab")), m.record.asked.idle
            loads.setdefault(key, []).append(m)
    rates = {key: [float(m.metrics["rate"]) for m in some] for key, some in loads.items()}
    most = {call: _most(rates, call) for call in CALLS}
    lacking = [call for call in CALLS if not most[call] or (call, 0) not in rates]
    if lacking:
        reason = f"no sound load of {' and '.join(lacking)}, with idle connections and without"
        raise NotShownError(Standing.INCONCLUSIVE, reason)

    def held(over: tuple[str, int], under: tuple[str, int]) -> Interval:
        interval = evidence.ratio("rate", loads[over], loads[under])
        if interval is None:
            why = f"{over[0]} and {under[0]} were measured in no common block"
            raise NotShownError(Standing.INCONCLUSIVE, why)
        return interval

    kept = {c: held((c, most[c]), (c, 0)) for c in CALLS}
    alike = {c: held((c, 0), ("epoll", 0)) for c in ("select", "poll")}
    figure = (
        "rate kept: "
        + ", ".join(f"{c} {_ends(kept[c])} beside {most[c]:,}" for c in CALLS)
        + "; alone, to epoll's: "
        + ", ".join(f"{c} {_ends(alike[c])}" for c in alike)
    )
    sizes = sorted({n for _, n in rates})
    rows = tuple(
        (c, *(f"{median(rates[c, n]):,.0f}" if (c, n) in rates else "–" for n in sizes))
        for c in CALLS
    )
    table = Table("requests/s beside idle connections", ("server", *map(str, sizes)), rows)
    curves = tuple(curve(c, {n: rates[c, n] for n in sizes if (c, n) in rates}) for c in CALLS)
    plot = Plot(
        "Requests a second beside idle connections", "idle connections", "requests/s", curves
    )
    confidence = "intervals as the run judges them"
    return _gammo_ruling(kept, alike, most, figure, confidence, table, plot)


def _by_trial(evidence: Evidence, call: str, active: int, watched: int) -> list[float]:
    """ns of CPU time for one write: the median of each trial."""
    where = {"case": "writes", "call": call, "active": active, "watched": watched}
    trials = (list(matching(m, where)) for m in evidence.trials(probe="monitoring"))
    return [
        median(float(f["cpu_ns"]) / float(f["writes"]) for f in some) for some in trials if some
    ]


def _ends(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"×{interval.estimate:.3g}"
    return f"×{interval.estimate:.3g} [{interval.low:.3g}, {interval.high:.3g}]"


def _most(rates: dict[tuple[str, int], list[float]], call: str) -> int:
    """The largest crowd that was measured often enough for an interval, else the largest."""
    crowds = [(len(sample) >= FEWEST, n) for (c, n), sample in rates.items() if c == call and n]
    return max(crowds, default=(False, 0))[1]


def _gammo_ruling(
    kept: dict[str, Interval],
    alike: dict[str, Interval],
    most: dict[str, int],
    figure: str,
    confidence: str,
    table: Table,
    plot: Plot,
) -> Ruling:
    bounds = [*kept.values(), *alike.values()]
    if any(one.low is None or one.high is None for one in bounds):
        because = "Too few repeats for an interval."
        return Ruling(Standing.INCONCLUSIVE, figure, confidence, because, (table,), (plot,))
    low = {name: float(one.low or 0) for name, one in kept.items()}
    high = {name: float(one.high or 0) for name, one in kept.items()}
    steady = low["epoll"] >= UNCHANGED
    collapsed = high["poll"] < COLLAPSED
    same = all(float(one.low or 0) >= ALIKE for one in alike.values())
    if high["epoll"] < UNCHANGED or low["poll"] >= UNCHANGED:
        because = "Idle connections slow epoll down, or leave poll as it was."
        met = holding(high["epoll"] < UNCHANGED, low["poll"] >= UNCHANGED)
        return Ruling(Standing.REFUTED, figure, confidence, because, (table,), (plot,), met=met)
    if steady and collapsed and same:
        few = high["select"] >= COLLAPSED
        because = (
            "Without idle connections the three are alike; with them epoll keeps its rate and "
            "poll's collapses"
            + (f"; select's falls too, but it can hold only {most['select']}." if few
               else ", as select's does beside the few connections that it can hold.")
        )  # fmt: skip
        return Ruling(Standing.SUPPORTED, figure, confidence, because, (table,), (plot,))
    because = "The shape is there, but an interval crosses its bound; more repeats decide."
    return Ruling(Standing.INCONCLUSIVE, figure, confidence, because, (table,), (plot,))


def widest(trials: list[Outcome]) -> str:
    """The experiment that has poll beside the most idle connections."""
    best, name = -1, ""
    for m in trials:
        idle = m.record.asked.idle
        if m.cell.get("lab") == "poll" and idle > best:
            best, name = idle, m.cell.experiment
    if best < CROWDED:
        reason = (
            f"poll was loaded beside {max(best, 0)} idle connections at most, {CROWDED} are needed"
        )
        raise NotShownError(Standing.NO_EVIDENCE, reason)
    return str(name)
