"""Parts of a plan whose load comes from other hosts: one after the other, by a team of hosts.

One team at a time: two would share the network between the hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.engine.box import Say
from runner.measure.asked import asked
from runner.plan import Plan
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Placement, TrialRecord
from runner.session.crew import LOST_MOST, Turns
from runner.session.host import Host, HostLostError


class Teams(Protocol):
    """The hosts of a cluster that are left."""

    def of(self, count: int) -> Host | None:
        """One that serves, with `count` that send its load; None where there are too few."""


def divided(parts: Sequence[Plan]) -> tuple[list[Plan], list[Plan]]:
    """Those that one host measures, and those that need a team. A part that cannot run here is
    SKIP on any host."""
    apart = [part for part in parts if senders(part)]
    return [part for part in parts if part not in apart], apart


def senders(part: Plan) -> int:
    """How many hosts send its load."""
    return max((trial.hosts for trial in part.trials if trial.skip is None), default=0)


@dataclass(frozen=True, slots=True)
class Together:
    """`work` measures a part, or raises HostLostError; `measured` returns all records so far, and
    `finished` receives that of a trial for which too few hosts are left."""

    teams: Teams
    work: Callable[[Plan, Host, Turns], None]
    say: Say
    measured: Callable[[], Iterable[Outcome]]
    finished: Callable[[Outcome], None]

    def run(self, parts: Sequence[Plan]) -> None:
        for part in parts:
            self._measure(part)

    def _measure(self, part: Plan) -> None:
        """A team that loses a host is given up, and the next one begins the part anew."""
        why, name = "", None
        for _ in range(LOST_MOST):
            team = self.teams.of(senders(part))
            if team is None:
                break
            name = team.name
            try:
                self.work(part, team, Turns([team]))
            except HostLostError as lost:
                why = str(lost)
                self.say(f"cluster: {why}")
            except BaseException:
                team.stop()
                raise
            else:
                return
        self._give_up(part, why, name)

    def _give_up(self, part: Plan, why: str, name: str | None) -> None:
        """What was measured before counts, and what was not is ERROR: of the team `name`."""
        known = {each.trial for each in self.measured()}
        count = senders(part)
        reason = f"{count + 1} hosts are needed, and fewer are left{': ' if why else ''}{why}"
        names = ", ".join(cell.name for cell in part.cells)
        self.say(f"cluster: given up: {names}: {reason}")
        for trial in (each for each in part.trials if each.id not in known):
            record = TrialRecord(asked=asked(trial), placement=Placement(host=name))
            self.finished(
                Outcome(trial.id, trial.cell, trial.block, Status.ERROR, reason, {}, record)
            )
