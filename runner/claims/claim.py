"""A claim, and the rule that judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner.claims.evidence import Evidence
from runner.claims.ruling import Ruling

Rule = Callable[[Evidence], Ruling]


@dataclass(frozen=True, slots=True)
class Claim:
    """One row. `seed` are the seed's own words (Chinese; empty for tables of other books), `says`
    the same in English; `did` is the experiment in a sentence, `caveat` what it cannot show, `see`
    where to read on."""

    id: str
    seed: str
    says: str
    did: str
    caveat: str
    see: tuple[str, ...]
    experiments: tuple[str, ...]
    rule: Rule
