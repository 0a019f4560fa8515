"""A machine whose measurements are scripted: the course is played on it without a kernel.

What a trial yields depends on its cell, so that another variant has another answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from runner.engine.box import Engine
from runner.measure import Unbuilt
from runner.measure.afar import Afar
from runner.measure.asked import asked
from runner.measure.fleet import OnProgress
from runner.plan import Trial
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Fact, TrialRecord
from tests.fake_engine import FakeEngine

BUSY = "other programs used CPU 0"
BLOCKS_IN = {"nonblocking": "nowhere", "poll": "poll", "select": "select", "sigio": "signal",
             "posix_aio": "signal", "epoll": "epoll", "aecho": "epoll",
             "io_uring": "completion"}  # fmt: skip
CALLS = {"io_uring": 0.4, "thread": 2.0, "epoll": 2.2, "poll": 2.3, "select": 2.4, "sigio": 3.1,
         "posix_aio": 33.0, "nonblocking": 11.0}  # fmt: skip


class ScriptedEngine(FakeEngine):
    """With the name of a real one, so that times can be estimated."""

    name = "process"


def metrics_of(trial: Trial) -> dict[str, float | str]:
    lab, cell = str(trial.cell.get("lab")), trial.cell
    crowd = lab in ("thread", "fork")
    if trial.measure == "ceiling":
        number, nofile = trial.connections, trial.nofile
        some = min(number, nofile - 5, 1019 if lab == "select" else number)
        stopped = "none" if some == number else "FD_SETSIZE" if some == 1019 else "EMFILE"
        served = 1 if lab == "blocking" else some
        threads = number + 1 if crowd else 1
        return {"served": served, "limit": stopped, "refused_fd": some + 5, "threads": threads}
    if trial.measure == "trace":
        ring = {"io_uring": "kernel", "posix_aio": "helper"}.get(lab)
        idle = int(cell.get("idle") or 0)
        return {
            "blocks_in": BLOCKS_IN.get(lab, "read"),
            "copied_by": ring or "application",
            "synchrony": "asynchronous" if ring else "synchronous",
            "notification_means": "completion" if ring else "readiness",
            "syscall_bytes_per_event": 10 * idle + 30 if lab == "poll" else idle // 4 + 10,
            "wait_blocked_share": 0 if lab == "nonblocking" else 1,
            "model": "epoll",
            "coroutines": 3,
        }
    if trial.measure == "calls":
        return {"syscalls_per_request": CALLS[lab], "calls_by_name": "recvfrom 1.00"}
    if trial.measure == "stream":
        return {"frame_rate": 50, "late_frame_share": 0, "threads": 1}
    idle = int(cell.get("idle") or 0)
    slow = 1 + idle / 1000 if lab == "poll" else 1.0
    return {"rate": 100_000 / slow * (1 + trial.block / 1000)}


def findings_of(trial: Trial) -> tuple[Fact, ...]:
    if trial.cell.get("probe") == "notification":
        rest = {"level": "reported", "edge": "not reported"}
        return tuple({"trigger": trigger, "rest": said} for trigger, said in rest.items())
    words = dict(word.split("=", 1) for word in trial.args)
    blocked = words["call"] == "time.sleep"
    wait = int(words["length"]) * 1_000_000 if blocked else 1_500_000
    replies = 1 if blocked else 4000
    return ({"call": words["call"], "b_longest_wait_ns": wait, "b_replies": replies},)


@dataclass
class World:
    """`invalid` are experiments whose trials other programs disturb, `lacking` labs that this
    machine cannot run; `changed` overrides metrics."""

    invalid: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    changed: dict[str, float | str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def run_all(
        self,
        trials: Sequence[Trial],
        engine: Engine,
        unbuilt: Unbuilt,
        on_progress: OnProgress,
        afar: Afar | None,
    ) -> list[Outcome]:
        del engine, unbuilt, on_progress, afar
        return [self._outcome(trial) for trial in trials]

    def _outcome(self, trial: Trial) -> Outcome:
        self.ran.append(trial.id)
        record = TrialRecord(asked=asked(trial))
        outcome = Outcome(trial.id, trial.cell, trial.block, Status.OK, record=record)
        if trial.experiment in self.invalid:
            busy = replace(record, disturbed=BUSY)
            metrics = metrics_of(trial)
            invalid = Status.INVALID
            return replace(outcome, status=invalid, reason=BUSY, metrics=metrics, record=busy)
        if trial.cell.get("lab") in self.lacking:
            return replace(outcome, status=Status.SKIP, reason="no io_uring here")
        if trial.measure == "probe":
            found = replace(record, findings=findings_of(trial))
            return replace(outcome, metrics={"findings": 1}, record=found)
        known = {**metrics_of(trial), **self.changed}
        return replace(outcome, metrics=known)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    choose: Callable[..., Engine] = lambda *_: ScriptedEngine([])  # noqa: E731
    monkeypatch.setattr("runner.cli.engines.choose", choose)
    monkeypatch.setattr("runner.measure.run_all", made.run_all)
    monkeypatch.setattr("runner.machine.Patience.until_quiet", lambda *_: None)
    return made
