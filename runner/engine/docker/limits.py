"""The limits of a box: the request to the daemon, and what the daemon enforces."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import docker
from docker.types import LogConfig

from runner.engine.banner import IO_URING
from runner.engine.box import NOFILE_MOST, Box, EngineError, Nofile
from runner.engine.daemon.connection import is_elsewhere
from runner.engine.daemon.ulimits import ulimits
from runner.engine.docker import given
from runner.engine.docker.profile import denying
from runner.engine.docker.ways import UNFILTERED, Ways
from runner.engine.images.given import FOLDER
from runner.paths import SECCOMP_PROFILE

NOBODY = "65534:65534"
TMPFS_BYTES = 16 << 20

_ENFORCED = {"MemoryLimit": "memory", "PidsLimit": "pids", "CPUSet": "cpuset"}
_USER_NAMESPACE = re.compile(r"name=(userns|rootless)")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_RING = ("io_uring_enter", "io_uring_register", "io_uring_setup")
_MAX_OPEN_FILES = re.compile(r"^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)", re.MULTILINE)


def container_options(
    client: docker.DockerClient,
    box: Box,
    image: str,
    beside: str | None,
    ways: Ways,
    granted: frozenset[str] = frozenset(),
    traced: int = 0,
) -> dict[str, Any]:
    """For create_container: a box without network, privileges and disk, except for the needs in the
    banner of its program, which `granted` names. A tracer attaches to the process `traced`, by the
    daemon's process ids.

    No network at all instead of network "none": the runtime then creates a namespace with only
    loopback up, and the start is twice as fast as with the daemon's network code.
    """
    tracing = box.program.role == "tracer"
    outside = ways.outside and traced > 0
    joins = beside is not None and not tracing
    host = client.api.create_host_config(
        network_mode=f"container:{beside}" if joins else "host" if box.outside else "none",
        **({} if joins or tracing or box.outside else ways.network(given.host(box.program.given))),
        ulimits=ulimits(client, box.nofile.soft, box.nofile.hard),
        mem_limit=box.memory,
        memswap_limit=box.memory,  # the sum of memory and swap: so no swap
        pids_limit=box.pids,
        cpuset_cpus="" if ways.unpinned else ",".join(map(str, box.cpus)),
        read_only=True,
        shm_size=TMPFS_BYTES,
        tmpfs={"/tmp": f"size={TMPFS_BYTES},mode=1777"},  # noqa: S108 - inside the box
        cap_drop=["ALL"],
        # A tracer sees the processes of the box beside it, which belong to another user. It is root
        # only for that: to attach, to resolve descriptors, to detach.
        cap_add=["SYS_PTRACE", "DAC_READ_SEARCH", "KILL"] if tracing else None,
        # A tracer outside of the server's namespace has no number inside it: TracerPid is 0.
        pid_mode=("host" if outside else f"container:{beside}") if tracing else None,
        security_opt=["no-new-privileges", *_profile(granted, box.deny)],
        log_config=LogConfig(type="none"),
        restart_policy={"Name": "no"},
        init=False,  # the server is PID 1, and the contract requires that it obeys SIGTERM there
    )
    other = {"entrypoint": ["python3", f"/{FOLDER}/{box.program.source.name}"]}
    is_other = box.program.language == "python" and box.program.source.name != "server.py"
    return {
        **(other if is_other else {}),  # the image's own entry point starts server.py
        **given.container(box.program.given, box.env.get("PORT", "")),
        "image": image,
        "command": [*box.args, *(("-p", str(traced) if outside else "1") if tracing else ())],
        "host_config": host,
        "user": "0:0" if tracing else NOBODY,
        # The box's name resolves by /etc/hosts. A box that joins a network has that box's name.
        "hostname": None if joins or box.outside else "localhost",
        "environment": {"PATH": _PATH, "LANG": "C.UTF-8", **box.env},
        "stdin_open": True,
        "stop_signal": "SIGTERM",
        "network_disabled": tracing or not (joins or box.outside or ways.hosts is None),
    }


def _profile(granted: frozenset[str], denied: tuple[str, ...]) -> list[str]:
    """Docker's seccomp profile for every box except that of io_uring, and except where calls are
    denied: since v25 Docker's denies the three calls of io_uring. Those boxes get the project's
    profile, which is narrower than Docker's except for them."""
    if IO_URING not in granted and not denied:
        return []
    profile = SECCOMP_PROFILE.read_text(encoding="utf-8")
    withheld = () if IO_URING in granted else _RING
    return ["seccomp=" + (denying(profile, (*denied, *withheld)) if denied else profile)]


