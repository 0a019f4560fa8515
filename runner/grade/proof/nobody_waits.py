"""What /proc says where all clients are silent and no thread waits in a call by which a server can
wait for them: for the column `untraced`."""

from __future__ import annotations

from runner.grade.claims import Demand
from runner.grade.proof.serving import COMPLETION, LOCK
from runner.plural import number_of
from runner.records.observed import AT_TIMES, MOST_THREADS, RUNNING, Sighting, Waiting

NOWHERE = "nowhere"
RAN, HARDLY_RAN = 0.25, 0.05
"""Shares of a silence for which a thread was on a CPU: one that only wakes every millisecond was
there for less than the first. One that never sleeps was there for more, where it shares the CPU
with others, and for more than the second even beside 30 of them."""
CONVERSATION, LONG = ("silences", "long"), "long"
"""The sightings of a conversation: of all its silences but one, and of that, a second and more."""
FEWEST = 5
"""Samples of a sighting that shows that no thread waits as demanded."""
_HELPED = "the C library's helpers wait in its place"
_BELL = "read of no socket"
"""How a thread waits that an eventfd notifies of a ring's completions."""
_UNSEEN = "no thread was found waiting for clients"

Answer = tuple[str, bool | None, str]
"""A word, whether it agrees, and the evidence."""


def without_a_waiter(demand: Demand, seen: Sighting) -> Answer:
    if LOCK in demand.words:
        sleeps = [each for each in seen.waiting if each.kind == LOCK]
        return (LOCK, True, sentence_of(sleeps[0])) if sleeps else ("", None, _HELPED)
    spins = _spinning(seen)
    if NOWHERE in demand.words:
        return _never_sleeps(seen, spins)
    bells = [each for each in seen.waiting if each.kind == _BELL]
    if COMPLETION in demand.words and bells and (seen.reads_pending or 0) >= seen.connections > 0:
        why = f"{sentence_of(bells[0])}; the ring has {seen.reads_pending} reads pending"
        return "", None, why
    if seen.moment == LONG and not spins:
        # It slept when the silence began, as in a short one, and not for long.
        spins = [each for each in seen.waiting if each.kind == AT_TIMES and each.ran >= RAN]
    if _too_few(seen) or any(_awake(each) and each not in spins for each in seen.waiting):
        return "", None, _UNSEEN
    shown = spins or list(seen.waiting)
    word = NOWHERE if spins else shown[0].kind
    return word, False, " and ".join(map(sentence_of, shown))


def _spinning(seen: Sighting) -> list[Waiting]:
    return [each for each in seen.waiting if each.kind == RUNNING and each.ran >= RAN]


def _never_sleeps(seen: Sighting, spins: list[Waiting]) -> Answer:
    """A server that should never sleep does so where all its threads were found asleep, or the
    others, such as children that come and go, hardly ran in a second."""
    if spins:
        return NOWHERE, True, sentence_of(spins[0])
    sleeps = [each for each in seen.waiting if not _awake(each)]
    awake = [each for each in seen.waiting if _awake(each)]
    ran = sum(each.ran for each in awake)
    hardly = not awake or (seen.moment in CONVERSATION and ran < HARDLY_RAN)
    if _too_few(seen) or not sleeps or not hardly:
        return "", None, _UNSEEN
    return sleeps[0].kind, False, " and ".join(map(sentence_of, sleeps))


def _too_few(seen: Sighting) -> bool:
    return (
        seen.samples < FEWEST
        or seen.threads > MOST_THREADS
        or not seen.waiting
        or any(each.serves is None for each in seen.waiting)
    )


def _awake(each: Waiting) -> bool:
    return each.kind in (RUNNING, AT_TIMES)


def sentence_of(each: Waiting) -> str:
    if each.kind == RUNNING:
        return f"thread {each.thread} never slept: {each.ran:.0%} of a CPU while all were silent"
    if each.kind == AT_TIMES:
        return f"thread {each.thread} slept at times: {each.ran:.0%} of a CPU while all were silent"
    where = f"{each.call}({each.on})" if each.on else each.call or each.kind
    return f"{number_of(each.threads, 'thread')} asleep in {where}, such as thread {each.thread}"
