"""How the machine is set, as its /proc and /sys say: for the record of a run, and for the doctor.

What cannot be read is None, never a guess. `root` is where /proc and /sys are.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from runner.engine.box import MissingError
from runner.engine.compile import find_compiler
from runner.machine import proc
from runner.machine.topology import CPUS

SYSCTLS = (
    "fs.nr_open",
    "fs.file-max",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.io_uring_disabled",
    "kernel.perf_event_paranoid",
    "kernel.pid_max",
    "kernel.sched_autogroup_enabled",
    "kernel.threads-max",
    "kernel.unprivileged_userns_clone",
    "kernel.yama.ptrace_scope",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_mem",
    "net.ipv4.tcp_tw_reuse",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
    "user.max_user_namespaces",
    "vm.max_map_count",
    "vm.overcommit_memory",
)
"""Each explained in `docs/environment.md`; None where this kernel has none of that name."""


def sysctls(root: Path) -> dict[str, str | None]:
    return {name: proc.line(root.joinpath("proc/sys", *name.split("."))) for name in SYSCTLS}


def hypervisor(root: Path) -> bool | None:
    """Whether one is below, as the CPU says; None where the kernel lists no features."""
    listed = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo(root), re.MULTILINE)
    return "hypervisor" in listed.group(1).split() if listed else None


def cpuinfo(root: Path) -> str:
    return proc.text(root / "proc/cpuinfo")


def governors(root: Path, cpus: Collection[int] = ()) -> list[str]:
    """How the frequency of these CPUs is chosen, of all when empty: as a rule by one governor."""
    names = [f"cpu{number}" for number in cpus] or ["cpu*"]
    found = (
        proc.line(path)
        for name in names
        for path in (root / CPUS).glob(f"{name}/cpufreq/scaling_governor")
    )
    return sorted({governor for governor in found if governor})


def clock(root: Path, which: str = "current") -> str | None:
    """The clock source in use; those that are `available`, with a space between two."""
    return proc.line(root / f"sys/devices/system/clocksource/clocksource0/{which}_clocksource")


def memory_bytes(root: Path, field: str) -> int | None:
    """A line of /proc/meminfo, proc(5): MemTotal, MemAvailable."""
    lines = proc.text(root / "proc/meminfo")
    found = re.search(rf"^{field}:\s*(\d+) kB$", lines, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else None


def compiler() -> str | None:
    """Of this machine: the process engine's. Images have their own, by their digest."""
    try:
        return find_compiler().version
    except MissingError:
        return None
