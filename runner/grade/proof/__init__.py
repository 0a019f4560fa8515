"""The proof of the model: each claim of an assignment's model held against four columns. Pure.

enforced   the calls that the box denied while the server served
untraced   where its threads slept and what its sockets were, as /proc showed at several moments
traced     its system calls, in the conversation that is traced
behaves    its threads, its CPU time and its limits

They are taken at different loads and moments, so that a server that behaves only while it is
watched contradicts itself. A claim is PROVEN where two columns agree and none contradicts.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.grade.claims import CLAIMS_OF, SERVES, WAITS_IN
from runner.grade.proof.behaves import behaves
from runner.grade.proof.enforced import enforced
from runner.grade.proof.evidence import evidence_of
from runner.grade.proof.ruling import ruling_of
from runner.grade.proof.traced import traced
from runner.grade.proof.untraced import untraced
from runner.grade.record import ProofRow
from runner.records.outcome import Outcome

COLUMNS = (enforced, untraced, traced, behaves)


def prove(model: str, outcomes: Iterable[Outcome], submission: str) -> tuple[ProofRow, ...]:
    """`model` is a row of `models.MODELS`. `outcomes` are the records that count of all checks that
    were run so far; `submission` is the lab whose trials are evidence."""
    demands = CLAIMS_OF[model]
    words = {demand.claim: demand.words for demand in demands}
    evidence = evidence_of(outcomes, submission, words[WAITS_IN], words[SERVES])
    rows: list[ProofRow] = []
    for demand in demands:
        seen = tuple(column(demand, evidence) for column in COLUMNS)
        ruling, why = ruling_of(seen)
        rows.append(ProofRow(demand.claim, demand.text, seen, ruling, why))
    return tuple(rows)
