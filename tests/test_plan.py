"""The plan: every cell, every repeat, in blocks, the same on every machine."""

from __future__ import annotations

from dataclasses import replace

from runner.measure import server_program
from runner.plan import RESERVE, Host, expand, more, turn_groups
from tests.conftest import MakeSuite

HOST = Host(nofile_max=20_000, cpus=(0, 1))
SWEEP = """
    defaults: {repeat: 3, seed: 7}
    experiments:
      - id: sweep
        title: a sweep
        server: {lab: [select, poll, epoll]}
        fleet: {idle: [0, 900, 15k, max], active: 50}
        exclude: [{lab: select, idle: [15k, max]}]
"""


def test_each_repeat_is_a_block_of_all_cells(suite_of: MakeSuite) -> None:
    plan = expand(suite_of(SWEEP), HOST)
    cells = set(suite_of(SWEEP).experiments[0].cells())
    assert len(cells) == 10
    assert len(plan.trials) == 30
    for block in range(3):
        of_block = plan.trials[block * 10 : block * 10 + 10]
        assert {trial.block for trial in of_block} == {block}
        assert {trial.cell for trial in of_block} == cells


def test_every_second_block_is_the_mirror_of_the_one_before(suite_of: MakeSuite) -> None:
    plan = expand(suite_of(SWEEP), HOST, repeat=4)
    orders = [[t.cell for t in plan.trials if t.block == block] for block in range(4)]
    assert orders[1] == orders[0][::-1]
    assert orders[3] == orders[2][::-1]
    assert orders[2] not in orders[:2]


COMPARED = (
    SWEEP
    + """
        expect:
          - {ratio: rate, of: {lab: epoll, idle: 0}, to: {lab: poll, idle: 0}, at_least: 1}
          - {ratio: rate, of: {lab: epoll, idle: 900}, to: {lab: epoll, idle: 0}, at_least: 1}
          - {metric: p99, of: {lab: select, idle: 0}, at_most: 1s}
"""
)


def test_compared_cells_stand_side_by_side(suite_of: MakeSuite) -> None:
    for seed in range(20):
        plan = expand(suite_of(COMPARED), HOST, repeat=1, seed=seed)
        named = [(t.cell.get("lab"), t.cell.get("idle")) for t in plan.trials]
        places = sorted(named.index(cell) for cell in [("epoll", 0), ("poll", 0), ("epoll", 900)])
        assert places[2] - places[0] == 2, named


def test_a_number_of_repeats_that_was_typed_is_kept(suite_of: MakeSuite) -> None:
    suite = suite_of(COMPARED)
    plan = expand(suite, HOST, repeat=4)
    assert more(suite, plan, plan.cells) == ()


def test_max_repeat_is_what_the_spec_says(suite_of: MakeSuite) -> None:
    text = SWEEP.replace("repeat: 3", "repeat: 3, max_repeat: 4")
    assert {trial.looks for trial in expand(suite_of(text), HOST).trials} == {(3, 4)}


