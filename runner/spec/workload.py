"""What no class can see by itself in a `fleet`: keys that need or exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from runner.spec.fleet import FLEET_KEYS
from runner.spec.model import Experiment
from runner.spec.problem import Key, WrongError


def check_fleet(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """What is wrong with the fleet of the experiment at `here`, key by key."""
    given, known = experiment.fleet.model_fields_set, FLEET_KEYS[experiment.measure]
    for name in dict.fromkeys(name for names in FLEET_KEYS.values() for name in names):
        if name in given and name not in known:
            found = f"a {experiment.measure} is measured without it"
            yield (*here, "fleet", name), WrongError(found, suggestion="delete it")
    if "exchange" in known:
        yield from _exchange((*here, "fleet"), experiment)
    if experiment.measure == "load":
        yield from _loop((*here, "fleet"), experiment)
    if experiment.interleave is not None:
        yield from _turns(here, experiment)


def _turns(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """Who takes turns has to be able to pause."""
    fleet, key = experiment.fleet, (*here, "interleave")
    if experiment.measure != "load":
        wrong = WrongError(f"a {experiment.measure} takes no turns", suggestion="delete it")
        yield key, wrong
        return
    going = {
        "loop: open": fleet.loop == "open",
        "think": fleet.think != 0,
        "churn": max(fleet.churn or (0,)) > 0,
        "slow_readers": max(fleet.slow_readers or (0,)) > 0,
        "slow_writers": max(fleet.slow_writers or (0,)) > 0,
    }
    for name in (name for name in going if going[name]):
        found = f"`{name}` goes on by a clock of its own, and takes no turns"
        yield key, WrongError(found, suggestion=f"delete interleave, or {name}")


def _exchange(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    exchange = experiment.fleet.exchange
    if exchange is None:
        return
    if "payload" in experiment.fleet.model_fields_set:
        wrong = WrongError("the request is what `exchange` sends", suggestion="delete it")
        yield (*here, "payload"), wrong
    given = exchange.reply.written()
    if len(given) != 1:
        found = f"{' and '.join(given)} are given" if given else "nothing is said about its end"
        one = "type one of bytes, until, exactly, or a status"
        yield (*here, "exchange", "reply"), WrongError(found, suggestion=one)


def _loop(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    fleet = experiment.fleet
    if fleet.loop == "open" and fleet.rate is None:
        yield (*here, "loop"), WrongError("an open loop has a rate", suggestion="add rate: 10k")
    asked = {"rate": fleet.rate is not None, "arrivals": fleet.arrivals != "constant"}
    for name in (name for name in asked if asked[name] and fleet.loop == "closed"):
        wrong = WrongError(f"only the open loop has {name}", suggestion="add loop: open")
        yield (*here, name), wrong
    if fleet.loop == "open" and fleet.think != 0:
        found = "`think` has no effect with `rate` (open loop)"
        wrong = WrongError(found, suggestion="delete it, or type loop: closed")
        yield (*here, "think"), wrong
    slow = max(fleet.slow_readers or (0,)) + max(fleet.slow_writers or (0,))
    if slow > 100:
        found = f"slow readers and writers are {slow}% together"
        yield (*here, "slow_writers"), WrongError(found, "at most 100%", "type less")
    yield from _shared(here, experiment)
    for number, rate in enumerate(fleet.rate or ()):
        if rate < fleet.fleets:
            found = f"{rate} requests a second are less than {fleet.fleets} fleets"
            yield (
                (*here, "rate", number),
                WrongError(found, suggestion=f"type {fleet.fleets} or more"),
            )


def _shared(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """Several fleets share the connections: each needs what its share of the load is sent on."""
    fleet = experiment.fleet
    fewest = [(number, active // fleet.fleets) for number, active in enumerate(fleet.active)]
    slow = (max(fleet.slow_readers or (0,)), max(fleet.slow_writers or (0,)))
    for number, active in fewest:  # one connection of a fleet that is slow, the fleet refuses
        key = (*here, "active", number)
        if fleet.loop == "open" and active == 0:
            found = (
                f"{fleet.active[number]} connections for {fleet.fleets} fleets that share a rate"
            )
            yield key, WrongError(found, suggestion=f"type {fleet.fleets} or more")
        elif (
            fleet.loop == "open" and sum(-(-active * share // 100) for share in slow) >= active > 1
        ):
            found = "all connections of a fleet are slow on purpose, and none is left for the rate"
            yield (
                key,
                WrongError(found, suggestion="type a smaller share of slow ones, or more active"),
            )
    idle = min((int(each) for each in fleet.idle if each != "max"), default=fleet.fleets)
    for number, active in enumerate(fleet.active):
        if max(fleet.churn or (0,)) > 0 and active + idle < fleet.fleets:
            found = f"{active + idle} connections for {fleet.fleets} fleets that open them anew"
            suggestion = f"type {fleet.fleets - idle} or more, or fewer fleets"
            yield (*here, "active", number), WrongError(found, suggestion=suggestion)
