"""The causes of a check in words: what happened, to what, the number, what to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.judge.cause import (
    AllZero,
    Cause,
    CutShort,
    DifferentPlaces,
    NoCommonBlock,
    NotMeasured,
    NotPositive,
    NotReached,
    Recorded,
    Straddles,
    TooFewRepeats,
    TooSlow,
    Unseen,
)
from runner.records.trial_record import Placement
from runner.stats.interval import FEWEST
from runner.words.format import text


def worded(cause: Cause) -> str:
    match cause:
        case Recorded(reason):
            said = reason
        case NotReached():
            said = "the run ended before it"
        case CutShort(left, repeats):
            said = f"the run ended before {left} of its {repeats} repeats"
        case NotMeasured(name):
            said = f"{name} was not measured"
        case Unseen(name, reason):
            said = f"{name} is not seen: {reason}"
        case NoCommonBlock():
            said = "no block has a sound trial of both cells"
        case AllZero(metric, blocks):
            which = "the one block" if blocks == 1 else f"all {blocks} blocks"
            said = (
                f"{metric} is 0 on both sides in {which}: there is no ratio of zeros; "
                f"{_in_place_of_ratio(metric)}"
            )
        case NotPositive(metric, value, repeat, cell, affected, blocks):
            said = (
                f"{metric} is {text(value)} in repeat {repeat} of {cell.name}, 0 or less in "
                f"{affected} of {blocks} blocks: a ratio needs positive samples on both sides; "
                f"{_in_place_of_ratio(metric)}"
            )
        case TooFewRepeats(repeats, lost):
            then = f"{lost.trial} is {lost.status}: {lost.reason}" if lost else "type --repeat 5"
            said = f"too few sound repeats: {repeats}, and a verdict needs {FEWEST}; {then}"
        case Straddles():
            said = "the interval straddles the bound; more repeats may decide"
        case TooSlow(reason):
            said = f"the server was too slow for its windows, and at most as fast: {reason}"
        case DifferentPlaces(first, second):
            said = f"measured in different places: {_place(first)}; {_place(second)}"
    return said


def _in_place_of_ratio(metric: str) -> str:
    return f"if {metric} can be 0, type metric: {metric} instead of the ratio"


def _place(place: Placement) -> str:
    sides = (("server", place.server), ("fleet", place.fleet))
    on = [f"{name} on {_cpus(cpus)}" for name, cpus in sides if cpus is not None]
    known = (place.pinned, place.path, place.host and f"host {place.host}")
    return ", ".join([*on, *(each for each in known if each)])


def _cpus(numbers: Sequence[int]) -> str:
    return f"CPU {', '.join(map(str, numbers))}" if numbers else "any CPU"
