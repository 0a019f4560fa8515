"""Every claim of the seed, every table of the papers, every system: verdicts from measurements.

    for claim, ruling in rulings(measurements):
        ...

Pure: a rule sees measurements and nothing else. Change the kernel or the code, run again, and a
verdict may change.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.claims.evidence import Evidence
from runner.claims.model import (
    DECIDED,
    Claim,
    Curve,
    NotShownError,
    Plot,
    Ruling,
    Standing,
    Table,
)
from runner.claims.seed import SEED
from runner.claims.tables import SYSTEMS, TABLES
from runner.measurement import Measurement
from runner.untrusted import clean

CLAIMS = {claim.id: claim for claim in (*SEED, *TABLES, *SYSTEMS)}

__all__ = [
    "CLAIMS",
    "DECIDED",
    "Claim",
    "Curve",
    "Plot",
    "Ruling",
    "Standing",
    "Table",
    "rule",
    "rulings",
]


def rulings(measurements: Iterable[Measurement]) -> list[tuple[Claim, Ruling]]:
    """Every claim with what the measurements say of it, in the order of the table."""
    evidence = Evidence(measurements)
    return [(claim, _ruled(claim, evidence)) for claim in CLAIMS.values()]


def rule(claim: Claim, measurements: Iterable[Measurement]) -> Ruling:
    """One claim with what the measurements say of it."""
    return _ruled(claim, Evidence(measurements))


def _ruled(claim: Claim, evidence: Evidence) -> Ruling:
    try:
        return claim.rule(evidence)
    except NotShownError as reason:
        return reason.ruling
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A run folder may hold findings that no probe of this lab prints.
        why = f"the evidence has another form than this rule reads: {clean(repr(error))[:120]}"
        return NotShownError(Standing.INCONCLUSIVE, why).ruling
