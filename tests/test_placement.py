"""Where a trial ran, and to which CPUs the work of its boxes is booked."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from runner import measure
from runner.plan import Host, expand
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine, fleet, server


@pytest.mark.parametrize(
    ("pinned", "cpus", "held"), [(True, [(0,), (1,)], "affinity"), (False, [(), ()], "")]
)
def test_boxes_that_nothing_pins_are_accounted_on_every_cpu(
    pinned: bool,
    cpus: list[tuple[int, ...]],
    held: str,
    suite_of: MakeSuite,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the server's own work on the load generator's CPU would be a stranger's."""
    owns: list[Any] = []
    module = sys.modules["runner.measure.driven"]
    monkeypatch.setattr(module, "disturbance", lambda _b, _a, own, _allowed: owns.extend(own))
    suite = suite_of("experiments: [{id: e, title: t, server: {lab: epoll}, fleet: {active: 5}}]")
    trial = expand(suite, Host(20_000, (0, 1)), repeat=1).trials[0]
    scripts = [replace(server(), pinned=pinned), fleet(idle=0, active=5)]
    found = measure.run(trial, FakeEngine(scripts), {})
    assert found.record.placement is not None
    assert found.record.placement.pinned == held, found.reason
    assert [own.cpus for own in owns] == cpus


def test_on_one_cpu_of_many_both_are_held_there_and_wait_for_each_other(
    suite_of: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other programs do on the machine's other CPUs takes nothing from either."""
    owns: list[Any] = []
    module = sys.modules["runner.measure.driven"]
    monkeypatch.setattr(module, "disturbance", lambda _b, _a, own, _allowed: owns.extend(own))
    suite = suite_of("experiments: [{id: e, title: t, server: {lab: epoll}, fleet: {active: 5}}]")
    trial = expand(suite, Host(20_000, (3,)), repeat=1).trials[0]
    engine = FakeEngine([server(), fleet(idle=0, active=5)])
    found = measure.run(trial, engine, {})
    assert [box.cpus for box in engine.asked] == [(3,), (3,)]
    assert [(own.cpus, own.waited_ns) for own in owns] == [((3,), 0), ((3,), 0)]
    assert found.record.placement is not None
    assert found.record.placement.shared is True
