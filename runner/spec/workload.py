"""Checks of the `fleet` that need more than one of its keys: keys that need or exclude others."""

from __future__ import annotations

from collections.abc import Iterator

from runner.spec.fleet import unused_keys
from runner.spec.model import Experiment
from runner.spec.problem import Key, WrongError


def check_fleet(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """What is wrong with the fleet of the experiment at `here`, key by key."""
    for name in unused_keys(experiment.kind):
        if name in experiment.fleet.model_fields_set:
            what = f"measure: {experiment.measure} does not use this key"
            yield (*here, "fleet", name), WrongError(what, suggestion="delete it")
    if "exchange" in experiment.kind.keys:
        yield from _exchange((*here, "fleet"), experiment)
    if "loop" in experiment.kind.keys:
        yield from _loop((*here, "fleet"), experiment)
    if experiment.interleave is not None:
        yield from _turns(here, experiment)
    if experiment.fleet.hosts is not None:
        yield from _hosts(here, experiment)


def _turns(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """Only a load that can pause at the end of its turn can be interleaved."""
    fleet, key = experiment.fleet, (*here, "interleave")
    if not experiment.kind.requests:
        what = f"measure: {experiment.measure} cannot be interleaved"
        yield key, WrongError(what, suggestion="delete it")
        return
    unpausable = {
        "loop: open": fleet.loop == "open",
        "think": fleet.think != 0,
        "churn": max(fleet.churn or (0,)) > 0,
        "slow_readers": max(fleet.slow_readers or (0,)) > 0,
        "slow_writers": max(fleet.slow_writers or (0,)) > 0,
    }
    for name in (name for name, used in unpausable.items() if used):
        what = f"`interleave` cannot be combined with `{name}`"
        yield key, WrongError(what, suggestion=f"delete interleave or {name}")


def _hosts(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """What is read or timed on the server's machine alone."""
    key = (*here, "fleet", "hosts")
    for name, used in (
        ("interleave", experiment.interleave is not None),
        ("sightings", experiment.sightings),
    ):
        if used and "hosts" in experiment.kind.keys:
            what = f"`hosts` cannot be combined with `{name}`"
            yield key, WrongError(what, suggestion=f"delete hosts or {name}")
    fleet = experiment.fleet
    for number, active in enumerate(fleet.active if fleet.loop == "closed" else ()):
        if active < fleet.parts and "hosts" in experiment.kind.keys:
            what = f"{active} active connections are too few for {fleet.parts} fleets"
            wrong = WrongError(what, suggestion=f"type {fleet.parts} or more")
            yield (*here, "fleet", "active", number), wrong


def _exchange(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    exchange = experiment.fleet.exchange
    if exchange is None:
        return
    if "payload" in experiment.fleet.model_fields_set:
        wrong = WrongError("the request is what `exchange` sends", suggestion="delete it")
        yield (*here, "payload"), wrong
    given = exchange.reply.written()
    if len(given) != 1:
        what = f"{' and '.join(given)} are given" if given else "the end of the reply is missing"
        one = "type one of bytes, until, exactly, or an HTTP status"
        yield (*here, "exchange", "reply"), WrongError(what, suggestion=one)


def _loop(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    fleet = experiment.fleet
    if fleet.loop == "open" and fleet.rate is None:
        yield (*here, "loop"), WrongError("an open loop needs a rate", suggestion="add rate: 10k")
    of_open_loop = {"rate": fleet.rate is not None, "arrivals": fleet.arrivals != "constant"}
    for name in (name for name, used in of_open_loop.items() if used and fleet.loop == "closed"):
        wrong = WrongError(f"{name} has no effect in the closed loop", suggestion="add loop: open")
        yield (*here, name), wrong
    if fleet.loop == "open" and fleet.think != 0:
        what = "`think` has no effect with `rate` (open loop)"
        wrong = WrongError(what, suggestion="delete it, or type loop: closed")
        yield (*here, "think"), wrong
    slow = max(fleet.slow_readers or (0,)) + max(fleet.slow_writers or (0,))
    if slow > 100:
        what = f"slow_readers and slow_writers add up to {slow}%"
        yield (*here, "slow_writers"), WrongError(what, "at most 100%", "type smaller shares")
    yield from _shared(here, experiment)
    for number, rate in enumerate(fleet.rate or ()):
        if rate < fleet.parts:
            what = f"{rate} requests/s are too few for {fleet.parts} fleets"
            yield (
                (*here, "rate", number),
                WrongError(what, suggestion=f"type {fleet.parts} or more"),
            )


def _shared(here: Key, experiment: Experiment) -> Iterator[tuple[Key, WrongError]]:
    """Several fleets share the connections: each needs at least one for its share of the load."""
    fleet = experiment.fleet
    fewest = [(number, active // fleet.parts) for number, active in enumerate(fleet.active)]
    slow = (max(fleet.slow_readers or (0,)), max(fleet.slow_writers or (0,)))
    for number, active in fewest:  # a fleet refuses to make its only connection slow
        key = (*here, "active", number)
        if fleet.loop == "open" and active == 0:
            what = f"{fleet.active[number]} active connections are too few for {fleet.parts} fleets"
            yield key, WrongError(what, suggestion=f"type {fleet.parts} or more")
        elif (
            fleet.loop == "open" and sum(-(-active * share // 100) for share in slow) >= active > 1
        ):
            what = "all connections of a fleet would be slow, and none is left for the rate"
            yield key, WrongError(what, suggestion="type smaller slow shares, or more active")
    idle = min((int(each) for each in fleet.idle if each != "max"), default=fleet.parts)
    for number, active in enumerate(fleet.active):
        if max(fleet.churn or (0,)) > 0 and active + idle < fleet.parts:
            what = f"{active + idle} connections are too few for churn in {fleet.parts} fleets"
            suggestion = f"type {fleet.parts - idle} or more, or fewer fleets"
            yield (*here, "active", number), WrongError(what, suggestion=suggestion)
