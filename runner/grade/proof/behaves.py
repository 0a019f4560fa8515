"""The column `behaves`: what the server's figures say of a claim, whatever its calls are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runner.grade.claims import (
    NONBLOCKING,
    ONE_THREAD,
    PROCESS_EACH,
    PROCESSES,
    SERVES,
    THREAD_EACH,
    THREADS,
    WAITS_IN,
    YES,
    Demand,
)
from runner.grade.proof.evidence import Evidence, Growth, check_of, several
from runner.grade.proof.serving import COMPLETION, LOCK, SELECT, serving
from runner.grade.record import Seen
from runner.plural import number_of
from runner.records.outcome import Outcome, Status
from runner.records.usage import Usage

COLUMN = "behaves"
NOWHERE = "nowhere"
AWAKE = 0.8
"""CPUs while all clients are silent. A server that never sleeps gets less where others use them."""
FD_SETSIZE = "FD_SETSIZE"
FEWEST, EACH = 8, 0.5
"""Connections below which the number of threads says nothing, and threads for each connection from
which there is one for each: some connections may have come and gone."""
SLOW_READER = "slow_reader"


def behaves(demand: Demand, evidence: Evidence) -> Seen:
    judge = _CLAIMS.get(demand.claim)
    if judge is None:
        return Seen(COLUMN, "", None, "no figure depends on it")
    return judge(demand, evidence)


def _waits_in(demand: Demand, evidence: Evidence) -> Seen:
    ceilings = [each for each in evidence.sound if each.metrics.get("limit") == FD_SETSIZE]
    if ceilings:
        check, served = check_of(ceilings[0]), ceilings[0].metrics.get("served")
        why = f"check {check}: after {served} clients it refused one with the limit {FD_SETSIZE}"
        return Seen(COLUMN, SELECT, SELECT in demand.words, why)
    idle = [
        (check_of(each), float(cpu))
        for each in evidence.sound
        if isinstance(cpu := each.metrics.get("idle_cpu"), int | float)
    ]
    if not idle:
        return Seen(COLUMN, "", None, "no check measured the CPU while all clients are silent")
    check, most = max(idle, key=lambda each: each[1])
    why = f"check {check}: {most:.0%} of a CPU while all clients were silent"
    if most >= AWAKE and NOWHERE not in demand.words and _seen_waiting(demand, evidence):
        return Seen(COLUMN, "", None, f"{why}; as /proc shows, by a thread that serves no client")
    if most >= AWAKE:
        return Seen(COLUMN, NOWHERE, NOWHERE in demand.words, why)
    return Seen(COLUMN, "", None, why)


def _seen_waiting(demand: Demand, evidence: Evidence) -> bool:
    """Whether a thread was found asleep as demanded: then the CPU time is that of a helper, which
    computes. A thread that serves and never sleeps is found asleep in no sample."""
    return any(
        each.kind in demand.words
        for seen in evidence.sightings
        for each in serving(seen.sighting, evidence.waits)
    )


def _serves(demand: Demand, evidence: Evidence) -> Seen:
    """Threads and processes before any client came, and under load."""
    if LOCK in evidence.waits:
        return Seen(COLUMN, "", None, "the C library's helpers are threads as well")
    if COMPLETION in evidence.waits:
        return Seen(COLUMN, "", None, "the kernel's workers for a ring count as threads as well")
    growths = [each for each in evidence.growths if each.connections >= FEWEST]
    if not growths:
        return Seen(COLUMN, "", None, f"no check held {FEWEST} connections or more")
    seen = [(each, _grown(demand, each)) for each in growths]
    against = [each for each in seen if each[1][1] is False]
    agreed = [each for each in seen if each[1][1] is True]
    chosen = against or agreed or seen
    word, agrees = chosen[0][1]
    texts = dict.fromkeys(_sentence(each) for each, _ in chosen)
    return Seen(COLUMN, word, agrees, several(list(texts)))


def _grown(demand: Demand, growth: Growth) -> tuple[str, bool | None]:
    threads = growth.during.threads - growth.before.threads
    processes = growth.during.processes - growth.before.processes
    each = EACH * growth.connections
    if processes >= each:
        return PROCESS_EACH, PROCESS_EACH in demand.words
    if threads >= each:
        return THREAD_EACH, THREAD_EACH in demand.words
    if {THREAD_EACH, PROCESS_EACH}.issuperset(demand.words):
        return "none for each client", False
    if growth.during.threads == 1:
        # It serves several clients at once: the load was answered. A pool may have a thread for
        # each CPU, of which a server under load has one.
        return ONE_THREAD, True if ONE_THREAD in demand.words else None
    if growth.during.processes > 1:
        return PROCESSES, True if PROCESSES in demand.words else None
    return THREADS, True if THREADS in demand.words else None


def _sentence(growth: Growth) -> str:
    before, during = growth.before, growth.during
    return (
        f"check {growth.check}: {_counted(before)} before any client, {_counted(during)} with "
        f"{growth.connections} connections"
    )


def _counted(usage: Usage) -> str:
    threads = number_of(usage.threads, "thread")
    return threads if usage.processes == 1 else f"{threads} in {usage.processes} processes"


def _nonblocking(demand: Demand, evidence: Evidence) -> Seen:
    """One thread that serves all can let a client wait that does not read only if it does not
    block in the call that sends."""
    slow = [each for each in evidence.outcomes if each.cell.get("case") == SLOW_READER]
    kept = [each for each in slow if _kept(each)]
    if not slow:
        return Seen(COLUMN, "", None, "no check has a client that does not read")
    if len(kept) == len(slow):
        why = f"check {check_of(slow[0])}: other clients were served while one did not read"
        return Seen(COLUMN, YES, YES in demand.words or None, why)
    return Seen(COLUMN, "", None, f"check {check_of(slow[0])}: {slow[0].reason or slow[0].status}")


def _kept(outcome: Outcome) -> bool:
    return outcome.status is Status.OK and outcome.metrics.get("kept") == 1


_CLAIMS: Mapping[str, Callable[[Demand, Evidence], Seen]] = {
    WAITS_IN: _waits_in,
    SERVES: _serves,
    NONBLOCKING: _nonblocking,
}