def isolation_of(box: Box, info: Mapping[str, Any], ways: Ways) -> tuple[str, ...]:
    """What confines a box, as far as the daemon reports that it can enforce it."""
    isolation = ["pid", "mount", "ipc", "uts", "read-only root", "no capabilities"]
    isolation += [] if box.outside else ["net"]
    security = " ".join(info.get("SecurityOptions") or [])
    isolation += [name for name in ("seccomp", "apparmor", "selinux") if f"name={name}" in security]
    if _USER_NAMESPACE.search(security):
        isolation.append("user")
    isolation += [name for key, name in _ENFORCED.items() if info.get(key, True)]
    lost = [] if box.cpus and not ways.unpinned else ["cpuset"]
    lost += ["seccomp"] if box.deny and ways.unfiltered else []
    return tuple(name for name in isolation if name not in lost)


def lacks(info: Mapping[str, Any], ways: Ways) -> list[str]:
    """What this daemon cannot give, one sentence each."""
    missing = [
        f"limit {name}: the daemon's kernel or control groups do not enforce it"
        for key, name in _ENFORCED.items()
        if not info.get(key, True)
    ]
    if not _USER_NAMESPACE.search(" ".join(info.get("SecurityOptions") or [])):
        missing.append(f"user namespace: boxes run as {NOBODY} of the machine itself")
    if "name=seccomp" not in " ".join(info.get("SecurityOptions") or []):
        missing.append(f"{UNFILTERED}: the daemon has no seccomp")
    if str(info.get("CgroupVersion", "2")) == "1":
        missing.append(
            "limit of the buffers of sockets: control groups of version 1 do not count them as the "
            "box's memory, and the daemon does not limit them"
        )
    if is_elsewhere(info):
        missing.append(
            "view of the machine: the daemon runs on another machine or in a virtual machine of "
            "this one, so its CPU load and its other programs cannot be observed"
        )
    return missing + ways.lacks()


def nofile_of(pid: int) -> Nofile | None:
    """The limit that the kernel enforces for that process, None without permission to read it."""
    try:
        line = _MAX_OPEN_FILES.search(Path(f"/proc/{pid}/limits").read_text())
    except OSError:
        return None
    if line is None:
        return None
    soft, hard = (NOFILE_MOST if text == "unlimited" else int(text) for text in line.groups())
    return Nofile(soft, hard)


def is_filtered(pid: int) -> bool:
    """Whether the kernel has a filter of system calls for that process; True where that cannot be
    read, and the daemon's word counts."""
    try:
        # The name in it is the program's choice, and may be no text.
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return "\nSeccomp:" not in status or "\nSeccomp:\t2\n" in status


def highest_nofile(start: Callable[[int | None], int], daemon_pid: int | None) -> int:
    """Tries limits, the highest first. `start` starts a box with that limit (None: the daemon's
    default) and returns its hard limit, or raises EngineError.

    A daemon with CAP_SYS_RESOURCE grants any limit; a daemon without it grants at most its own hard
    limit, and fails to start the container otherwise.
    """
    refusal: EngineError | None = None
    daemon = nofile_of(daemon_pid) if daemon_pid else None
    tries: list[int | None] = [NOFILE_MOST, None]
    if daemon is not None:
        tries.insert(1, min(daemon.hard, NOFILE_MOST))
    for limit in tries:
        try:
            return min(start(limit), NOFILE_MOST)
        except EngineError as error:
            refusal = error
    raise EngineError(f"no box can be started here: {refusal}")
