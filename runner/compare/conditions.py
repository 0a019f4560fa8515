"""What must agree before two figures may be compared, and what differs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runner.compare.side import MeasuredCell, Side
from runner.compare.why import Differs
from runner.records.asked import different

HOST = (
    "kernel",
    "machine",
    "cpu",
    "cpus",
    "threads_per_core",
    "governor",
    "boost",
    "clock",
    "mitigations",
    "sysctl.net.ipv4.tcp_congestion_control",
)
"""Of the machine, for absolute figures. What only one of the two recorded cannot be compared."""

PLACES = ("server_cpus", "fleet_cpus")
MACHINE = (*PLACES, "host")
"""What is another on another machine, and what ratios do without."""


def unlike(old: Side, new: Side) -> list[Differs]:
    """Why no cell of the two can be compared; empty when cells can."""
    return list(_unlike(old, new))


def _unlike(old: Side, new: Side) -> Iterator[Differs]:
    if old.engine != new.engine:
        yield Differs("engine", old.engine, new.engine)
    if old.ratios:
        return
    for name in HOST:
        then, now = _at(old.host, name), _at(new.host, name)
        if then is not None and now is not None and then != now:
            yield Differs(name.rpartition(".")[2], then, now)


def cell_unlike(old: MeasuredCell, new: MeasuredCell, *, ratios: bool) -> Differs | None:
    """Why two cells of the same name cannot be compared; None when they can. On another machine
    CPUs have other numbers: then it is enough that server and fleet were apart, or were not."""
    for name, (then, now) in different(old.conditions, new.conditions).items():
        if not ratios or name not in MACHINE:
            return Differs(name, then, now)
    apart = _apart(old.conditions), _apart(new.conditions)
    return Differs("placement", *apart) if ratios and apart[0] != apart[1] else None


def _apart(conditions: Mapping[str, object]) -> bool:
    server, fleet = (_numbers(conditions.get(name)) for name in PLACES)
    return bool(server and fleet and not server & fleet)


def _numbers(cpus: object) -> set[object]:
    return {each for each in cpus if isinstance(each, int)} if isinstance(cpus, list) else set()


def _at(host: Mapping[str, Any], name: str) -> Any:
    """`sysctl.x.y` is the key `x.y` of the object `sysctl`."""
    first, _, rest = name.partition(".")
    if not rest:
        return host.get(name)
    inner = host.get(first)
    return inner.get(rest) if isinstance(inner, Mapping) else None
