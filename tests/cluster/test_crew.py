"""Hosts that are lost, that are one machine, that are stopped: with scripted hosts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from runner.engine.box import EngineError
from runner.measure.fleet import OnProgress
from runner.plan import Host as Limits
from runner.plan import Plan, Trial, expand
from runner.plan.spread import spread
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Placement, TrialRecord
from runner.session.counting import Counted
from runner.session.crew import Crew, Turns
from runner.session.host import HostLostError
from tests.conftest import MakeSuite

SUITE = """\
    experiments:
      - id: e
        title: t
        server: {lab: [poll, epoll, select, blocking], language: [c]}
        repeat: 2
"""


@dataclass
class Scripted:
    """A host that is lost after so many trials."""

    name: str
    machine: str
    lives: float = float("inf")
    engine: str = "process"
    ran: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    inside: threading.Lock = field(default_factory=threading.Lock)

    def adapted(self, plan: Plan) -> Plan:
        return plan

    def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
        del on_progress
        assert self.inside.acquire(blocking=False), "two trials at once on one machine"
        try:
            self.lives -= 1
            status = Status.ERROR if self.lives < 0 else Status.OK
            self.ran += [trial.id for trial in trials]
            return [outcome(trial.cell, trial.block, status, self.name) for trial in trials]
        finally:
            self.inside.release()

    def after_error(self) -> None:
        raise HostLostError(f"host {self.name} was lost")

    def until_quiet(self, seconds: float) -> float:
        return seconds

    def stop(self) -> None:
        self.stopped.set()


def outcome(cell: object, block: int, status: Status, host: str) -> Outcome:
    record = TrialRecord(placement=Placement(host=host))
    return Outcome(f"{cell}#{block}", cell, block, status, "", {}, record)  # type: ignore[arg-type]


def work(part: Plan, host: Scripted, turns: Turns) -> None:
    for trial in part.trials:
        with turns.on(host):
            turns.require_going()
            records = host.measure([trial], lambda _: None)
        if records[0].status is Status.ERROR:
            host.after_error()


@pytest.fixture
def parts(suite_of: MakeSuite) -> list[Plan]:
    suite = suite_of(SUITE)
    return spread(suite, expand(suite, Limits(20_000, (0, 1))))


def crew(
    parts: list[Plan], hosts: list[Scripted], said: list[str] | None = None
) -> Crew[Plan, Scripted]:
    return Crew(parts, hosts, work, (said if said is not None else []).append, named=named)


def silent(_line: str) -> None:
    """For tests that are not about what is said."""


def named(part: Plan) -> str:
    return part.trials[0].id


def whole(part: Plan) -> list[str]:
    return [trial.id for trial in part.trials]


def test_every_trial_runs_once_and_a_part_on_one_host(parts: list[Plan]) -> None:
    hosts = [Scripted("a", "1"), Scripted("b", "2")]
    crew(parts, hosts).run()
    assert sorted(hosts[0].ran + hosts[1].ran) == sorted(t for part in parts for t in whole(part))
    for part in parts:
        assert {tuple(t for t in host.ran if t in whole(part)) for host in hosts} == {
            (), tuple(whole(part))
        }  # fmt: skip


def test_the_part_of_a_lost_host_is_measured_anew_by_another(parts: list[Plan]) -> None:
    said: list[str] = []
    lost, other = Scripted("a", "1", lives=1), Scripted("b", "2")
    crew(parts, [lost, other], said).run()
    if lost.ran:  # it may have been too late for any part
        begun = next(part for part in parts if lost.ran[0] in whole(part))
        assert lost.ran == whole(begun)[:2]
        assert said == ["cluster: host a was lost"]
    assert sorted(other.ran) == sorted(t for part in parts for t in whole(part))


def test_without_any_host_the_run_ends(parts: list[Plan]) -> None:
    hosts = [Scripted("a", "1", lives=0), Scripted("b", "2", lives=0)]
    with pytest.raises(HostLostError, match=r"no host is left for \d parts of the plan: host"):
        crew(parts, hosts).run()


def test_what_two_hosts_were_lost_with_is_given_up(parts: list[Plan]) -> None:
    class Poisoned(Scripted):
        def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
            self.lives = 0 if trials[0].id in whole(parts[0]) else 9
            return super().measure(trials, on_progress)

    said: list[str] = []
    hosts: list[Scripted] = [Poisoned(name, name) for name in "abc"]
    crew(parts, hosts, said).run()
    ran = [trial for host in hosts for trial in host.ran]
    assert ran.count(whole(parts[0])[0]) == 2
    assert set(ran) >= {t for part in parts[1:] for t in whole(part)}
    assert any(line.startswith("cluster: given up") for line in said)


def test_hosts_that_are_one_machine_take_turns(parts: list[Plan]) -> None:
    one = threading.Lock()
    hosts = [Scripted(name, "same", inside=one) for name in "abc"]
    crew(parts, hosts).run()  # `measure` asserts it
    assert sum(len(host.ran) for host in hosts) == sum(len(part.trials) for part in parts)


def test_a_fault_ends_the_run_on_all_hosts(parts: list[Plan]) -> None:
    class Broken(Scripted):
        def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
            del trials, on_progress
            raise EngineError("the disk is gone")

    class Waiting(Scripted):
        def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
            assert self.stopped.wait(30)
            return super().measure(trials, on_progress)

    hosts = [Waiting("a", "1"), Broken("b", "2")]
    with pytest.raises(EngineError, match="the disk is gone"):
        crew(parts, hosts).run()
    assert len(hosts[0].ran) <= 1


def test_a_part_that_was_begun_waits_for_its_host(parts: list[Plan]) -> None:
    hosts = [Scripted("a", "1"), Scripted("b", "2")]
    Crew(parts, hosts, work, silent, named, home=lambda _part: "b").run()
    assert not hosts[0].ran
    gone = [Scripted("a", "1"), Scripted("c", "2")]
    Crew(parts, gone, work, silent, named, home=lambda _part: "b").run()
    assert sum(len(host.ran) for host in gone) == sum(len(part.trials) for part in parts)


def test_of_a_cell_the_records_of_one_host_count(parts: list[Plan]) -> None:
    cell = parts[0].cells[0]
    first = [outcome(cell, block, Status.OK, "a") for block in range(3)]
    counted = Counted([*first, outcome(cell, 0, Status.OK, "b"), outcome(cell, 1, Status.OK, "b")])
    assert [(each.block, each.host) for each in counted.records] == [(0, "b"), (1, "b")]
    assert {(each.block, each.host) for each in counted.superseded} == {(n, "a") for n in range(3)}


def test_a_fail_counts_whichever_host_saw_it(parts: list[Plan]) -> None:
    cell = parts[0].cells[0]
    failed = replace(outcome(cell, 1, Status.FAIL, "a"), reason="it died")
    counted = Counted([failed, outcome(cell, 0, Status.OK, "b"), outcome(cell, 1, Status.OK, "b")])
    assert {(each.status, each.host) for each in counted.records} == {
        (Status.FAIL, "a"), (Status.OK, "b")
    }  # fmt: skip
