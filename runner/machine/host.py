"""What belongs beside every number of a run: the machine, its limits, the settings that matter."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from runner.engine.box import MissingError
from runner.engine.compile import find_compiler
from runner.machine import proc
from runner.machine.topology import CPUS, ROOT, lacks, usable_cpus
from runner.paths import LABS
from runner.paths import ROOT as PROJECT

SYSCTLS = (
    "fs.nr_open",
    "fs.file-max",
    "kernel.io_uring_disabled",
    "kernel.perf_event_paranoid",
    "kernel.pid_max",
    "kernel.sched_autogroup_enabled",
    "kernel.threads-max",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_mem",
    "net.ipv4.tcp_tw_reuse",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
    "vm.max_map_count",
    "vm.overcommit_memory",
)
"""Each explained in `docs/environment.md`; null where this kernel has none of that name."""

LIMITS = ("NOFILE", "NPROC", "MEMLOCK", "SIGPENDING", "STACK", "AS")
PACKAGES = ("iolab", "docker", "hdrhistogram", "pydantic", "PyYAML", "tabulate")


def gather(labs: Path = LABS, root: Path = ROOT) -> dict[str, object]:
    """Plain data for `run.json`; what cannot be read is null, never a guess."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "boot": proc.line(root / "proc/sys/kernel/random/boot_id"),
        "cpu": _cpu_model(root),
        "cpus": list(usable_cpus(root)),
        "lacks": lacks(root),
        "threads_per_core": _threads_per_core(root),
        "governor": _governor(root),
        "boost": proc.line(root / CPUS / "cpufreq" / "boost"),
        "clock": proc.line(
            root / "sys/devices/system/clocksource/clocksource0/current_clocksource"
        ),
        "mitigations": _mitigations(root),
        "virtual": _virtual(root),
        "cgroup": _cgroup(root),
        "memory_bytes": _memory_bytes(root),
        "load": list(os.getloadavg()),
        "nofile": {"soft": soft, "hard": hard},
        "limits": {name.lower(): _limit(name) for name in LIMITS},
        "sysctl": {
            name: proc.line(root.joinpath("proc/sys", *name.split("."))) for name in SYSCTLS
        },
        "compiler": _compiler(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git": _git_revision(PROJECT),
        "labs_git": _git_revision(labs),
    }


def nofile_hard() -> int:
    """The hard RLIMIT_NOFILE of this process: what a plan assumes until an engine has tried."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _cpu_model(root: Path) -> str | None:
    found = re.search(r"^model name\s*:\s*(.+)$", _cpuinfo(root), re.MULTILINE)
    return found.group(1).strip() if found else None


def _cpuinfo(root: Path) -> str:
    return proc.text(root / "proc/cpuinfo")


def _threads_per_core(root: Path) -> int | None:
    siblings = proc.line(root / CPUS / "cpu0" / "topology" / "thread_siblings_list")
    return len(re.findall(r"\d+", siblings.replace("-", ","))) if siblings else None


def _governor(root: Path) -> list[str] | None:
    """As a rule the same for all CPUs; where not, all that are set."""
    found = (
        proc.line(path) for path in sorted((root / CPUS).glob("cpu*/cpufreq/scaling_governor"))
    )
    return sorted({name for name in found if name}) or None


def _mitigations(root: Path) -> dict[str, str]:
    """What the kernel does against the CPU's faults, where it does anything: it makes every system
    call dearer, and so every I/O model by another factor."""
    found = {
        path.name: proc.line(path) for path in sorted((root / CPUS / "vulnerabilities").glob("*"))
    }
    return {name: told for name, told in found.items() if told and told.startswith("Mitigation")}


def _virtual(root: Path) -> dict[str, object]:
    """Whether a hypervisor is below (the CPU says so), whose, and whether a container is around."""
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", _cpuinfo(root), re.MULTILINE)
    dmi = root / "sys/class/dmi/id"
    names = [proc.line(dmi / "sys_vendor"), proc.line(dmi / "product_name")]
    marks = {"docker": root / ".dockerenv", "podman": root / "run/.containerenv"}
    return {
        "hypervisor": "hypervisor" in flags.group(1).split() if flags else None,
        "name": " ".join(name for name in names if name) or proc.line(root / "sys/hypervisor/type"),
        "container": next((name for name, mark in marks.items() if mark.exists()), None),
    }


def _cgroup(root: Path) -> int | None:
    """Version of the control groups: 2 is the unified hierarchy alone."""
    mounted = root / "sys/fs/cgroup"
    if (mounted / "cgroup.controllers").exists():
        return 2
    return 1 if any(mounted.glob("*/tasks")) else None


def _memory_bytes(root: Path) -> int | None:
    found = re.search(r"^MemTotal:\s*(\d+) kB$", proc.text(root / "proc/meminfo"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else None


def _limit(name: str) -> list[int | None]:
    """Soft and hard, null for no limit."""
    kept = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
    return [None if value == resource.RLIM_INFINITY else value for value in kept]


def _compiler() -> str | None:
    """Of this machine: the process engine's. Images have their own, by their digest."""
    try:
        return find_compiler().version
    except MissingError:
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_revision(folder: Path) -> str | None:
    """Of the tree that holds the folder, with `+` where it has changes of its own."""
    try:
        head, status = (
            subprocess.run(
                ["git", "-C", str(folder), *words],  # noqa: S607 - git is found by its name
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            ).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "."))
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if status else "")