def test_the_seed_makes_the_order_and_nothing_else(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    first, again, other = expand(suite, HOST), expand(suite, HOST), expand(suite, HOST, seed=8)
    assert first == again
    assert [t.cell for t in first.trials] != [t.cell for t in other.trials]
    assert {t.id for t in first.trials} == {t.id for t in other.trials}
    assert len({t.seed for t in first.trials}) == len(first.trials)


def test_max_is_what_the_machine_has(suite_of: MakeSuite) -> None:
    trial = next(t for t in expand(suite_of(SWEEP), HOST).trials if t.cell.get("idle") == "max")
    assert trial.nofile == 20_000
    assert trial.idle == 20_000 - RESERVE - 50
    assert trial.skip is None
    large = next(
        t
        for t in expand(suite_of(SWEEP), replace(HOST, nofile_max=1_000_000)).trials
        if t.cell.get("idle") == "max"
    )
    assert large.idle == 30_000 - 50, "the fleet's own cap holds where the machine has more"


def test_what_the_machine_lacks_is_a_named_skip(suite_of: MakeSuite) -> None:
    small = expand(suite_of(SWEEP), Host(nofile_max=10_000, cpus=(0,)))
    skipped = {t.cell.get("idle"): t.skip for t in small.trials if t.skip}
    assert set(skipped) == {15_000}
    assert "15050 connections need 15114 descriptors" in str(skipped[15_000])
    asked = suite_of(
        """
        experiments:
          - {id: a, title: t, measure: ceiling, server: {lab: poll}, limits: {nofile: [256, 50k]}}
        """
    )
    skips = [t.skip for t in expand(asked, HOST, repeat=1).trials]
    raised = "raise the hard limit (`ulimit -Hn`) or use a smaller value"
    assert sorted(map(str, skips)) == [
        "None",
        f"the trial needs nofile 50000, and this machine grants 20000; {raised}",
    ]


def test_a_load_from_other_hosts_is_a_named_skip_where_they_are_too_few(
    suite_of: MakeSuite,
) -> None:
    suite = suite_of(
        """
        experiments:
          - {id: a, title: t, server: {lab: poll}, fleet: {active: 6, fleets: 3, hosts: 2}}
        """
    )
    alone, one, enough = (
        expand(suite, replace(HOST, others=others), repeat=1).trials[0] for others in (0, 1, 2)
    )
    assert alone.skip == (
        "`hosts: 2` needs 2 hosts beside the server's, and there are 0; type --cluster ADDRESS of "
        "a cluster with so many (docs/scale.md)"
    )
    assert "there is 1;" in str(one.skip)
    assert enough.skip is None
    assert (enough.hosts, enough.fleets, enough.parts) == (2, 3, 6)


def test_a_form_of_a_lab_is_another_server_in_its_folder(suite_of: MakeSuite) -> None:
    suite = suite_of(
        """
        experiments:
          - id: forms
            title: t
            server: {lab: [asyncio, asyncio/protocol, epoll_et], language: python}
        """
    )
    trials = expand(suite, HOST, repeat=1, only=["forms/lab=asyncio/*"]).trials
    (program,) = {server_program(trial) for trial in trials}
    assert program.server == suite.labs_root / "asyncio" / "server_protocol.py"
    assert program.name == "asyncio/protocol (python)"
    assert {t.id.partition("#")[0] for t in expand(suite, HOST).trials} == {
        "forms/lab=asyncio",
        "forms/lab=asyncio/protocol",
        "forms/lab=epoll_et",
    }


def test_server_and_fleet_never_share_a_cpu_where_there_are_two(suite_of: MakeSuite) -> None:
    two = expand(suite_of(SWEEP), HOST).trials[0]
    assert (two.server_cpus, two.fleet_cpus) == ((0,), (1,))
    one = expand(suite_of(SWEEP), Host(20_000, (3,))).trials[0]
    # That machine may have others, on which whatever runs is no matter of this trial.
    assert (one.server_cpus, one.fleet_cpus) == ((3,), (3,))


def test_filters_name_experiments_or_cells(suite_of: MakeSuite) -> None:
    suite = suite_of(SWEEP)
    assert len(expand(suite, HOST, only=["swe*"], repeat=1).trials) == 10
    assert len(expand(suite, HOST, only=["sweep/lab=epoll*"], repeat=1).trials) == 4
    assert expand(suite, HOST, only=["other"]).trials == ()


def test_quick_keeps_what_the_spec_says(suite_of: MakeSuite) -> None:
    text = SWEEP + "        quick: {repeat: 1, duration: 200ms, only: [{lab: epoll, idle: 0}]}\n"
    plan = expand(suite_of(text), HOST, quick=True)
    (trial,) = plan.trials
    assert trial.cell.get("lab") == "epoll"
    assert trial.duration_ns == 200_000_000


def test_the_estimate_counts_boxes_windows_and_connecting(suite_of: MakeSuite) -> None:
    plan = expand(suite_of(SWEEP), HOST, only=["sweep/lab=epoll idle=15k"], repeat=1)
    (trial,) = plan.trials
    assert trial.warmup_ns + trial.duration_ns == 1_500_000_000
    assert plan.seconds(overhead=1.0) == 1.0 + 1.5 + 15_050 / 20_000


def test_who_is_compared_takes_turns_and_who_is_not_runs_alone(suite_of: MakeSuite) -> None:
    suite = suite_of(COMPARED.replace("title: a sweep", "title: a sweep\n        interleave: 20ms"))
    plan = expand(suite, HOST)
    for block in range(3):
        groups = turn_groups(trial for trial in plan.trials if trial.block == block)
        (side_by_side,) = (group for group in groups if len(group) > 1)
        assert {(t.cell.get("lab"), t.cell.get("idle")) for t in side_by_side} == {
            ("epoll", 0), ("poll", 0), ("epoll", 900)
        }  # fmt: skip
        assert [(t.turn, t.turns, t.slot_ns) for t in side_by_side] == [
            (turn, 3, 20_000_000) for turn in range(3)
        ]
        assert {t.turns for group in groups if len(group) == 1 for t in group} == {0}
    cells = {trial.cell for trial in side_by_side}
    further = more(suite, plan, cells)
    assert further
    assert {trial.turns for trial in further} == {3}
    alone = more(suite, plan, list(cells)[:1])
    assert {(trial.turns, trial.slot_ns) for trial in alone} == {(0, 0)}
    assert not any(trial.turns for trial in expand(suite_of(COMPARED), HOST).trials)


RANKED = """
    experiments:
      - id: rows
        title: rows
        interleave: 20ms
        sections: idle
        ranked: [{lab: [select, poll, epoll]}]
        server: {lab: [select, poll, epoll, nonblocking]}
        fleet: {idle: [0, 500]}
        repeat: 4
        expect:
          - {ratio: rate, of: {lab: epoll, idle: 0}, to: {lab: poll, idle: 0}, at_least: 1}
"""


def test_ranked_rows_of_a_table_run_together_and_the_others_alone(suite_of: MakeSuite) -> None:
    suite = suite_of(RANKED)
    plan = expand(suite, HOST)
    for group in turn_groups(plan.trials):
        labs = sorted(str(trial.cell.get("lab")) for trial in group)
        assert labs in (["epoll", "poll", "select"], ["nonblocking"])
        assert len({trial.cell.get("idle") for trial in group}) == 1, "a table is a group"
        assert {trial.turns for trial in group} == ({3} if len(group) == 3 else {0})


def test_ranked_rows_are_repeated_all_or_none(suite_of: MakeSuite) -> None:
    suite = suite_of(RANKED)
    plan = expand(suite, HOST)
    undecided = [t.cell for t in plan.trials if t.cell.get("lab") in ("poll", "epoll")]
    further = more(suite, plan, {cell for cell in undecided if cell.get("idle") == 0})
    assert further
    assert {str(t.cell.get("lab")) for t in further} == {"select", "poll", "epoll"}
    assert {t.cell.get("idle") for t in further} == {0}
