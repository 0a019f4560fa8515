"""Parts that need a team of hosts: one team at a time, another one where a host is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from runner.cluster.link import LostError
from runner.cluster.team import Teams, networked, others
from runner.plan import Host as Limits
from runner.plan import Plan, expand
from runner.plan.spread import spread
from runner.records.outcome import Outcome, Status
from runner.session.crew import Turns
from runner.session.host import Host, HostLostError
from runner.session.together import Together, divided, senders
from tests.cluster.test_crew import Scripted
from tests.conftest import MakeSuite

SUITE = """\
    experiments:
      - {id: alone, title: t, repeat: 2, server: {lab: poll}}
      - {id: two, title: t, repeat: 2, server: {lab: poll}, fleet: {hosts: 2, active: 2}}
      - {id: four, title: t, repeat: 2, server: {lab: poll}, fleet: {hosts: 4, active: 4}}
"""

TWO = [f"two/lab=poll language=c#{n}" for n in (1, 2)]


@dataclass
class Left:
    """The teams that are left, and how many hosts each can lend."""

    teams: list[Scripted]
    lends: int = 2
    asked: list[int] = field(default_factory=list)

    def of(self, count: int) -> Host | None:
        self.asked.append(count)
        return self.teams.pop(0) if self.teams and count <= self.lends else None


@pytest.fixture
def parts(suite_of: MakeSuite) -> list[Plan]:
    suite = suite_of(SUITE)
    return spread(suite, expand(suite, Limits(4096, (0, 1), others=4)))


def ran(teams: Left, parts: Sequence[Plan]) -> tuple[list[Outcome], list[str]]:
    said: list[str] = []
    found: list[Outcome] = []

    def work(part: Plan, host: Host, turns: Turns) -> None:
        for trial in part.trials:
            with turns.on(host):
                (made,) = host.measure([trial], lambda _: None)
            found.append(
                Outcome(trial.id, trial.cell, trial.block, made.status, "", {}, made.record)
            )
            if made.status is Status.ERROR:
                host.after_error()

    Together(teams, work, said.append, lambda: found, found.append).run(parts)
    return found, said


def test_a_part_needs_a_team_where_other_hosts_send_its_load(parts: list[Plan]) -> None:
    alone, apart = divided(parts)
    assert [each.cells[0].experiment for each in alone] == ["alone"]
    assert sorted(map(senders, apart)) == [2, 4]


def test_what_cannot_run_here_needs_no_team(suite_of: MakeSuite) -> None:
    suite = suite_of(SUITE)
    few = spread(suite, expand(suite, Limits(4096, (0, 1), others=2)))
    _, apart = divided(few)
    assert [each.cells[0].experiment for each in apart] == ["two"]


def test_another_team_begins_the_part_anew(parts: list[Plan]) -> None:
    first, second = Scripted("a (load: b, c)", "m", lives=1), Scripted("a (load: c, d)", "m")
    found, said = ran(Left([first, second]), [each for each in parts if senders(each) == 2])
    assert [each.status for each in found] == [Status.OK, Status.ERROR, Status.OK, Status.OK]
    assert second.ran == TWO
    assert said == ["cluster: host a (load: b, c) was lost"]


def test_too_few_hosts_are_errors_and_the_plan_goes_on(parts: list[Plan]) -> None:
    _, apart = divided(parts)
    found, said = ran(Left([Scripted("a (load: b, c)", "m")]), apart)
    by_status = {s: [e.trial for e in found if e.status is s] for s in (Status.OK, Status.ERROR)}
    assert by_status == {
        Status.OK: TWO,
        Status.ERROR: [each.replace("two", "four") for each in TWO],
    }
    assert said == [
        "cluster: given up: lab=poll language=c: 5 hosts are needed, and fewer are left"
    ]


def test_what_was_measured_before_the_loss_counts(parts: list[Plan]) -> None:
    """Of the two trials one is sound: the other one alone is an error, of the same team."""
    team = Scripted("a (load: b, c)", "m", lives=1)
    found, said = ran(Left([team]), [each for each in parts if senders(each) == 2])
    assert [each.status for each in found] == [Status.OK, Status.ERROR]
    assert "given up" in said[-1]
    assert outcome_hosts(found) == {"a (load: b, c)"}


def outcome_hosts(found: Sequence[Outcome]) -> set[str | None]:
    return {each.host for each in found}


def test_an_interrupt_stops_the_team(parts: list[Plan]) -> None:
    team = Scripted("a (load: b, c)", "m")

    def work(part: Plan, host: Host, turns: Turns) -> None:
        del part, host, turns
        raise KeyboardInterrupt

    def none() -> Iterator[Outcome]:
        return iter(())

    together = Together(Left([team]), work, lambda _: None, none, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        together.run([each for each in parts if senders(each) == 2])
    assert team.stopped.is_set()


def test_a_host_that_was_lost_is_in_no_further_team() -> None:
    """The scheduler still knows one that was cut off."""

    class Cut:
        def workers(self) -> dict[str, object]:
            return {host.address: {} for host in hosts}

        def require_there(self, address: str) -> None:
            if address == hosts[1].address:
                raise LostError("nothing was heard of its worker")

    hosts: Any = [
        SimpleNamespace(name=f"lab-{n}", address=f"tls://10.0.0.{n}:1", place=f"10.0.0.{n}")
        for n in (1, 2, 3)
    ]
    link: Any = Cut()
    teams = Teams(link, hosts)
    first = teams.of(1)
    assert first is not None
    assert first.name == "lab-1 (load: lab-2)"
    with pytest.raises(HostLostError, match="host lab-2 was lost"):
        first.after_error()
    second = teams.of(1)
    assert second is not None
    assert second.name == "lab-1 (load: lab-3)"
    assert teams.of(2) is None


def test_hosts_that_no_network_joins_are_no_others() -> None:
    assert networked("10.1.2.3")
    assert not networked("127.0.0.1")
    assert not networked("fd00::1"), "the load generator knows IPv4 alone"
    assert others(["10.1.2.3", "10.1.2.4", "10.1.2.4", "127.0.0.1"]) == 1
    assert others(["127.0.0.1"] * 3) == 0
