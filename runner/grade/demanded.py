"""Whether what an assignment demands of a model is in the tables of models and claims. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from runner.grade.claims import CLAIMS_OF
from runner.grade.denials import model_of
from runner.spec import Assignment, Key, WrongError
from runner.spec.problem import listed


def unknown_demands(assignment: Assignment) -> Iterator[tuple[Key, WrongError]]:
    """A model without a row, and points for claims that its row leaves open."""
    try:
        model = model_of(assignment).name
    except WrongError as unknown:
        yield ("assignment", "model"), unknown
        return
    claims = [demand.claim for demand in CLAIMS_OF[model]]
    for index, check in enumerate(assignment.experiments):
        for claim in check.proof:
            if claim not in claims:
                what = f"the model {model} demands nothing of '{claim}'"
                wrong = WrongError(what, f"it demands {listed(claims)}", "delete it")
                yield ("experiments", index, "proof", claim), wrong
