"""Suite to trials: the matrix, the repeats and their interleaving, the seeds. Pure.

Every repeat of an experiment is one block: all of its cells once, in an order drawn from the
seed. A machine that is slow for a while then spoils a little of every cell and not all of one
(randomised block design, Box, Hunter & Hunter, Statistics for Experimenters, ch. 4).

`expand` plans the first repeats, `more` those that undecided verdicts need. After how many repeats
verdicts are computed is fixed here, before anything is measured: runner/judge/level.py relies on
it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain, groupby

from runner.plan.order import Groups, blocks, groups, ranked
from runner.plan.trial import (
    MAX,
    RESERVE,
    Host,
    Trial,
    again,
    driven_seconds,
    in_turns,
    trial_of,
    warmer,
)
from runner.spec import Cell, Experiment, Suite

__all__ = [
    "MAX",
    "RESERVE",
    "Host",
    "Plan",
    "Trial",
    "decides",
    "expand",
    "looks",
    "more",
    "repeats",
    "turn_groups",
    "warmer",
    "without",
]

FEWEST, NARROW = 4, 6
"""With fewer repeats than the first no verdict is possible, with the second an interval is narrow:
its width falls with the power 1/(n-1) of the chance to be wrong."""
LOOKS = 4
"""How often a verdict may be computed: the more often, the surer each time must be."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Trials in the order in which they run, and the cells that they cover."""

    trials: tuple[Trial, ...]
    seed: int
    quick: bool

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(dict.fromkeys(trial.cell for trial in self.trials))

    def seconds(self, overhead: float) -> float:
        """An estimate: `overhead` seconds a trial for its boxes, and what the trial itself
        takes."""
        return sum(overhead + driven_seconds(trial) for trial in self.trials if trial.skip is None)

    def then(self, trials: Iterable[Trial]) -> Plan:
        """With further trials at its end."""
        return replace(self, trials=(*self.trials, *trials))


def expand(
    suite: Suite,
    host: Host,
    *,
    quick: bool = False,
    full: bool = False,
    only: Sequence[str] = (),
    repeat: int | None = None,
    seed: int | None = None,
) -> Plan:
    """`only` holds globs on experiment ids (`idle-*`) or on `id/cell` (`idle-sweep/lab=epoll*`).
    `repeat` is the user's choice: exactly so many, even where a verdict would need more."""
    trials: list[Trial] = []
    for experiment in suite.experiments:
        timing = suite.timing(experiment, quick=quick, full=full)
        root = timing.seed if seed is None else seed
        cells = _selected(experiment, only, quick=quick, full=full)
        sizes = looks(timing.repeat, timing.most) if repeat is None else (repeat,)
        compared = groups(experiment, cells)
        order = blocks(compared, root, experiment.id, range(sizes[0]))
        for number, block in enumerate(order):
            one_by_one = [
                trial_of(suite, experiment, cell, number, root, host, timing, sizes)
                for cell in block
            ]
            trials.extend(_in_turns(experiment, compared, one_by_one))
    return Plan(tuple(trials), suite.defaults.seed if seed is None else seed, quick)


def decides(trial: Trial) -> bool:
    """Whether the next verdict that it is for has enough repeats. Where the plan's one or two
    repeats only show a cell, what is missing there decides nothing."""
    return next((size for size in trial.looks if size > trial.block), 0) >= FEWEST


def repeats(
    suite: Suite,
    *,
    quick: bool = False,
    full: bool = False,
    only: Sequence[str] = (),
    repeat: int | None = None,
) -> dict[Cell, int]:
    """The cells that a run with these options measures, and how often before the first look."""
    return {
        cell: suite.timing(experiment, quick=quick, full=full).repeat if repeat is None else repeat
        for experiment in suite.experiments
        for cell in _selected(experiment, only, quick=quick, full=full)
    }


def more(suite: Suite, planned: Plan, cells: Collection[Cell]) -> tuple[Trial, ...]:
    """The trials that these cells need until their verdict is computed next; none for a cell after
    its last time. Each block is the one that all cells of the plan would have, in its order,
    without the cells that need no more: so the order is mirrored over all blocks, whichever cells
    they lack. Of rows that are ranked either all are repeated or none. The experiment that needs
    the least time comes first: where the budget is too small, most verdicts are decided."""
    needed = [_more_of(experiment, planned, cells) for experiment in suite.experiments]
    return tuple(chain.from_iterable(sorted(needed, key=_driven)))


