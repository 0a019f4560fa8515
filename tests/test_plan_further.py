"""Further repeats: when a verdict is computed, and which trials it needs until then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runner.plan import expand, looks, more
from runner.spec import Cell, Suite
from tests.chosen import draws
from tests.conftest import MakeSuite
from tests.test_plan import COMPARED, HOST


def test_when_there_is_a_look_is_fixed_beforehand() -> None:
    assert looks(5, 15) == (5, 7, 10, 15)
    assert looks(5, 9) == (5, 6, 7, 9)
    assert looks(4, 20) == (4, 7, 12, 20)
    assert looks(5, 6) == (5, 6)
    assert looks(7, 7) == (7,)
    assert looks(1, 8) == (1, 6, 7, 8), "what decides nothing is no look"
    assert looks(2, 14) == (2, 6, 8, 11, 14)
    assert looks(3, 4) == (3, 4)


def test_more_brings_undecided_cells_to_their_next_look(suite_of: MakeSuite) -> None:
    suite = suite_of(COMPARED.replace("repeat: 3", "repeat: 4, max_repeat: 10"))
    plan = expand(suite, HOST)
    assert {trial.looks for trial in plan.trials} == {(4, 5, 7, 10)}
    wanted = [c for c in plan.cells if (c.get("lab"), c.get("idle")) in (("epoll", 0), ("poll", 0))]
    first = more(suite, plan, wanted)
    assert [trial.block for trial in first] == [4, 4]
    assert {trial.cell for trial in first} == set(wanted)
    second = more(suite, plan.then(first), wanted[:1])
    assert [trial.block for trial in second] == [5, 6]
    both = more(suite, plan.then(first).then(second), wanted)
    assert [trial.block for trial in both].count(8) == 2
    assert {trial.block for trial in both if trial.cell == wanted[1]} == {5, 6, 7, 8, 9}
    ids = [trial.id for trial in (*plan.trials, *first, *second, *both)]
    assert len(set(ids)) == len(ids)
    seeds = {trial.seed for trial in (*plan.trials, *first, *second, *both)}
    assert len(seeds) == len(ids), "every trial has a seed of its own"
    assert more(suite, plan.then(first).then(second).then(both), wanted) == ()
    assert more(suite, plan, ()) == ()


def test_the_repeats_that_take_the_least_time_come_first(suite_of: MakeSuite) -> None:
    """So a budget that does not suffice for all of them decides most verdicts."""
    text = """
        experiments:
          - {id: long, title: t, repeat: 2, max_repeat: 8, duration: 2s,
             server: {lab: [poll, epoll]},
             expect: [{ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}]}
          - {id: short, title: t, repeat: 1, max_repeat: 8, duration: 200ms,
             server: {lab: [poll, epoll]},
             expect: [{ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}]}
    """
    suite = suite_of(text)
    plan = expand(suite, HOST)
    further = more(suite, plan, plan.cells)
    assert [trial.experiment for trial in plan.trials] == ["long"] * 4 + ["short"] * 2
    assert [trial.experiment for trial in further] == ["short"] * 10 + ["long"] * 8


def all_blocks(suite: Suite, seed: int | None, undecided: Sequence[int]) -> list[list[Cell]]:
    """The order of each block of a run in which only some cells need further repeats."""
    plan = expand(suite, HOST, seed=seed)
    cells = [suite.experiments[0].cells()[number] for number in undecided]
    while further := more(suite, plan, cells):
        plan = plan.then(further)
    numbers = sorted({trial.block for trial in plan.trials})
    return [[t.cell for t in plan.trials if t.block == number] for number in numbers]


@pytest.mark.parametrize("own", ["", "seed: 11, "], ids=["root", "own seed"])
@pytest.mark.parametrize("turns", ["", "interleave: 20ms, "], ids=["alone", "in turns"])
def test_the_order_is_mirrored_over_all_blocks_whichever_cells_go_on(
    suite_of: MakeSuite, own: str, turns: str
) -> None:
    """Of a pair of blocks the first may be planned and the second an addition."""
    text = """
        defaults: {repeat: 5, max_repeat: 20}
        experiments:
          - {id: e, title: t, OWNTURNS server: {lab: [select, poll, epoll, epoll_et]}, expect: [
             {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1},
             {ratio: rate, of: {lab: epoll_et}, to: {lab: poll}, at_least: 1}]}
    """
    suite = suite_of(text.replace("OWN", own).replace("TURNS", turns))
    for seed in [None, *range(draws(30, 200))]:
        for undecided in ([0, 1, 2, 3], [1, 2], [1, 3], [2, 3, 1]):
            orders = all_blocks(suite, seed, undecided)
            assert len(orders) == 20
            for one, other in zip(orders[::2], orders[1::2], strict=True):
                kept = [cell for cell in one if cell in other]
                assert kept == other[::-1], (seed, undecided)


def test_further_blocks_are_drawn_with_the_seed_of_the_experiment(suite_of: MakeSuite) -> None:
    text = COMPARED.replace("repeat: 3, seed: 7", "repeat: 4, max_repeat: 16, seed: 7")
    own = text.replace("title: a sweep", "title: a sweep\n        seed: 8")
    cells = range(10)
    eight = all_blocks(suite_of(own), None, cells)
    assert eight == all_blocks(suite_of(text), 8, cells), "the option says the same"
    assert eight[4:] != all_blocks(suite_of(text), None, cells)[4:]
    assert {trial.root for trial in expand(suite_of(own), HOST).trials} == {8}
    whole = expand(suite_of(own.replace("repeat: 4", "repeat: 16")), HOST)
    assert eight == [[t.cell for t in whole.trials if t.block == n] for n in range(16)]
