"""Compares what this machine has with what a spec needs; never changes anything.

Needs                               what a plan needs of a machine (session/needs.py)
gather(results, docker) -> Facts    what this machine has, as data
examine(facts, needs) -> [Check]    one rule a check, pure
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.machine.doctor import capacity, kernel, machine, tools
from runner.machine.doctor.check import Check, Level
from runner.machine.doctor.facts import Docker, Facts
from runner.machine.doctor.gather import gather
from runner.machine.doctor.needs import Needs
from runner.machine.doctor.script import fix_script

__all__ = ["Check", "Docker", "Facts", "Level", "Needs", "examine", "fix_script", "gather"]


def examine(facts: Facts, needs: Needs) -> tuple[Check, ...]:
    """Every check, in the order in which a reader would fix things."""
    rules: Iterable[Iterable[Check]] = (
        tools.checks(facts, needs),
        capacity.checks(facts, needs),
        kernel.checks(facts, needs),
        machine.checks(facts, needs),
    )
    return tuple(check for rule in rules for check in rule)
