"""C2, C3, C5: whether clients wait for each other, and CPU use meanwhile; by probe `neighbours`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from runner.claims.curves import curve
from runner.claims.evidence import Evidence, values
from runner.claims.ruling import NotShownError, Plot, Ruling, Standing, Table, holding
from runner.records.facts import matching
from runner.records.outcome import Outcome
from runner.records.usage import Usage
from runner.stats.growth import slope
from runner.stats.law import Range

MULTIPLEXING = ("select", "poll", "epoll")
WAITS = 0.8
"""Share of A's thinking time: if B waits at least so long, it waits for A."""

FREE = 0.1
"""Share of A's thinking time: if B waits at most so long, it does not wait for A."""

BURNING, RESTING = 0.3, 0.1
"""CPUs used while all clients are silent: a server that uses a third of one does not block, even on
a shared CPU; one that uses less than a tenth does."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One lab: B's waiting time against A's thinking time, CPUs used while all clients were silent,
    and whether B is served beside an A that does not read."""

    lab: str
    waits: Range
    points: Mapping[int, Sequence[float]]
    """B's waiting time by A's thinking time, both in ns: the median of each trial."""
    idle_cpu: float
    threads: int
    processes: int
    served_beside_stalled: tuple[int, int]
    stalled_ns: float


def neighbours(evidence: Evidence, **axes: object) -> dict[str, Neighbour]:
    """By lab; `axes` narrow it down. Raises NotShownError where the probe never ran."""
    by_lab = {}
    for lab in evidence.labs(probe="neighbours", **axes):
        trials = evidence.trials(**{"probe": "neighbours", **axes, "lab": lab})
        thought = [f for m in trials for f in matching(m, {"case": "think"})]
        stalled = [f for m in trials for f in matching(m, {"case": "stall", "stalled": "yes"})]
        samples = [m.record.samples or {} for m in trials]
        if not thought or not stalled or not all("idle-ended" in one for one in samples):
            raise NotShownError(
                Standing.INCONCLUSIVE, f"the probe neighbours reported too little about {lab}"
            )
        pairs = [(float(f["thought_ns"]), float(f["waited_ns"])) for f in thought]
        spans = sorted({int(x) for x, _ in pairs})
        by_lab[lab] = Neighbour(
            lab=lab,
            waits=slope(pairs),
            points={x: _waits(trials, x) for x in spans},
            idle_cpu=median(_cpus(one["idle-began"], one["idle-ended"]) for one in samples),
            threads=max(one["idle-ended"].threads for one in samples),
            processes=max(one["idle-ended"].processes for one in samples),
            served_beside_stalled=(
                sum(f["answered"] == "yes" for f in stalled),
                len(stalled),
            ),
            stalled_ns=median(float(f["waited_ns"]) for f in stalled),
        )
    if not by_lab:
        evidence.trials(probe="neighbours", **axes)  # says why there is none
    return by_lab


def c2_blocking_waits_in_the_call(evidence: Evidence) -> Ruling:
    by_lab = neighbours(evidence)
    blocking = _one(by_lab, "blocking")
    figure = f"B waits {blocking.waits.text()} of A's thinking time"
    traced = evidence.maybe(measure="trace", lab="blocking")
    if traced:
        figure += f"; the server blocks in {values([m.metrics['blocks_in'] for m in traced])}"
    tries = f"99% bootstrap interval, {_tries(evidence)} tries"
    tables, plots = (table(by_lab),), (plot(by_lab),)
    if blocking.waits.low >= WAITS and blocking.idle_cpu <= RESTING:
        others = [one for one in by_lab.values() if one.waits.high <= FREE]
        because = (
            "The server blocks in its call for one client: the next client waits for as long as "
            f"the first one thinks. With {len(others)} other servers no client waits."
        )
        return Ruling(Standing.SUPPORTED, figure, tries, because, tables, plots)
    if blocking.waits.high < WAITS:
        because = "The second client does not wait for the first one's thinking."
        return Ruling(Standing.REFUTED, figure, tries, because, tables, plots)
    if blocking.waits.low >= WAITS:
        because = "The second client waits, but the server does not block meanwhile."
        return Ruling(Standing.NUANCED, figure, tries, because, tables, plots)
    because = "The interval straddles the bound; more repeats decide."
    return Ruling(Standing.INCONCLUSIVE, figure, tries, because, tables, plots)


