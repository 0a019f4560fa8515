"""One point in time of the machine: the kernel's counters of all that runs, not of one box."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.machine import proc, quota
from runner.machine.topology import CPUS, ROOT, misnumbered

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cpu:
    """One CPU since boot, proc_stat(5): `busy_ns` and `steal_ns` in the kernel's tick, usually
    10 ms. `khz` is the frequency now, `throttled` how often heat slowed the core down; None where
    it was not looked at, or the kernel (of a virtual machine, mostly) does not say."""

    busy_ns: int
    steal_ns: int
    khz: int | None
    throttled: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """`at_ns` CLOCK_MONOTONIC; `own_ns` the CPU time of the runner itself; `load` of one minute;
    `pressure_us` for which something waited, by resource, since boot; `quota_ns` for which this
    control group was stopped because it had used up its share."""

    at_ns: int
    own_ns: int
    load: float
    cpus: dict[int, Cpu]
    pressure_us: dict[str, int]
    quota_ns: int | None

    def as_json(self) -> dict[str, Any]:
        return {
            "at_ns": self.at_ns,
            "load": self.load,
            "cpus": {
                str(number): {
                    "busy_ns": cpu.busy_ns,
                    "steal_ns": cpu.steal_ns,
                    "khz": cpu.khz,
                    "throttled": cpu.throttled,
                }
                for number, cpu in self.cpus.items()
            },
            "pressure_us": self.pressure_us,
            "quota_ns": self.quota_ns,
        }


def moment(hardware: Collection[int] = (), root: Path = ROOT) -> Moment:
    """Now. The frequency and the heat of the CPUs `hardware` are read as well: from two files of
    each, so never at the edge of what is measured."""
    counters = cpus(proc.text(root / "proc/stat"), hardware, root)
    return Moment(
        at_ns=time.monotonic_ns(),
        own_ns=time.process_time_ns(),
        load=os.getloadavg()[0],
        # Booked to other CPUs than the scheduler's, it would be worse than nothing.
        cpus={} if misnumbered(counters, root) else counters,
        pressure_us=_pressure(root),
        quota_ns=quota.stopped_ns(root),
    )


def cpus(stat: str, hardware: Collection[int] = (), root: Path = ROOT) -> dict[int, Cpu]:
    """Of the text of /proc/stat. The time of guests is in `user` already."""
    counters = {}
    for number, rest in re.findall(r"^cpu(\d+) (.*)$", stat, re.MULTILINE):
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, rest.split()[:8])
        folder = root / CPUS / f"cpu{number}"
        looked_at = int(number) in hardware
        counters[int(number)] = Cpu(
            busy_ns=(user + nice + system + irq + softirq) * _TICK_NS,
            steal_ns=steal * _TICK_NS,
            khz=proc.number(folder / "cpufreq" / "scaling_cur_freq") if looked_at else None,
            throttled=proc.number(folder / "thermal_throttle" / "core_throttle_count")
            if looked_at
            else None,
        )
    return counters


def _pressure(root: Path) -> dict[str, int]:
    """Pressure stall information, where the kernel keeps it."""
    pressure = {}
    for resource in ("cpu", "memory", "io"):
        total = re.search(r"^some .*total=(\d+)", proc.text(root / "proc/pressure" / resource))
        if total:
            pressure[resource] = int(total.group(1))
    return pressure
