"""The proof as points of a check: `proof: {waits in: 10, serves: 5}` in an assignment. Pure.

A claim that is contradicted loses its points, and where that is how the server waits, all are lost:
it is a server of another model. What is not proven costs nothing. But where no trace was recorded,
and the other columns do not prove the claim, nothing speaks for it: then it cannot be graded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.grade.claims import WAITS_IN
from runner.grade.proof.ruling import CONTRADICTED, PROVEN
from runner.grade.record import Expected, ProofRow, State

LOST = "no points, because the server waits in another call than it must"


def proof_points(
    rows: Sequence[ProofRow], points: Mapping[str, float], *, traced: bool
) -> tuple[Expected, ...]:
    """One line for each claim that has points. `traced` says whether a trace was recorded."""
    another = any(row.claim == WAITS_IN and row.ruling == CONTRADICTED for row in rows)
    return tuple(
        _expected(row, points[row.claim], traced=traced, another=another)
        for row in rows
        if row.claim in points
    )


def _expected(row: ProofRow, points: float, *, traced: bool, another: bool) -> Expected:
    state, seen = _state(row, traced=traced), _seen(row)
    if another and state in (State.PASS, State.INCONCLUSIVE):
        state, seen = (
            State.FAIL,
            f"no points, because the server waits in another call: {row.ruling}",
        )
    return Expected(
        expected=f"{row.claim}: {row.demanded}",
        seen=seen,
        state=state,
        points=points,
        earned=points if state in (State.PASS, State.INCONCLUSIVE) else 0.0,
    )


def _state(row: ProofRow, *, traced: bool) -> State:
    if row.ruling == CONTRADICTED:
        return State.FAIL
    if row.ruling == PROVEN:
        return State.PASS
    return State.INCONCLUSIVE if traced else State.UNGRADABLE


def _seen(row: ProofRow) -> str:
    values = dict.fromkeys(seen.value for seen in row.seen if seen.agrees is not None)
    return f"{row.ruling}: {row.why or ', '.join(values)}"
