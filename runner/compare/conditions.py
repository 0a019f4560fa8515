"""What must agree before two figures may be compared, and what differs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runner.compare.side import Part, Side

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

_PLACES = ("server_cpus", "fleet_cpus")
_TIMES = ("warmup_ns", "duration_ns", "slot_ns")


def unlike(old: Side, new: Side) -> list[str]:
    """Why no cell of the two can be compared; empty when cells can."""
    return list(_unlike(old, new))


def _unlike(old: Side, new: Side) -> Iterator[str]:
    if old.engine != new.engine:
        yield f"engine {old.engine} against {new.engine}"
    if old.ratios:
        return
    for name in HOST:
        then, now = _at(old.host, name), _at(new.host, name)
        if then is not None and now is not None and then != now:
            yield f"{name.rpartition('.')[2]} {_shown(then)} against {_shown(now)}"


def part_unlike(old: Part, new: Part, *, ratios: bool) -> str:
    """Why two cells of the same name cannot be compared; empty when they can. On another machine
    CPUs have other numbers: then it is enough that server and fleet were apart, or were not."""
    for name in sorted({*old.conditions, *new.conditions}):
        then, now = old.conditions.get(name), new.conditions.get(name)
        if ratios and name in _PLACES:
            continue
        # A condition that an older runner did not know was none.
        if (then or None) != (now or None):
            return f"{_named(name)} {_shown(then, name)} against {_shown(now, name)}"
    if ratios and _apart(old.conditions) != _apart(new.conditions):
        kinds = {True: "server and fleet on CPUs of their own", False: "sharing CPUs"}
        return f"placement {kinds[_apart(old.conditions)]} against {kinds[_apart(new.conditions)]}"
    return ""


def _apart(conditions: Mapping[str, Any]) -> bool:
    server, fleet = (set(conditions.get(name) or ()) for name in _PLACES)
    return bool(server and fleet and not server & fleet)


def _at(host: Mapping[str, Any], name: str) -> Any:
    """`sysctl.x.y` is the key `x.y` of the object `sysctl`."""
    first, _, rest = name.partition(".")
    if not rest:
        return host.get(name)
    inner = host.get(first)
    return inner.get(rest) if isinstance(inner, Mapping) else None


def _named(name: str) -> str:
    if name in _PLACES:
        return f"placement of the {name.removesuffix('_cpus')}"
    return name.removesuffix("_ns").replace("_", " ")


def _shown(value: Any, name: str = "") -> str:
    if name in _TIMES and isinstance(value, int):
        return f"{value / 1e6:g} ms"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, Mapping):
        return "one set" if value else "none"
    return "unknown" if value is None else str(value)
