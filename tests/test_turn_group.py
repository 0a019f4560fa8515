"""Trials that run at the same time: they meet, tell what they used, wait for nobody who left."""

from __future__ import annotations

import threading

from runner.machine import Own
from runner.measure.turn_group import TurnGroup

PATIENCE = 60.0


def test_each_hears_what_the_others_used_as_if_in_its_own_window() -> None:
    group = TurnGroup(2)
    heard: dict[str, tuple[Own, ...]] = {}

    def run(name: str, wall: int, cpu: int) -> None:
        group.connected(PATIENCE)
        own = Own("server", (0,), cpu, 7)
        heard[name] = group.measured(name, wall, (own,), PATIENCE)

    threads = [
        threading.Thread(target=run, args=args) for args in [("a", 1000, 400), ("b", 2000, 600)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {
        "a": (Own("server", (0,), 300, 0),),
        "b": (Own("server", (0,), 800, 0),),
    }


def test_who_has_left_is_waited_for_no_longer() -> None:
    group = TurnGroup(3)
    group.leave()
    there = threading.Thread(target=group.connected, args=(PATIENCE,))
    there.start()
    group.connected(PATIENCE)
    there.join()
    group.leave()
    assert group.measured("a", 1000, (), PATIENCE) == ()


def test_one_alone_meets_nobody() -> None:
    group = TurnGroup()
    with group.setting_up(PATIENCE):
        group.connected(PATIENCE)
    assert group.measured("a", 1000, (Own("server", (0,), 1),), PATIENCE) == ()
