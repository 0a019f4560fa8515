"""What this machine has, held against what a spec needs: looks, and never changes anything.

Needs                         what a plan asks of a machine (session/needs.py)
gather(results, docker) -> Facts    what this machine has, as data
examine(facts, needs) -> [Finding]  one rule a check, pure
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.machine.doctor import capacity, kernel, machine, tools
from runner.machine.doctor.facts import Docker, Facts
from runner.machine.doctor.finding import Finding, Level
from runner.machine.doctor.gather import gather
from runner.machine.doctor.needs import Needs
from runner.machine.doctor.script import fix_script

__all__ = ["Docker", "Facts", "Finding", "Level", "Needs", "examine", "fix_script", "gather"]


def examine(facts: Facts, wanted: Needs) -> tuple[Finding, ...]:
    """Every check, in the order in which a reader would mend things."""
    rules: Iterable[Iterable[Finding]] = (
        tools.findings(facts, wanted),
        capacity.findings(facts, wanted),
        kernel.findings(facts, wanted),
        machine.findings(facts, wanted),
    )
    return tuple(finding for rule in rules for finding in rule)
