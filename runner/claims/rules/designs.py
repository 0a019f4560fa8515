"""T5: the server designs of Stevens, UNP vol. 1, ch. 30, by CPU time for a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from runner.claims.evidence import Evidence
from runner.claims.ruling import NotShownError, Ruling, Standing, Table
from runner.records.facts import matching
from runner.records.trial_record import Fact
from runner.records.usage import Usage
from runner.stats.interval import ratio_interval

NAMES = {
    "blocking": "iterative (30.4)",
    "fork": "one fork per client (30.5)",
    "prefork": "preforked, each child with a listener of its own (30.6 shares one)",
    "thread": "one thread per client (30.10)",
    "prethread": "prethreaded, each thread calls accept (30.11, without its lock)",
    "epoll": "one thread, epoll (not in the book)",
}
NEEDED = ("blocking", "fork", "prefork", "thread", "prethread")
POOLS = ("prefork", "prethread")
QUARTER = 0.25
"""The book's summary (30.13): a pool made beforehand reduces the CPU time of process control by a
factor of ten or more against one fork per client, and threads are normally faster than processes.
Process control is what a design takes more than the iterative server: a small difference of two
noisy figures, so that the bound leaves it room."""

SAME = 1.1
"""Less than a tenth apart is no difference between designs."""

EXPLAINED = 0.5
"""A difference of which at least half is gone without a part is explained by this part."""


def t5_server_designs(evidence: Evidence) -> Ruling:
    spent = {lab: each for lab in NAMES if (each := _costs(evidence, lab))}
    if not spent:
        evidence.trials(probe="connections")  # says why there is none
    needed = [lab for lab in NEEDED if lab not in spent]
    if needed:
        raise NotShownError(Standing.NO_EVIDENCE, f"not measured: {', '.join(needed)}")
    cost = {lab: median(each) for lab, each in spent.items()}
    control = {lab: max(0.0, cost[lab] - cost["blocking"]) for lab in cost}
    rows = tuple(
        (NAMES[lab], lab, f"{cost[lab] / 1e3:,.0f}", f"{control[lab] / 1e3:,.0f}") for lab in cost
    )
    head = ("design", "lab", "CPU µs a connection", "of these process control")
    tables = (Table("CPU time of server designs", head, rows),)
    figure = "CPU a connection, to iterative: " + ", ".join(
        f"{lab} ×{cost[lab] / cost['blocking']:.2f}" for lab in cost if lab != "blocking"
    )
    confidence = f"medians of {min(map(len, spent.values()))} batches and more each"
    dearest = max(NEEDED, key=lambda lab: cost[lab])
    if dearest != "fork":
        because = f"A process for each client is not the most expensive design here, {dearest} is."
        return Ruling(Standing.REFUTED, figure, confidence, because, tables)
    share = {lab: control[lab] / control["fork"] for lab in control}
    first = (
        "As in the book, a process for each client is the most expensive design, and a thread for "
        f"each takes less ({share['thread']:.0%} of its process control)"
    )
    pools = " and ".join(f"{lab} {share[lab]:.0%}" for lab in POOLS)
    if max(share[lab] for lab in POOLS) > QUARTER:
        because = f"{first}. But pools take more than in the book, a tenth or less: {pools} of it."
        return Ruling(Standing.NUANCED, figure, confidence, because, tables)
    standing, order = _threads_and_processes(spent)
    because = f"{first}; pools take {pools} of it (in the book, a tenth or less). {order}"
    met = (1,) if standing is Standing.NUANCED else (0,)
    return Ruling(standing, figure, confidence, because, tables, met=met)


def _threads_and_processes(spent: Mapping[str, Sequence[float]]) -> tuple[Standing, str]:
    """In the book a thread per client is cheaper than a pool of processes as well."""
    against = ratio_interval(spent["thread"], spent["prefork"])
    if against.low is None or against.high is None:
        return Standing.INCONCLUSIVE, "Too few batches to order threads and preforked processes."
    if against.low <= 1 and against.high < SAME:
        return Standing.SUPPORTED, "A thread per client costs no more than preforked processes."
    if against.low <= 1:
        because = (
            f"A thread per client costs {against.low:.2f} to {against.high:.2f} times a preforked "
            "process: more repeats decide."
        )
        return Standing.INCONCLUSIVE, because
    cost = {lab: median(each) for lab, each in spent.items()}
    more = cost["thread"] - cost["prefork"]
    creation = (cost["thread"] - cost["prethread"]) / more
    order = (
        f"The book's other order is not reproduced: a thread per client costs {more / 1e3:,.0f} µs "
        "more than a preforked process. "
    )
    pools = f"prethread costs {cost['prethread'] / cost['prefork']:.2f} times prefork"
    if creation >= EXPLAINED:
        order += (
            "The part that costs is the creation and end of a thread for each connection, not that "
            f"threads serve: without it, {pools}, with as many workers and the same calls."
        )
    else:
        order += f"The creation of threads does not explain it: {pools}."
    return Standing.NUANCED, order


def _costs(evidence: Evidence, lab: str) -> list[float]:
    """CPU ns for one connection, of every batch."""
    return [
        cost
        for m in evidence.maybe(probe="connections", lab=lab)
        for cost in _of_batches(m.record.samples or {}, list(matching(m, {})))
    ]


def _of_batches(samples: Mapping[str, Usage], findings: Sequence[Fact]) -> list[float]:
    costs = []
    for f in findings:
        batch = f"batch-{f['batch']}"
        began, ended = samples[f"{batch}-began"], samples[f"{batch}-ended"]
        costs.append((ended.cpu_ns - began.cpu_ns) / float(f["connections"]))
    return costs
