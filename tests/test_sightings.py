"""When a server is looked at through /proc: never while its figures are measured."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest

from runner import measure
from runner.engine.box import Running
from runner.measure import driven, rig, spent
from runner.plan import Host, expand
from runner.records.observed import Sighting
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine, event, fleet, server

SPEC = """
    experiments:
      - id: e
        title: t
        server: {lab: epoll}
        fleet: {idle: 0, active: 1}
        sightings: true
"""


@dataclass(frozen=True)
class Heard:
    """A line of the load generator, which notes when the runner reads it."""

    line: str
    events: list[str]

    def __str__(self) -> str:
        self.events.append(self.line)
        return self.line


def test_no_look_is_taken_between_the_begin_and_the_end_of_the_window(
    suite_of: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []

    def looks(*args: object) -> Sighting:
        events.append("look")
        return Sighting(str(args[2]))

    def ran(_server: object) -> dict[tuple[int, int], int]:
        events.append("times of the threads")
        return {}

    monkeypatch.setattr(rig, "glance", looks)
    monkeypatch.setattr(driven, "glance", looks)
    monkeypatch.setattr(driven, "glance_loaded", looks)
    monkeypatch.setattr(spent, "_ran", ran)
    load = fleet()
    load.lines = [Heard(line, events) for line in load.lines]
    (trial,) = expand(suite_of(SPEC), Host(20_000, (0, 1)), repeat=1).trials
    found = measure.run(trial, FakeEngine([server(), load]), {})
    assert found.record.sightings is not None
    assert len(found.record.sightings) == 4
    begin, end = events.index(event("measuring")), events.index(event("measured"))
    assert end == begin + 1, events[begin : end + 1]
    assert {*events[:begin]} > {"look", "times of the threads"} < {*events[end:]}


def test_what_a_helper_computes_while_all_are_silent_is_no_share_of_the_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thread 2 uses half a CPU all the time, thread 1 three quarters while requests come."""
    second = 1_000_000_000
    clock = iter((second, 3 * second))
    monkeypatch.setattr(spent, "time", SimpleNamespace(monotonic_ns=lambda: next(clock)))
    idle = {(1, 1): 0, (1, 2): second // 2}
    loaded = {(1, 1): 3 * second // 2, (1, 2): 3 * second // 2}
    ran = iter((idle, loaded))
    monkeypatch.setattr(spent, "_ran", lambda _: next(ran))
    before = spent.before_load(cast("Running", None), 0, {(1, 1): 0, (1, 2): 0})
    found = before.until_now(48)
    assert [(each.thread, each.share) for each in found.ran] == [(1, 1.0), (2, 0.0)]
    assert found.ran_ns == 3 * second // 2
