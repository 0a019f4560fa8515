"""What a host is and has, and in what it differs from the others. Pure but for reading the labs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.machine.doctor import Check, Level
from runner.session.conditions import Conditions

ALIKE = ("kernel", "machine", "cpu", "cpus", "governor", "boost", "clock", "mitigations")
"""Of the machine: where hosts differ in one of these, their figures are those of two machines."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """`lab` is a hash over the lab's own code, `boot` the id of the machine's boot, `nofile_max`
    and `cpus` what a plan needs to know, `exposed` what
    a hostile server could do there, `unbuilt` the programs that could not be built there."""

    lab: str
    version: str
    boot: str
    conditions: Conditions
    nofile_max: int
    cpus: tuple[int, ...]
    checks: tuple[Check, ...]
    exposed: tuple[str, ...]
    unbuilt: Mapping[str, str]

    @property
    def engine(self) -> str:
        return str(self.conditions.engine["name"])


def differences(hosts: Mapping[str, HostFacts]) -> list[str]:
    """In what each host differs from the first one, a sentence a host."""
    (first, model), *others = hosts.items()
    lines = []
    for name, facts in others:
        pairs = [
            (what, _value(model.conditions.host, what), _value(facts.conditions.host, what))
            for what in ALIKE
        ]
        other = [f"{what} {_short(here)}, not {_short(there)}" for what, there, here in pairs
                 if here != there]  # fmt: skip
        if other:
            lines.append(f"{name} is another machine than {first}: {'; '.join(other)}")
    return lines


def troubles(name: str, facts: HostFacts) -> list[str]:
    """What its doctor says that blocks something, and what could not be built there."""
    blocked = [
        f"{name}: doctor: {each.name} blocks: {each.state}"
        for each in facts.checks
        if each.level is Level.BLOCKS
    ]
    return blocked + [f"{name}: {program}: {why}" for program, why in facts.unbuilt.items()]


def unfit(hosts: Mapping[str, HostFacts], lab: str, version: str) -> str:
    """Why these hosts cannot measure one run together; empty where they can."""
    for name, facts in hosts.items():
        if facts.version != version:
            return (
                f"host {name} has iolab {facts.version}, and this machine {version}: install the "
                "same version on both"
            )
        if facts.lab != lab:
            return (
                f"host {name} has another lab than this machine, though of the same version: "
                "install the same wheel, or the same checkout, on both"
            )
    engines = {facts.engine: name for name, facts in hosts.items()}
    if len(engines) > 1:
        named = ", ".join(f"{name} {engine}" for engine, name in engines.items())
        return f"hosts have different engines ({named}): type --engine process"
    return ""


def _value(host: Mapping[str, Any], what: str) -> Any:
    value = host.get(what)
    return len(value) if what == "cpus" and isinstance(value, Sequence) else value


def _short(value: object) -> str:
    text = "unknown" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
