"""Reads what this machine has. What cannot be read is None, never a guess."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from runner.engine.box import MissingError
from runner.engine.compile import find_compiler
from runner.machine import lacks, proc, settings, usable_cpus
from runner.machine.doctor.facts import Docker, Facts

_SECONDS = 20
_STEAL = 7  # field of /proc/stat's cpu line, proc(5)


def gather(results: Path, docker: Docker, cgroup: tuple[str, ...], root: Path = Path("/")) -> Facts:
    """`docker` and the controllers of `cgroup` come from the command, which may ask the engines.
    `root` is where the machine's /proc and /sys are."""
    cpus = usable_cpus(root)
    attempts = _attempts()
    nofile = attempts.pop("nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    compiler = settings.compiler()
    folder = _existing(results)
    return Facts(
        root=os.geteuid() == 0,
        docker=docker,
        compiler=compiler,
        liburing=compiler is not None and _has_header("liburing.h"),
        strace=_first_line("strace", "-V"),
        nofile_max=int(nofile),
        nproc_soft=_limit(resource.RLIMIT_NPROC),
        threads_max=proc.number(root / "proc/sys/kernel/threads-max"),
        sysctl=settings.sysctls(root),
        memory_available=settings.memory_bytes(root, "MemAvailable"),
        attempts={name: str(error) for name, error in attempts.items()},
        seccomp="Seccomp:\t2" in proc.text(root / "proc/self/status"),
        cgroup=cgroup,
        cpus=cpus,
        governors=tuple(settings.governors(root, cpus)),
        virtual=bool(settings.hypervisor(root)),
        steal=_steal(root),
        load=os.getloadavg()[0],
        results_writable=os.access(folder, os.W_OK | os.X_OK) and not _read_only(folder),
        results_free=_free(folder),
        clock=settings.clock(root),
        clocks=tuple((settings.clock(root, "available") or "").split()),
        blind=tuple(lacks(root)),
        home=_has_home(),
        encoding=sys.stdout.encoding or "unknown",
    )


def _has_home() -> bool:
    """Whether there is a place for what is the user's own, such as a key."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("HOME")
    return bool(folder) and os.access(_existing(Path(folder or "/")), os.W_OK | os.X_OK)


def free_bytes(path: str) -> int | None:
    """Room for a user's files; None where it is unknown."""
    return _free(Path(path)) if path else None


def _attempts() -> dict[str, str | int]:
    try:
        printed = subprocess.run(
            # Without -P a file of the working folder, such as a student's select.py, is imported.
            [sys.executable, "-P", "-m", "runner.machine.doctor.attempt"],
            capture_output=True, timeout=_SECONDS, check=True, text=True,
        ).stdout  # fmt: skip
        attempts: dict[str, str | int] = json.loads(printed)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return dict.fromkeys(("io_uring", "ptrace", "user namespace"), f"not tried: {error}")
    return attempts


def _has_header(name: str) -> bool:
    """Asked of the preprocessor: where headers are is the compiler's own business."""
    try:
        command = [*find_compiler().command, "-E", "-x", "c", "-"]
        source = f"#include <{name}>\n".encode()
        done = subprocess.run(command, input=source, capture_output=True, timeout=_SECONDS,
                              check=False)  # fmt: skip
    except (OSError, MissingError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _first_line(*command: str) -> str | None:
    path = shutil.which(command[0])
    if path is None:
        return None
    try:
        done = subprocess.run([path, *command[1:]], capture_output=True, timeout=_SECONDS,
                              check=True, text=True)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.partition("\n")[0].strip() or None


def _limit(which: int) -> int | None:
    soft = resource.getrlimit(which)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def _steal(root: Path) -> float:
    """Share of all CPU time since boot that the hypervisor gave to others."""
    fields = [int(word) for word in proc.text(root / "proc/stat").partition("\n")[0].split()[1:]]
    total = sum(fields[: _STEAL + 1])
    return fields[_STEAL] / total if len(fields) > _STEAL and total else 0.0


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there: that is where it would be made."""
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    return nearest


def _free(folder: Path) -> int | None:
    try:
        room = os.statvfs(folder)
    except OSError:
        return None
    return room.f_bavail * room.f_frsize


def _read_only(folder: Path) -> bool:
    """Root may write by its rights where the file system itself takes nothing."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return True
