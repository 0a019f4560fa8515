"""What belongs beside every number of a run: the machine, its limits, the settings that matter."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from runner.machine import proc, settings
from runner.machine.topology import CPUS, ROOT, lacks, usable_cpus
from runner.paths import CHECKOUT, LABS
from runner.paths import ROOT as PROJECT

LIMITS = ("NOFILE", "NPROC", "MEMLOCK", "SIGPENDING", "STACK", "AS")
PACKAGES = ("iolab", "docker", "hdrhistogram", "pydantic", "PyYAML", "tabulate")


_STATUS = ("--porcelain", "--ignore-submodules=all", ".")
_FILTERS = r"^filter\..*\.(clean|process)$"


def gather(labs: Path = LABS, root: Path = ROOT) -> dict[str, object]:
    """Plain data for `run.json`; what cannot be read is null, never a guess."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    revision = _git_revision(PROJECT)
    same = labs == LABS and not (revision or "").endswith("+")  # of a tree without changes
    return {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "boot": proc.line(root / "proc/sys/kernel/random/boot_id"),
        "cpu": _cpu_model(root),
        "cpus": list(usable_cpus(root)),
        "lacks": lacks(root),
        "threads_per_core": _threads_per_core(root),
        "governor": settings.governors(root) or None,
        "boost": proc.line(root / CPUS / "cpufreq" / "boost"),
        "clock": settings.clock(root),
        "mitigations": _mitigations(root),
        "virtual": _virtual(root),
        "cgroup": _cgroup(root),
        "memory_bytes": settings.memory_bytes(root, "MemTotal"),
        "load": list(os.getloadavg()),
        "nofile": {"soft": soft, "hard": hard},
        "limits": {name.lower(): _limit(name) for name in LIMITS},
        "sysctl": settings.sysctls(root),
        "compiler": settings.compiler(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git": revision,
        "labs_git": revision if same else _git_revision(labs),
    }


def nofile_hard() -> int:
    """The hard RLIMIT_NOFILE of this process: what a plan assumes until an engine has tried."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _cpu_model(root: Path) -> str | None:
    match = re.search(r"^model name\s*:\s*(.+)$", settings.cpuinfo(root), re.MULTILINE)
    return match.group(1).strip() if match else None


def _threads_per_core(root: Path) -> int | None:
    siblings = proc.line(root / CPUS / "cpu0" / "topology" / "thread_siblings_list")
    return len(re.findall(r"\d+", siblings.replace("-", ","))) if siblings else None


def _mitigations(root: Path) -> dict[str, str]:
    """What the kernel does against the CPU's faults, where it does anything: it makes every system
    call slower, and so every I/O model by another factor."""
    states = {
        path.name: proc.line(path) for path in sorted((root / CPUS / "vulnerabilities").glob("*"))
    }
    return {
        name: state for name, state in states.items() if state and state.startswith("Mitigation")
    }


def _virtual(root: Path) -> dict[str, object]:
    """Whether a hypervisor is below (the CPU says so), whose, and whether a container is around."""
    dmi = root / "sys/class/dmi/id"
    names = [proc.line(dmi / "sys_vendor"), proc.line(dmi / "product_name")]
    marks = {"docker": root / ".dockerenv", "podman": root / "run/.containerenv"}
    return {
        "hypervisor": settings.hypervisor(root),
        "name": " ".join(name for name in names if name) or proc.line(root / "sys/hypervisor/type"),
        "container": next((name for name, mark in marks.items() if mark.exists()), None),
    }


def _cgroup(root: Path) -> int | None:
    """Version of the control groups: 2 is the unified hierarchy alone."""
    mounted = root / "sys/fs/cgroup"
    if (mounted / "cgroup.controllers").exists():
        return 2
    return 1 if any(mounted.glob("*/tasks")) else None


def _limit(name: str) -> list[int | None]:
    """Soft and hard, null for no limit."""
    kept = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
    return [None if value == resource.RLIM_INFINITY else value for value in kept]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_revision(folder: Path) -> str | None:
    """Of the tree that holds the folder, with `+` where it has changes of its own, and `?` where
    that is not looked at. The tree around an installed lab is another project's."""
    if not CHECKOUT and folder.is_relative_to(PROJECT):
        return None
    try:
        head = _git(folder, "rev-parse", "HEAD")
        if _runs_filters(folder):
            return f"{head}?"
        return head + ("+" if _git(folder, "status", *_STATUS) else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _runs_filters(folder: Path) -> bool:
    """Whether the tree itself names programs that `git status` would start on changed files, with
    the user's rights: the tree may be a stranger's. Programs of the user's own settings are the
    user's."""
    try:
        named = _git(folder, "config", "--show-scope", "--get-regexp", _FILTERS)
    except subprocess.CalledProcessError as error:
        return error.returncode != 1  # 1: there is none
    return any(not line.startswith(("global", "system")) for line in named.split("\n"))


def _git(folder: Path, *words: str) -> str:
    """Starts no program that the tree names: no monitor of files, no transport for objects that a
    partial clone lacks."""
    return subprocess.run(
        ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *words],  # noqa: S607 - by its name
        capture_output=True,
        text=True,
        errors="replace",
        timeout=10,
        check=True,
        env={
            **os.environ,
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
        },
    ).stdout.strip()
