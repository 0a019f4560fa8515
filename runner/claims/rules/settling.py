"""Beliefs that a fact settles: a value of a trace or a probe that the belief excludes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.claims.claim import Rule
from runner.claims.evidence import Evidence, values
from runner.claims.ruling import NotShownError, Ruling, Standing

UNKNOWN = ("unknown", "None")
"""Values of an instrument that has seen nothing that tells."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`says` is the measured answer with {} for its values. `look` returns the values, and
    `excluded` tells whether the belief excludes one."""

    says: str
    look: Callable[[Evidence], Sequence[str]]
    excluded: Callable[[str], bool]


def traced(says: str, metric: str, excluded: str, *labs: str) -> Fact:
    """A metric of the traces of these labs."""

    def look(evidence: Evidence) -> list[str]:
        for lab in labs:
            evidence.trials(measure="trace", lab=lab)  # each of them, or there is no answer
        return [_text(w) for w in evidence.words(metric, measure="trace", lab=labs)]

    return Fact(says, look, lambda value: value == excluded)


def probed(
    says: str, probe: str, field: str, excluded: str | Callable[[str], bool], **where: object
) -> Fact:
    """A field of the findings of a probe."""

    def look(evidence: Evidence) -> list[str]:
        findings = evidence.findings(probe, {}, **where)
        return [_text(finding[field]) for finding in findings if field in finding]

    return Fact(says, look, excluded if callable(excluded) else lambda value: value == excluded)


def above(bound: float) -> Callable[[str], bool]:
    """The belief says that a number is at most this."""
    return lambda value: float(value) > bound


def settled(*facts: Fact) -> Rule:
    """REFUTED if the belief excludes every measured value, SUPPORTED if it excludes none."""

    def rule(evidence: Evidence) -> Ruling:
        answers: list[str] = []
        excluded: list[bool] = []
        for fact in facts:
            seen = fact.look(evidence)
            if not seen or set(seen) & set(UNKNOWN):
                reason = f"not measured: {fact.says.format('…')}"
                raise NotShownError(Standing.INCONCLUSIVE, reason)
            answers.append(fact.says.format(values(sorted(seen))))
            excluded += [fact.excluded(value) for value in seen]
        standing = Standing.REFUTED if all(excluded) else Standing.NUANCED
        if not any(excluded):
            standing = Standing.SUPPORTED
        answer = "; ".join(answers)
        against = f"{sum(excluded)} of {len(excluded)} values contradict the belief"
        return Ruling(standing, answer, against, f"{answer}.")

    return rule


def _text(value: object) -> str:
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value)
