"""In which order the cells of a block run. Pure.

Cells that an expectation compares stand side by side; the order of the groups and of the cells in
them is drawn from the seed. Every second block is the block before it in reverse: A B, then B A. A
machine that becomes slower or faster at a steady pace then changes both sides of every comparison
alike, whichever two cells it compares.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from runner.plan.trial import seed_of
from runner.spec import Cell, Experiment, RatioExpectation, pairs

Groups = Sequence[Sequence[Cell]]


def groups(experiment: Experiment, cells: Sequence[Cell]) -> Groups:
    """The cells in groups: those of one group are compared with each other, directly or through
    others, by an expectation or as ranked rows of one table."""
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
    """The cells whose rows are ranked, in one group a table."""
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
