"""Every claim of the seed, every table of the papers, every system: verdicts from measurements.

    for claim, ruling in rulings(measurements):
        ...

Pure: a rule sees measurements and nothing else. Change the kernel or the code, run again, and a
verdict may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from runner.claims.belief import Belief
from runner.claims.beliefs import BELIEFS
from runner.claims.choice import evidence, measured_whole
from runner.claims.claim import Claim
from runner.claims.evidence import Evidence, Source
from runner.claims.ruling import (
    DECIDED,
    Curve,
    Lane,
    Lanes,
    NotShownError,
    Phase,
    Plot,
    Reading,
    Ruling,
    Standing,
    Table,
)
from runner.claims.seed import SEED
from runner.claims.tables import SYSTEMS, TABLES
from runner.claims.text import LANGUAGES, Text, title, words
from runner.records.outcome import Outcome

CLAIMS = {claim.id: claim for claim in (*SEED, *TABLES, *SYSTEMS)}

__all__ = [
    "BELIEFS",
    "CLAIMS",
    "DECIDED",
    "LANGUAGES",
    "Belief",
    "Claim",
    "Curve",
    "Lane",
    "Lanes",
    "Phase",
    "Plot",
    "Reading",
    "Ruling",
    "Source",
    "Standing",
    "Table",
    "Text",
    "answers",
    "measured_whole",
    "rule",
    "rulings",
    "title",
    "words",
]


def rulings(
    measurements: Iterable[Outcome] | Sequence[Source],
) -> list[tuple[Claim, Ruling]]:
    """Every claim with what the measurements say of it, in the order of the table."""
    evidences = _evidence(measurements)
    return [(claim, _ruled(claim, evidences)) for claim in CLAIMS.values()]


def answers(
    measurements: Iterable[Outcome] | Sequence[Source], only: str | None = None
) -> list[tuple[Belief, Ruling]]:
    """Every belief, or one, with what the measurements say of it."""
    evidences = _evidence(measurements)
    return [
        (belief, _ruled(belief, evidences))
        for belief in BELIEFS.values()
        if only in (None, belief.id)
    ]


def rule(claim: Claim | Belief, measurements: Iterable[Outcome] | Sequence[Source]) -> Ruling:
    """One claim with what the measurements say of it."""
    return _ruled(claim, _evidence(measurements))


def _evidence(given: Iterable[Outcome] | Sequence[Source]) -> list[Evidence]:
    """From runs, the newest first, or from measurements as they are."""
    all_of_it = list(given)
    sources = [each for each in all_of_it if isinstance(each, Source)]
    if sources:
        return evidence(sources)
    return [Evidence(each for each in all_of_it if isinstance(each, Outcome))]


def _ruled(claim: Claim | Belief, evidences: Sequence[Evidence]) -> Ruling:
    """By the best evidence that says anything of the claim."""
    first = None
    for each in evidences:
        ruling = _by(claim, each)
        if ruling.standing is not Standing.NO_EVIDENCE:
            return ruling
        first = first or ruling
    assert first is not None  # noqa: S101 - there is always one evidence, and it may be empty
    return first


def _by(claim: Claim | Belief, each: Evidence) -> Ruling:
    each.used()
    try:
        ruling = claim.rule(each)
    except NotShownError as reason:
        ruling = reason.ruling
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A run folder may hold findings that no probe of this lab prints.
        why = f"the evidence has another form than this rule reads: {repr(error)[:120]}"
        ruling = NotShownError(Standing.INCONCLUSIVE, why).ruling
    return replace(ruling, sources=each.used())
