"""The loop of a run, with scripted boxes: what is run again, how long, and when it ends."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

from runner import measure, plan
from runner.judge import Decision, verdicts
from runner.plan import Host, Plan, Trial
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.session.counting import Counted
from runner.session.loop import Loop
from runner.spec import Suite
from tests.conftest import MakeSuite
from tests.fake_engine import READY, FakeEngine, Script, fleet, server

DUEL = """
    defaults: {repeat: 5, max_repeat: 9}
    experiments:
      - id: duel
        title: t
        server: {lab: [poll, epoll]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.9}
          - {metric: errors, of: {}, at_most: 0}
"""
HOST = Host(20_000, (0, 1))


class Rig:
    """Runs a plan on boxes whose figures are drawn, and keeps what happened."""

    def __init__(self, suite: Suite, script: Callable[[Trial], tuple[Script, Script]]) -> None:
        self.suite = suite
        self.script = script
        self.ran: list[Trial] = []
        self.found: list[Outcome] = []
        self.asked: list[int] = []
        self.waits = 0
        self.spared = 0

    def run(self, planned: Plan, *, time: bool = True) -> None:
        def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
            self.ran.extend(trials)
            found = [measure.run(t, FakeEngine(self.script(t)), {}) for t in trials]
            self.found.extend(found)
            return found

        def affordable(trials: Sequence[Trial]) -> Sequence[Trial]:
            return trials if time else ()

        def wait() -> None:
            self.waits += 1

        def spared(trials: int) -> None:
            self.spared += trials

        before = Counted(self.found)
        Loop(
            self.suite, planned, before, measured, affordable, wait, spared, self.asked.append
        ).run()

    @property
    def outcome(self) -> Decision:
        return verdicts(self.suite, Counted(self.found).records)[0].outcome


def echoing(epoll: float) -> Callable[[Trial], tuple[Script, Script]]:
    """epoll is so many times as quick as poll, give or take a few percent: of each trial the same,
    in whatever order they run."""

    def script(trial: Trial) -> tuple[Script, Script]:
        draw = random.Random(f"5 {trial.id}")
        pace = epoll if trial.cell.get("lab") == "epoll" else 1.0
        return server(), fleet(requests=int(10_000 * pace * draw.lognormvariate(0, 0.03)))

    return script


def test_what_is_clear_ends_after_the_planned_repeats(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), echoing(2.0))
    rig.run(plan.expand(rig.suite, HOST))
    assert (len(rig.ran), rig.asked, rig.outcome) == (10, [], Decision.PASS)


def test_what_is_close_goes_on_to_the_last_look_and_is_then_left(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), echoing(0.9))
    rig.run(plan.expand(rig.suite, HOST))
    assert (len(rig.ran), rig.asked) == (18, [2, 2, 4])
    assert rig.outcome is Decision.INCONCLUSIVE
    assert [trial.block for trial in rig.ran] == sorted(trial.block for trial in rig.ran)


def test_where_there_is_no_time_the_planned_repeats_must_do(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), echoing(0.9))
    rig.run(plan.expand(rig.suite, HOST), time=False)
    assert (len(rig.ran), rig.asked) == (10, [])


def test_what_was_measured_before_is_not_run_again(suite_of: MakeSuite) -> None:
    """A run that was killed anywhere goes on to where the whole one ends."""
    whole = Rig(suite_of(DUEL), echoing(0.9))
    whole.run(plan.expand(whole.suite, HOST))
    for kept in (0, 3, 10, 13, 17):
        rig = Rig(whole.suite, echoing(0.9))
        rig.found = whole.found[:kept]
        rig.run(plan.expand(rig.suite, HOST))
        assert len(rig.ran) == 18 - kept
        assert {m.trial for m in rig.found} == {m.trial for m in whole.found}


def shared(times: int) -> Callable[[Trial], tuple[Script, Script]]:
    """The first `times` trials of epoll share the fleet's CPU with a stranger."""
    left = [times]
    calm = echoing(2.0)

    def script(trial: Trial) -> tuple[Script, Script]:
        if trial.cell.get("lab") == "epoll" and left[0]:
            left[0] -= 1
            cpu = {"user_ns": 0, "system_ns": 0, "wall_ns": 100, "run_ns": 30, "wait_ns": 70}
            return Script([READY]), fleet(cpu=cpu)
        return calm(trial)

    return script


def test_what_the_environment_spoilt_is_run_again_after_its_block(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), shared(2))
    rig.run(plan.expand(rig.suite, HOST))
    first = [(trial.cell.get("lab"), trial.block) for trial in rig.ran[:4]]
    assert sorted(first) == [("epoll", 0), ("epoll", 0), ("epoll", 0), ("poll", 0)]
    assert (rig.asked, rig.waits) == ([1, 1], 2)
    assert rig.outcome is Decision.PASS
    assert [m.status for m in rig.found].count(Status.INVALID) == 2, "both records are kept"