def _more_of(experiment: Experiment, planned: Plan, cells: Collection[Cell]) -> list[Trial]:
    """Those of one experiment."""
    latest = {trial.cell: trial for trial in planned.trials}
    every = [cell for cell in experiment.cells() if cell in latest]
    repeated = {cell for cell in every if cell in cells}
    for rows in ranked(experiment, every):
        repeated.update(rows if not repeated.isdisjoint(rows) else ())
    models = [latest[cell] for cell in every if cell in repeated]
    if not models:
        return []
    have = [model.block + 1 for model in models]
    until = next((size for size in models[0].looks if size > max(have)), 0)
    compared = groups(experiment, every)
    numbers = range(min(have), until)
    order = blocks(compared, models[0].root, experiment.id, numbers)
    trials: list[Trial] = []
    for number, block in zip(numbers, order, strict=True):
        one_by_one = [
            again(latest[cell], number)
            for cell in block
            if cell in repeated and number > latest[cell].block
        ]
        trials.extend(_in_turns(experiment, compared, one_by_one))
    return trials


def _driven(trials: Iterable[Trial]) -> float:
    return sum(map(driven_seconds, trials))


def turn_groups(trials: Iterable[Trial]) -> list[tuple[Trial, ...]]:
    """The trials of a block in groups that run at the same time, in turns or side by side; most run
    alone."""
    grouped: list[tuple[Trial, ...]] = []
    for trial in trials:
        if trial.turn > 0 or (grouped and _side_by_side(grouped[-1], trial)):
            grouped[-1] = (*grouped[-1], trial)
        else:
            grouped.append((trial,))
    return grouped


def _side_by_side(group: Sequence[Trial], trial: Trial) -> bool:
    return trial.turns == group[0].turns == 0 and len(group) < trial.kind.side_by_side


def without(group: Sequence[Trial], cells: Collection[Cell]) -> tuple[Trial, ...]:
    """The trials of a group without those of these cells."""
    kept = tuple(trial for trial in group if trial.cell not in cells)
    if not kept or len(kept) == len(group) or not group[0].turns:
        return kept
    return in_turns(kept, kept[0].slot_ns)


def _in_turns(experiment: Experiment, compared: Groups, block: Sequence[Trial]) -> Iterator[Trial]:
    """The cells that are compared already stand side by side in the block."""
    if experiment.interleave is None:
        yield from block
        return
    group_of = {cell: number for number, group in enumerate(compared) for cell in group}
    for _, side_by_side in groupby(block, lambda trial: group_of[trial.cell]):
        yield from in_turns(tuple(side_by_side), experiment.interleave)


def looks(repeat: int, most: int) -> tuple[int, ...]:
    """After how many repeats a verdict is computed: each time the number grows by the same factor,
    because a clear difference is clear after a few more, and a close one needs many. A `repeat` too
    small for any verdict serves to look at the figures; a cell with a verdict then continues at
    once to where an interval is narrow."""
    if repeat < FEWEST and most > repeat:
        return repeat, *looks(min(NARROW, most), most)
    growth = (most / repeat) ** (1 / (LOOKS - 1))
    return tuple(sorted({round(repeat * growth**step) for step in range(LOOKS)}))


def _selected(
    experiment: Experiment, only: Iterable[str], *, quick: bool, full: bool
) -> list[Cell]:
    return [cell for cell in _kept(experiment, quick=quick, full=full) if _matches(cell, only)]


def _kept(experiment: Experiment, *, quick: bool, full: bool) -> tuple[Cell, ...]:
    if quick:
        return experiment.quick_cells()
    return experiment.cells() if full else experiment.plain_cells()


def _matches(cell: Cell, only: Iterable[str]) -> bool:
    globs = tuple(only)
    names = (cell.experiment, f"{cell.experiment}/{cell.name}")
    return not globs or any(fnmatchcase(name, glob) for name in names for glob in globs)
