"""The settings of a trial, as its record states them, and which must agree between two trials.

These fields are the format on disk. They are listed here and not taken from `plan.Trial`, so that
a change of the plan changes no record. Each field says whether two figures are comparable only
where it agrees, and which value it had in runs from before there was such a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

T = TypeVar("T")


def asks(old: T, *, compares: bool) -> T:
    """A field, with its value in a record that lacks it. `compares`: figures of two trials are
    comparable only where the field agrees. A field that only names a trial, limits its time, or
    belongs to the code under test is not compared."""
    made: T = field(default=old, metadata={"compares": compares})
    return made


@dataclass(frozen=True, slots=True)
class Drive:
    """What the active connections did. `rate` in requests/s, 0 for the closed loop;
    `payload` in bytes and `think` in ns, or distributions."""

    payload: int | str = asks(0, compares=True)
    rate: int = asks(0, compares=True)
    arrivals: str = asks("constant", compares=True)
    pipeline: int = asks(1, compares=True)
    think: int | str = asks(0, compares=True)
    requests_per_connection: int = asks(0, compares=True)
    churn: int = asks(0, compares=True)
    slow_readers: int = asks(0, compares=True)
    slow_writers: int = asks(0, compares=True)
    first_crowd: int = asks(0, compares=True)
    ramp: int = asks(1, compares=True)
    close: str = asks("rst", compares=True)
    send: str = asks("", compares=True)
    reply: str = asks("", compares=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """Times in ns, `memory` in bytes, `nofile` as it was requested from the kernel, `disturbance`
    in per cent. `looks`: after how many repeats verdicts are computed. `turn`, from 0, is the
    trial's place among the `turns` trials that ran together and were driven for `slot_ns` each in
    turn; 0 `turns` where it ran alone. `deny`: system calls that were to answer ENOSYS to the
    server. `flags`: what a server in C was compiled with. `given`: the command or the image of a
    server that is no folder. `hosts`: how many other hosts sent the load, 0 where the server's
    machine did; each had `fleets` load generators."""

    experiment: str = asks("", compares=False)
    block: int = asks(0, compares=False)
    root: int = asks(0, compares=False)
    seed: int = asks(0, compares=False)
    measure: str = asks("", compares=True)
    args: tuple[str, ...] = asks((), compares=True)
    language: str = asks("", compares=False)
    nofile: int = asks(0, compares=False)
    """The limit that was granted is compared instead."""
    memory: int = asks(0, compares=True)
    pids: int = asks(0, compares=True)
    deny: tuple[str, ...] = asks((), compares=True)
    idle: int = asks(0, compares=True)
    active: int = asks(0, compares=True)
    drive: Drive = field(default_factory=Drive, metadata={"compares": True})
    listeners: int = asks(0, compares=True)
    stalled: int = asks(0, compares=True)
    connections: int = asks(0, compares=True)
    fleets: int = asks(0, compares=True)
    hosts: int = asks(0, compares=True)
    sources: int = asks(0, compares=True)
    warmup_ns: int = asks(0, compares=False)
    duration_ns: int = asks(0, compares=True)
    timeout_ns: int = asks(0, compares=False)
    server_cpus: tuple[int, ...] | None = asks(None, compares=True)
    fleet_cpus: tuple[int, ...] | None = asks(None, compares=True)
    looks: tuple[int, ...] = asks((), compares=False)
    disturbance: int = asks(0, compares=True)
    turn: int = asks(0, compares=False)
    turns: int = asks(0, compares=True)
    slot_ns: int = asks(0, compares=True)
    lab: str = asks("", compares=False)
    probe: str | None = asks(None, compares=True)
    flags: tuple[str, ...] | None = asks(None, compares=False)
    given: str = asks("", compares=True)


def conditions(asked: Asked | Drive) -> dict[str, object]:
    """All fields that must agree, as plain values of JSON, without those that are None."""
    compared: dict[str, object] = {}
    for each in fields(asked):
        value = getattr(asked, each.name)
        if each.metadata["compares"] and value is not None:
            compared[each.name] = _plain(value)
    return compared


def different(
    then: Mapping[str, object], now: Mapping[str, object], silent: Asked | None = None
) -> dict[str, tuple[object, object]]:
    """The conditions in which two trials differ. A field that one of them lacks, because its runner
    did not know it, has the value it has in `silent`: a record without any fields."""
    first, old, new = (_flat(each) for each in (conditions(silent or Asked()), then, now))
    differing = {}
    for name in sorted({*old, *new}):
        values = old.get(name, first.get(name)), new.get(name, first.get(name))
        if (values[0] or None) != (values[1] or None):
            differing[name] = values
    return differing


def _flat(compared: Mapping[str, object]) -> dict[str, object]:
    """With the fields of `drive` among the others."""
    drive = compared.get("drive")
    if not isinstance(drive, Mapping):
        return dict(compared)
    return {**{name: value for name, value in compared.items() if name != "drive"}, **drive}


def _plain(value: object) -> object:
    if isinstance(value, Drive):
        return conditions(value)
    return list(value) if isinstance(value, tuple) else value
