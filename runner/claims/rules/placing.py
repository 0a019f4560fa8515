"""C1: two questions, and the answers of each model by observation."""

from __future__ import annotations

from runner.claims.evidence import Evidence, values
from runner.claims.rules.arriving import OWN, arrivals
from runner.claims.rules.waiting import BURNING, neighbours
from runner.claims.ruling import NotShownError, Ruling, Standing, Table

ASLEEP = 0.5
"""Sleeps for a message, at least: half of the messages found the thread asleep."""

INDEPENDENT = 3
"""Of the four fields, so many must be taken: with two the questions could be one."""


def c1_two_different_questions(evidence: Evidence) -> Ruling:
    """Who brings the result (does our own thread copy?) against the state while waiting (does it
    sleep?): measured, never taken from a model's name."""
    answers = {**_by_probes(evidence), **_by_traces(evidence)}
    fields: dict[tuple[str, str], list[str]] = {}
    for model, place in answers.items():
        fields.setdefault(place, []).append(model)
    rows = tuple(
        (f"{who}, {state}", ", ".join(sorted(models)))
        for (who, state), models in sorted(fields.items())
    )
    tables = (Table("Every model by observation", ("copied by, and the wait", "models"), rows),)
    figure = f"{len(fields)} of 4 fields are taken by {len(answers)} models"
    confidence = "system calls, context switches and CPU time, not labels"
    by_who = {who for who, _ in fields}
    by_state = {state for _, state in fields}
    if len(fields) >= INDEPENDENT and len(by_who) == 2 and len(by_state) == 2:
        both = [who for who in by_who if {state for w, state in fields if w == who} == by_state]
        if both:
            because = (
                "The answers are independent: of the models in which the application's own thread "
                "copies, some block and some do not; and models without that copy block as well."
            )
            return Ruling(Standing.SUPPORTED, figure, confidence, because, tables)
    if len(by_who) == 1 or len(by_state) == 1:
        because = "All models give the same answer to one of the questions."
        return Ruling(Standing.INCONCLUSIVE, figure, confidence, because, tables)
    because = "In every observed model the copying side decides whether the thread blocks."
    return Ruling(Standing.REFUTED, figure, confidence, because, tables)


def _by_probes(evidence: Evidence) -> dict[str, tuple[str, str]]:
    answers = {}
    for model, one in arrivals(evidence).items():
        sleeps = max(one.sleeps_waiting, one.sleeps_copying) >= ASLEEP
        answers[model] = _place(ours=one.own > OWN, sleeps=sleeps)
    asking = neighbours(evidence).get("nonblocking")
    if asking is None:
        raise NotShownError(Standing.NO_EVIDENCE, "neighbours was not run beside nonblocking")
    answers["nonblocking"] = _place(ours=True, sleeps=asking.idle_cpu < BURNING)
    return answers


def _by_traces(evidence: Evidence) -> dict[str, tuple[str, str]]:
    """The observed behaviour of servers that were traced."""
    answers = {}
    for lab in evidence.labs(measure="trace"):
        trials = evidence.maybe(measure="trace", lab=lab)
        copies = values([m.metrics.get("copied_by", "unknown") for m in trials])
        sleeps = values([m.metrics.get("blocks_in", "unknown") for m in trials])
        if "unknown" in (copies, sleeps) or "/" in copies + sleeps:
            continue
        if copies == "kernel":  # a trace cannot tell whose CPU time that is; the probe can
            continue
        answers[f"{lab} (traced)"] = _place(
            ours=copies == "application", sleeps=sleeps != "nowhere"
        )
    return answers


def _place(*, ours: bool, sleeps: bool) -> tuple[str, str]:
    who = "synchronous: own thread copies" if ours else "asynchronous: kernel or helper copies"
    return who, "blocked while waiting" if sleeps else "running while waiting"