def test_a_machine_that_is_never_quiet_ends_the_run_all_the_same(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), shared(1000))
    rig.run(plan.expand(rig.suite, HOST))
    assert len(rig.ran) == 10 + 5 * 2 + 2, "each twice again, and one more block"
    assert rig.outcome is Decision.INVALID
    long = Rig(suite_of(DUEL.replace("repeat: 5, max_repeat: 9", "repeat: 20")), shared(1000))
    long.run(plan.expand(long.suite, HOST))
    again = len(long.ran) - len({trial.id for trial in long.ran})
    assert again == 10, "no more than a quarter of the plan in vain"


def test_no_experiment_spends_the_patience_of_another(suite_of: MakeSuite) -> None:
    """Servers that run in turns are repeated together: the trials are counted, not the groups."""
    text = TURNS + TURNS.partition("experiments:")[2].replace("id: duel", "id: later")
    rig = Rig(suite_of(text), shared(1000))
    rig.run(plan.expand(rig.suite, HOST))
    repeated = Counter(trial.experiment for trial in rig.ran) - Counter(
        trial.experiment for trial in {trial.id: trial for trial in rig.ran}.values()
    )
    assert set(repeated) == {"duel", "later"}
    assert repeated["duel"] == repeated["later"] == 10, "ten trials: five groups of two"


def test_more_of_what_is_disturbed_decides_nothing(suite_of: MakeSuite) -> None:
    close, strange = echoing(0.9), shared(1000)

    def script(trial: Trial) -> tuple[Script, Script]:
        return close(trial) if trial.block < 5 else strange(trial)

    rig = Rig(suite_of(DUEL), script)
    rig.run(plan.expand(rig.suite, HOST))
    assert {trial.block for trial in rig.ran} == set(range(6)), "none after the sixth"
    assert rig.outcome is Decision.INCONCLUSIVE


def test_a_server_that_breaks_the_contract_is_not_run_again(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), lambda _: (Script(["HELLO"]), fleet()))
    rig.run(plan.expand(rig.suite, HOST))
    assert (len(rig.ran), rig.spared) == (2, 8), "each server once"
    assert {m.status for m in rig.found} == {Status.FAIL}


TURNS = DUEL.replace("title: t", "title: t\n        interleave: 20ms")


def test_who_takes_turns_runs_again_together(suite_of: MakeSuite) -> None:
    """Where one of two is invalid, or was not written before the run was killed."""
    rig = Rig(suite_of(TURNS), shared(1))
    rig.run(plan.expand(rig.suite, HOST))
    first = [(trial.cell.get("lab"), trial.block) for trial in rig.ran[:4]]
    assert sorted(first) == [("epoll", 0), ("epoll", 0), ("poll", 0), ("poll", 0)]
    assert rig.outcome is Decision.PASS
    killed = Rig(rig.suite, echoing(2.0))
    killed.found = rig.found[:7]
    killed.run(plan.expand(rig.suite, HOST))
    assert len(killed.ran) == 6, "a block of which only a half is there, and two that are not"


TWO = (
    DUEL
    + """
      - id: other
        title: t
        server: {lab: [thread, select]}
        expect:
          - {ratio: rate, of: {lab: select}, to: {lab: thread}, at_least: 1}
"""
)


def test_where_there_is_time_for_one_experiment_only_that_one_goes_on(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(TWO), echoing(0.9))
    kept = {"duel": 0, "other": 0}

    def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
        for trial in trials:
            kept[trial.experiment] += 1
        return [measure.run(t, FakeEngine(rig.script(t)), {}) for t in trials]

    def more(trials: Sequence[Trial]) -> Sequence[Trial]:
        return [trial for trial in trials if trial.experiment == "other"]

    Loop(rig.suite, plan.expand(rig.suite, HOST), Counted(), measured, more).run()
    assert kept == {"duel": 10, "other": 18}


TRACES = """
    experiments:
      - id: traces
        title: t
        measure: trace
        server: {lab: [select, poll, epoll, sigio, thread, fork, blocking]}
        repeat: 1
"""


def test_traces_run_side_by_side_and_only_the_unsound_one_runs_again(suite_of: MakeSuite) -> None:
    suite = suite_of(TRACES)
    planned = plan.expand(suite, HOST)
    unsound = planned.trials[1]
    groups: list[tuple[Trial, ...]] = []

    def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
        first = unsound not in sum(groups, ())
        groups.append(tuple(trials))
        return [
            Outcome(
                trial=each.id,
                cell=each.cell,
                block=each.block,
                status=Status.ERROR if first and each is unsound else Status.OK,
                reason="",
                metrics={},
                record=TrialRecord(),
            )
            for each in trials
        ]

    Loop(suite, planned, Counted(()), measured, lambda trials: trials).run()
    assert groups == [planned.trials[:5], planned.trials[5:], (unsound,)]
    assert {trial.turns for trial in planned.trials} == {0}
