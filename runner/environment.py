"""What belongs beside every number: the machine, its limits, the settings that matter."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from runner.paths import ROOT

SYSCTLS = (
    "fs.nr_open",
    "fs.file-max",
    "kernel.io_uring_disabled",
    "kernel.perf_event_paranoid",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_max_syn_backlog",
    "net.netfilter.nf_conntrack_max",
)
"""Each explained in `docs/environment.md`; null where this kernel has none of that name."""

PACKAGES = ("iolab", "docker", "hdrhistogram", "pydantic", "PyYAML", "tabulate")


def gather() -> dict[str, object]:
    """Plain data for `run.json`; what cannot be read is null, never a guess."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpu": _cpu_model(),
        "cpus": list(usable_cpus()),
        "memory_bytes": _memory_bytes(),
        "load": list(os.getloadavg()),
        "nofile": {"soft": soft, "hard": hard},
        "sysctl": {name: _sysctl(name) for name in SYSCTLS},
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git": _git_revision(),
    }


def nofile_hard() -> int:
    """The hard RLIMIT_NOFILE of this process: what a plan assumes until an engine has tried."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def usable_cpus() -> tuple[int, ...]:
    """CPU numbers that this process may be scheduled on, sched_getaffinity(2)."""
    return tuple(sorted(os.sched_getaffinity(0)))


def _cpu_model() -> str | None:
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return None


def _memory_bytes() -> int | None:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return None


def _sysctl(name: str) -> str | None:
    return " ".join(_read(Path("/proc/sys", *name.split("."))).split()) or None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_revision() -> str | None:
    """The revision of the lab, with `+` where the tree has changes of its own."""
    try:
        head, status = (
            subprocess.run(
                ["git", "-C", str(ROOT), *words],  # noqa: S607 - git is found by its name
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            ).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain"))
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if status else "")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
