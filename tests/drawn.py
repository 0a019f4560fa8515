"""Whole runs whose figures are drawn and not measured, through plan, loop and judge."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import exp

from runner.judge import Decision, verdicts
from runner.plan import Host, Trial, expand
from runner.records.asked import Asked
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.session.counting import Counted
from runner.session.loop import Loop
from runner.spec import Suite

Noise = Callable[[random.Random, int], float]
"""From the number of a block to the logarithm of what the machine makes of a rate."""


def outcomes(suite: Suite, slower: float, noise: Noise, runs: int) -> Counter[Decision]:
    """Of the suite's first expectation, in so many runs in which epoll (or the lab `other`) is
    slower by that share. The drawing is seeded."""
    return Counter(outcome for outcome, _ in drawn(suite, slower, noise, runs))


def drawn(suite: Suite, slower: float, noise: Noise, runs: int) -> Iterator[tuple[Decision, int]]:
    """The same, run by run, with the number of repeats after which it was decided."""
    draw = random.Random(f"{slower} {noise.__name__}")
    for _ in range(runs):
        kept: list[Outcome] = []

        def measured(trials: Sequence[Trial], kept: list[Outcome] = kept) -> Sequence[Outcome]:
            for trial in trials:
                rate = 1e5 * exp(noise(draw, trial.block))
                rate *= 1 - slower if trial.cell.get("lab") in ("epoll", "other") else 1
                record = TrialRecord(Asked(looks=trial.looks, turns=trial.turns))
                kept.append(
                    Outcome(
                        trial.id, trial.cell, trial.block, Status.OK, "", {"rate": rate}, record
                    )
                )
            return kept[-len(trials) :]

        plan = expand(suite, Host(20_000, (0, 1)))
        Loop(suite, plan, Counted(), measured, lambda trials: trials).run()
        verdict = verdicts(suite, kept)[0]
        yield verdict.outcome, verdict.checks[0].repeats
