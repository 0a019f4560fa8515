"""A FAIL in the loop of a run: it stays, and it is not repeated where no repeat can change it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from runner import plan
from runner.cli import exits
from runner.cli.exit_codes import Exit
from runner.judge import Decision, verdicts
from runner.plan import Trial
from runner.records.asked import Asked
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.session.counting import Counted
from runner.session.loop import Loop
from runner.spec import Suite
from tests.cli.test_loop import DUEL, HOST, TURNS, Rig, echoing
from tests.conftest import MakeSuite


def answering(
    answers: dict[tuple[str, int], list[Status]], *, final: bool = False
) -> Callable[[Sequence[Trial]], Sequence[Outcome]]:
    """By lab and block what the first runs of a trial are; then, and else, OK."""

    def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
        found = []
        for trial in trials:
            waiting = answers.get((str(trial.cell.get("lab")), trial.block), [])
            status = waiting.pop(0) if waiting else Status.OK
            pace = 1 + trial.block / 1000 if trial.cell.get("lab") == "epoll" else 0.5
            metrics = {"rate": 1000 * pace, "errors": 0} if status is Status.OK else {}
            known = TrialRecord(Asked(looks=trial.looks), final=final and status is Status.FAIL)
            found.append(Outcome(trial.id, trial.cell, trial.block, status, "why", metrics, known))
        return found

    return measured


def driven(
    suite: Suite,
    measured: Callable[[Sequence[Trial]], Sequence[Outcome]],
    before: Sequence[Outcome] = (),
) -> tuple[list[tuple[Trial, ...]], list[Outcome]]:
    """What ran together, and all records."""
    groups: list[tuple[Trial, ...]] = []
    records = list(before)

    def kept(trials: Sequence[Trial]) -> Sequence[Outcome]:
        groups.append(tuple(trials))
        found = measured(trials)
        records.extend(found)
        return found

    planned = plan.expand(suite, HOST)
    Loop(suite, planned, Counted(before), kept, lambda trials: trials).run()
    return groups, records


@pytest.mark.parametrize("partner", [Status.INVALID, Status.ERROR])
def test_a_failure_stays_when_its_partner_is_run_again(
    suite_of: MakeSuite, partner: Status
) -> None:
    suite = suite_of(TURNS)
    answers = {("poll", 1): [Status.FAIL, Status.OK], ("epoll", 1): [partner, Status.OK]}
    groups, records = driven(suite, answering(answers))
    assert [len(group) for group in groups] == [2] * 6, "both run again"
    counted = Counted(records)
    counts, superseded = counted.records, counted.superseded
    assert [m.status for m in counts].count(Status.FAIL) == 1
    assert sorted(m.status for m in superseded) == sorted([partner, Status.OK])
    judged = verdicts(suite, counts)
    assert [verdict.outcome for verdict in judged] == [Decision.FAIL, Decision.FAIL]
    assert exits.of(judged, counts) is Exit.FAILED
    groups, _ = driven(suite, answering({}), records)
    assert groups == [], "and is remembered by --resume"


def test_a_failure_that_comes_later_replaces_what_was_sound(suite_of: MakeSuite) -> None:
    suite = suite_of(TURNS)
    answers = {("poll", 1): [Status.OK, Status.FAIL], ("epoll", 1): [Status.INVALID, Status.OK]}
    _, records = driven(suite, answering(answers))
    counted = Counted(records)
    counts, superseded = counted.records, counted.superseded
    assert [m.status for m in counts].count(Status.FAIL) == 1
    assert sorted(m.status for m in superseded) == [Status.INVALID, Status.OK]


@pytest.mark.parametrize("spec", [DUEL, TURNS], ids=["alone", "in turns"])
def test_a_failure_that_no_repeat_can_change_is_not_repeated(
    suite_of: MakeSuite, spec: str
) -> None:
    suite = suite_of(spec)
    answers = {("poll", 0): [Status.FAIL], ("epoll", 0): [Status.INVALID]}
    groups, records = driven(suite, answering(answers, final=True))
    ran = [trial for group in groups for trial in group]
    assert [t.cell.get("lab") for t in ran].count("poll") == 1
    assert [t.cell.get("lab") for t in ran].count("epoll") == 6, "once more, and four times"
    assert {(t.turn, t.turns) for group in groups[2:] for t in group} == {(0, 0)}, "alone"
    assert [v.outcome for v in verdicts(suite, Counted(records).records)] == [Decision.FAIL] * 2
    groups, _ = driven(suite, answering({}), records)
    assert groups == []
    still, _ = driven(suite, answering({("poll", 0): [Status.FAIL]}))
    assert len([t for group in still for t in group]) == 10, "another failure may not come again"


def test_what_is_skipped_is_run_once_in_each_planned_block(suite_of: MakeSuite) -> None:
    answers = {(lab, n): [Status.SKIP] for lab in ("poll", "epoll") for n in range(5)}
    groups, records = driven(suite_of(DUEL), answering(answers))
    assert len(groups) == len(records) == 10


def test_the_display_hears_of_trials_that_are_not_run(suite_of: MakeSuite) -> None:
    rig = Rig(suite_of(DUEL), echoing(2.0))
    first = plan.expand(rig.suite, HOST).trials[0]
    rig.found = [
        Outcome(first.id, first.cell, 0, Status.FAIL, "no READY", record=TrialRecord(final=True))
    ]
    rig.run(plan.expand(rig.suite, HOST))
    assert rig.spared == 4
    assert not any(trial.cell == first.cell for trial in rig.ran)


def test_what_the_lab_failed_at_is_run_again_on_the_noisiest_machine(suite_of: MakeSuite) -> None:
    """That the machine disturbs all the rest, and that repeating it is given up, is no reason to
    leave the lab's own failure as it is."""
    noise = {("epoll", block): [Status.INVALID] * 3 for block in range(20)}
    suite = suite_of(DUEL.replace("repeat: 5, max_repeat: 9", "repeat: 20"))
    _, records = driven(suite, answering(noise | {("poll", 19): [Status.ERROR]}))
    last = [record.status for record in records if record.trial.endswith("lab=poll#20")]
    assert last == [Status.ERROR, Status.OK]
