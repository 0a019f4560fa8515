"""Which cell is divided by which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from runner.spec.expect import RatioExpectation
from runner.spec.matrix import Cell
from runner.spec.model import Experiment
from runner.spec.problem import WrongError, listed

_LACKED = ("language", "payload")
"""Axes that not every cell has (own_server.py)."""


def pairs(experiment: Experiment, expectation: RatioExpectation) -> tuple[tuple[Cell, Cell], ...]:
    """Each `of` cell with the one `to` cell that agrees in all axes that neither side names. The
    cell of an own server may lack an axis: there it agrees with any."""
    return pairs_among(experiment.cells(), expectation)


def pairs_among(
    cells: Iterable[Cell], expectation: RatioExpectation
) -> tuple[tuple[Cell, Cell], ...]:
    """The same for cells at hand. Raises WrongError where a cell has not exactly one partner."""
    of, to = expectation.of.pins(), expectation.to.pins()
    pinned = {*of, *to}
    partners: dict[tuple[object, ...], list[Cell]] = defaultdict(list)
    numerators = []
    for cell in cells:
        if cell.has(to):
            partners[_free(cell, pinned)].append(cell)
        if cell.has(of):
            numerators.append(cell)
    return tuple((cell, _only(cell, partners, expectation)) for cell in numerators)


def _free(cell: Cell, pinned: set[str]) -> tuple[object, ...]:
    return tuple(value for axis, value in cell.values if axis not in {*pinned, *_LACKED})


def _only(
    cell: Cell, partners: dict[tuple[object, ...], list[Cell]], expectation: RatioExpectation
) -> Cell:
    pinned = {*expectation.of.pins(), *expectation.to.pins()}
    alike = partners.get(_free(cell, pinned), [])
    candidates = [each for each in alike if _agree(cell, each, pinned)]
    if not candidates:
        raise WrongError(
            f"'{cell.name}' has no counterpart in to: {expectation.to}",
            "each cell of 'of' needs one cell of 'to'",
            "name the axis in which they differ on both sides",
        )
    if len(candidates) > 1:
        names = listed((f"'{each.name}'" for each in candidates), 3)
        raise WrongError(
            f"'{cell.name}' has {len(candidates)} counterparts in to: {expectation.to}",
            f"they are {names}",
            f"add {_differing(candidates)} to 'to'",
        )
    if candidates[0] == cell:
        raise WrongError(
            f"'{cell.name}' is divided by itself", suggestion="make 'of' and 'to' differ"
        )
    return candidates[0]


def _agree(one: Cell, other: Cell, pinned: set[str]) -> bool:
    values = [(one.get(axis), other.get(axis)) for axis in _LACKED if axis not in pinned]
    return all(None in each or each[0] == each[1] for each in values)


def _differing(cells: list[Cell]) -> str:
    first, second = cells[0], cells[1]
    return next(axis for axis, value in first.values if second.get(axis) != value)