def c3_nonblocking_asks_again_and_again(evidence: Evidence) -> Ruling:
    by_lab = neighbours(evidence)
    asking = _one(by_lab, "nonblocking")
    others = [one for name, one in by_lab.items() if name != "nonblocking"]
    most = max((one.idle_cpu for one in others), default=0.0)
    vain = [
        float(m.metrics["eagain_share"])
        for m in evidence.maybe(measure="trace", lab="nonblocking")
        if "eagain_share" in m.metrics
    ]
    figure = f"{asking.idle_cpu:.0%} of a CPU while all are silent, others {most:.0%} at most"
    if vain:
        figure += f"; {median(vain):.1%} of its reads return EAGAIN"
    tries = f"{len(by_lab)} servers, kernel's accounting"
    tables = (table(by_lab),)
    if asking.idle_cpu >= BURNING and most <= RESTING:
        because = (
            "The server polls all the time, and nearly every read returns EAGAIN; servers that "
            "block in the kernel use almost no CPU."
        )
        return Ruling(Standing.SUPPORTED, figure, tries, because, tables)
    if asking.idle_cpu <= RESTING:
        because = "The server uses little CPU while all clients are silent."
        return Ruling(Standing.REFUTED, figure, tries, because, tables)
    because = "The server uses CPU while idle, but so does another, or it is no whole CPU."
    met = holding(most > RESTING, asking.idle_cpu < BURNING)
    return Ruling(Standing.NUANCED, figure, tries, because, tables, met=met)


def c5_multiplexing_serves_many_at_once(evidence: Evidence) -> Ruling:
    by_lab = neighbours(evidence)
    many = [_one(by_lab, lab) for lab in MULTIPLEXING]
    slowest = max(many, key=lambda one: one.waits.high)
    figure = f"B waits {slowest.waits.text(3)} of A's thinking time ({slowest.lab})"
    if "blocking" in by_lab:
        figure += f"; blocking {by_lab['blocking'].waits.text()}"
    tries = f"99% bootstrap interval, {_tries(evidence)} tries"
    tables, plots = (table(by_lab),), (plot(by_lab),)
    alone = all(one.threads == 1 and one.processes == 1 for one in many)
    asleep = all(one.idle_cpu <= RESTING for one in many)
    if slowest.waits.high <= FREE and alone and asleep:
        because = (
            "One thread, blocked while all clients are silent, answers each client no matter how "
            "long the others think."
        )
        return Ruling(Standing.SUPPORTED, figure, tries, because, tables, plots)
    if min(one.waits.low for one in many) > FREE:
        because = "A client that thinks keeps the others waiting."
        return Ruling(Standing.REFUTED, figure, tries, because, tables, plots)
    if slowest.waits.high <= FREE:
        because = "No client waits for another, " + (
            "but more than one thread is needed." if not alone else "but the server does not block."
        )
        met = holding(not alone, not asleep)
        return Ruling(Standing.NUANCED, figure, tries, because, tables, plots, met=met)
    because = "The interval straddles the bound; more repeats decide."
    return Ruling(Standing.INCONCLUSIVE, figure, tries, because, tables, plots)


def table(by_lab: dict[str, Neighbour]) -> Table:
    rows = tuple(
        (
            one.lab,
            one.waits.text(3),
            f"{one.idle_cpu:.1%}",
            str(one.threads),
            str(one.processes),
            f"{one.served_beside_stalled[0]}/{one.served_beside_stalled[1]}",
        )
        for one in by_lab.values()
    )
    head = (
        "server",
        "B waits, of A's thinking [99%]",
        "CPU while all are silent",
        "threads",
        "processes",
        "answers beside a client that does not read",
    )
    return Table("What one client costs the others", head, rows)


def plot(by_lab: dict[str, Neighbour]) -> Plot:
    curves = tuple(
        curve(one.lab, {x: sample for x, sample in one.points.items() if x > 0})
        for one in by_lab.values()
    )
    return Plot(
        "How long B waits while A thinks", "A thinks", "B waits", curves, x_unit="ns", y_unit="ns"
    )


def _waits(trials: Sequence[Outcome], thought: int) -> list[float]:
    """The median of each trial where A thought so long, in ns."""
    found = (
        [float(f["waited_ns"]) for f in matching(m, {"case": "think", "thought_ns": thought})]
        for m in trials
    )
    return [median(some) for some in found if some]


def _one(by_lab: dict[str, Neighbour], lab: str) -> Neighbour:
    if lab not in by_lab:
        raise NotShownError(Standing.NO_EVIDENCE, f"the probe neighbours was not run beside {lab}")
    return by_lab[lab]


def _cpus(began: Usage, ended: Usage) -> float:
    return (ended.cpu_ns - began.cpu_ns) / (ended.at_ns - began.at_ns)


def _tries(evidence: Evidence) -> int:
    return len(evidence.findings("neighbours", {}, case="think"))
