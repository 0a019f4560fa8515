"""In which order the cells of a block run. Pure.

Cells that an expectation compares stand side by side, the groups and the cells in them in an order
drawn from the seed. Every second block is the one before it in the mirror: A B, then B A. A machine
that becomes slower or faster at a steady pace then does the same to both sides of every comparison,
whichever two cells it compares.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from runner.plan.trial import seed_of
from runner.spec import Cell, Experiment, RatioExpectation, pairs

Groups = Sequence[Sequence[Cell]]


def groups(experiment: Experiment, cells: Sequence[Cell]) -> Groups:
    """The cells, those together that are compared with each other, directly or through others: by
    an expectation, or as rows of one table that are ranked."""
    group = {cell: [cell] for cell in cells}
    for rows in ranked(experiment, cells):
        joined = list(rows)
        group.update(dict.fromkeys(joined, joined))
    for expectation in experiment.expect:
        if not isinstance(expectation, RatioExpectation):
            continue
        for one, other in pairs(experiment, expectation):
            if one in group and other in group and group[one] is not group[other]:
                joined = group[one] + group[other]
                group.update(dict.fromkeys(joined, joined))
    return list({id(cells): cells for cells in group.values()}.values())


def ranked(experiment: Experiment, cells: Sequence[Cell]) -> Groups:
    """The cells whose rows are ranked, table by table."""
    pins = [selector.pins() for selector in experiment.ranked]
    tables: dict[object, list[Cell]] = {}
    for cell in cells:
        if any(cell.has(each) for each in pins):
            table = cell.get(experiment.sections) if experiment.sections else None
            tables.setdefault(table, []).append(cell)
    return list(tables.values())


def blocks(groups: Groups, root: int, experiment: str, numbers: Iterable[int]) -> list[list[Cell]]:
    """The cells of each of these blocks in their order."""
    return [_block(groups, root, experiment, number) for number in numbers]


def _block(groups: Groups, root: int, experiment: str, number: int) -> list[Cell]:
    draw = random.Random(seed_of(root, experiment, number // 2))  # noqa: S311 - no secret
    cells = [
        cell
        for group in draw.sample(groups, len(groups))
        for cell in draw.sample(group, len(group))
    ]
    return cells[::-1] if number % 2 else cells
