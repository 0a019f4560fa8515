"""C1: two questions, and the answers of each model by observation (docs/axes.md)."""

from __future__ import annotations

from runner.claims.evidence import Evidence, values
from runner.claims.rules.arrivals import arrivals
from runner.claims.ruling import Ruling, Standing, Table
from runner.trace.axes import FIELDS, SYNCHRONOUS, Field, traced
from runner.trace.classification import UNKNOWN


def c1_two_different_questions(evidence: Evidence) -> Ruling:
    """Is the operation complete at the notification; is the thread blocked while it waits? Both are
    measured, never taken from a model's name. The questions are independent if no answer to one
    decides the other: all four fields are taken."""
    by_lab = _by_traces(evidence)
    places = {model: one.field for model, one in arrivals(evidence).items()}
    places |= {f"{lab} (traced)": field for lab, (field, _) in by_lab.items()}
    taken = {field: sorted(m for m, f in places.items() if f == field) for field in FIELDS}
    rows = tuple((field.text, ", ".join(models) or "no model") for field, models in taken.items())
    told = _notified_but_synchronous(by_lab)
    tables = (
        Table("Every model by observation", ("operation, wait", "models"), rows),
        _definitions(by_lab),
    )
    empty = [field.text for field, models in taken.items() if not models]
    figure = f"{4 - len(empty)} of 4 fields are taken by {len(places)} models"
    confidence = "system calls, context switches and buffers, not labels"

    def ruling(standing: Standing, because: str, *met: int) -> Ruling:
        return Ruling(standing, figure, confidence, because, tables, met=met or (0,))

    seen = {field for field, models in taken.items() if models}
    if len({field.operation for field in seen}) == 1 or len({field.wait for field in seen}) == 1:
        because = "All models give the same answer to one of the questions."
        return ruling(Standing.INCONCLUSIVE, because)
    if len(empty) == 2:
        because = "In every observed model the answer to one question decides the other."
        return ruling(Standing.REFUTED, because)
    if empty:
        because = f"The questions are two, but no model is {empty[0]}."
        return ruling(Standing.NUANCED, because)
    because = (
        "The questions are independent: for a synchronous operation and for an asynchronous one "
        "there are models whose thread is blocked while it waits, and models whose thread runs."
    )
    if told:
        because += (
            f" But the seed has two definitions of the first question, and {', '.join(told)} "
            "shows that they differ: a signal notifies the thread, so by the bookshop the model is "
            "asynchronous; the thread must still copy, so by POSIX and by the seed's last section "
            "it is synchronous."
        )
    return ruling(Standing.NUANCED, because, 1) if told else ruling(Standing.SUPPORTED, because)


def _by_traces(evidence: Evidence) -> dict[str, tuple[Field, str]]:
    """The field and `notified_by` of servers that were traced and classified. Raises NotShownError
    where sigio was not: the two definitions differ there."""
    evidence.trials(measure="trace", lab="sigio")
    answers = {}
    for lab in evidence.labs(measure="trace"):
        trials = evidence.maybe(measure="trace", lab=lab)
        copies, blocks, notified = (
            values([m.metrics.get(name, UNKNOWN) for m in trials])
            for name in ("copied_by", "blocks_in", "notified_by")
        )
        if UNKNOWN in (copies, blocks, notified) or "/" in copies + blocks + notified:
            continue
        answers[lab] = traced(copies, blocks), notified
    return answers


def _notified_but_synchronous(by_lab: dict[str, tuple[Field, str]]) -> list[str]:
    """Servers for which the bookshop and POSIX give different answers to the first question."""
    return [
        lab
        for lab, (field, notified) in by_lab.items()
        if notified == "signal" and field.operation == SYNCHRONOUS
    ]


def _definitions(by_lab: dict[str, tuple[Field, str]]) -> Table:
    rows = tuple(
        (
            lab,
            notified,
            "asynchronous" if notified in ("signal", "completion") else "synchronous",
            field.operation,
            field.wait,
        )
        for lab, (field, notified) in sorted(by_lab.items())
    )
    head = ("server", "notified by", "by the bookshop", "by POSIX", "the wait")
    return Table("The two definitions of the first question, for traced servers", head, rows)
