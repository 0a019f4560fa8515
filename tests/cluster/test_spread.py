"""A plan in parts: what is compared stays together, and the parts are the whole plan."""

from __future__ import annotations

from runner.paths import SPEC
from runner.plan import Host, expand
from runner.plan.spread import adapted, makespan, spread
from runner.spec import load
from tests.conftest import MakeSuite

TWO = Host(20_000, (0, 1))
SUITE = """\
    experiments:
      - id: compared
        title: t
        server: {lab: [poll, epoll, select], language: [c]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.9}
          - {metric: errors, of: {}, at_most: 0}
      - id: ranked
        title: t
        server: {lab: [poll, epoll], language: [c]}
        ranked: [{}]
        interleave: 50ms
      - id: apart
        title: t
        server: {lab: [poll, epoll], language: [c]}
"""


def test_what_is_compared_or_ranked_stays_together(suite_of: MakeSuite) -> None:
    suite = suite_of(SUITE)
    parts = spread(suite, expand(suite, TWO))
    held = {frozenset((cell.experiment, str(cell.get("lab"))) for cell in p.cells) for p in parts}
    assert held == {
        frozenset({("compared", "poll"), ("compared", "epoll")}),
        frozenset({("compared", "select")}),
        frozenset({("ranked", "poll"), ("ranked", "epoll")}),
        frozenset({("apart", "poll")}),
        frozenset({("apart", "epoll")}),
    }


def test_the_parts_are_the_plan_in_its_order() -> None:
    suite = load(SPEC)
    whole = expand(suite, TWO)
    parts = spread(suite, whole)
    place = {trial.id: number for number, trial in enumerate(whole.trials)}
    assert sorted(place[t.id] for part in parts for t in part.trials) == list(range(len(place)))
    for part in parts:
        order = [place[trial.id] for trial in part.trials]
        assert order == sorted(order)
    lengths = [part.seconds(0.0) for part in parts]
    assert lengths == sorted(lengths, reverse=True)


def test_three_hosts_take_a_third_of_the_time_where_no_part_is_longer() -> None:
    assert makespan([1.0] * 30, 1) == 30
    assert makespan([1.0] * 30, 3) == 10
    assert makespan([20.0, *[1.0] * 10], 3) == 20


def test_a_host_runs_the_same_trials_with_its_own_cpus(suite_of: MakeSuite) -> None:
    suite = suite_of(SUITE)
    here, there = expand(suite, TWO), expand(suite, Host(9_000, (4, 6)))
    for part in spread(suite, here):
        own = adapted(part, there.trials)
        assert [trial.id for trial in own.trials] == [trial.id for trial in part.trials]
        assert {(t.server_cpus, t.fleet_cpus) for t in own.trials} == {((4,), (6,))}
