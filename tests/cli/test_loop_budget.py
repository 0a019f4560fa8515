"""What is run again where time is short, with scripted boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from runner import measure, plan
from runner.plan import Plan, Trial
from runner.records.outcome import Outcome
from runner.session.counting import Counted
from runner.session.loop import Loop
from tests.cli.test_loop import DUEL, HOST, Rig, shared
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine


def ran(rig: Rig, planned: Plan, beyond: int) -> Counter[str]:
    """The trials by experiment, where there is time for the plan and so many more."""

    def affordable(trials: Sequence[Trial]) -> Sequence[Trial]:
        return trials[: len(planned.trials) + beyond - len(rig.ran)]

    def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
        rig.ran.extend(trials)
        return [measure.run(t, FakeEngine(rig.script(t)), {}) for t in trials]

    Loop(rig.suite, planned, Counted(), measured, affordable).run()
    return Counter(trial.experiment for trial in rig.ran)


FACTS = (
    DUEL.replace("id: duel", "id: facts").replace(
        "          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.9}\n", ""
    )
    + """
      - id: close
        title: t
        repeat: 1
        server: {lab: [thread, select]}
        expect:
          - {ratio: rate, of: {lab: select}, to: {lab: thread}, at_least: 0.5}
"""
)


def test_a_verdict_has_its_repeats_before_a_disturbed_row_of_a_table(suite_of: MakeSuite) -> None:
    """There is time for the plan and ten trials: so many the verdict of `close` needs, while
    another program disturbs `facts`, which is about counts."""
    rig = Rig(suite_of(FACTS), shared(1000))
    assert ran(rig, plan.expand(rig.suite, HOST), 10) == {"facts": 10, "close": 2 + 10}


def test_a_verdict_has_its_repeats_before_a_disturbed_look_at_a_cell(suite_of: MakeSuite) -> None:
    """`duel` shows each cell once before six are measured: what disturbed that look is no reason to
    take the time of a verdict."""
    text = FACTS.replace("id: facts", "id: duel\n        repeat: 1").replace(
        "{metric: errors, of: {}, at_most: 0}",
        "{ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 0.9}",
    )
    rig = Rig(suite_of(text), shared(1))
    assert ran(rig, plan.expand(rig.suite, HOST), 20) == {"duel": 2 + 10, "close": 2 + 10}
