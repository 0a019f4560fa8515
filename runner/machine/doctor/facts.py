"""What a machine has, as data: the rules need nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NEW_NAMESPACE_PORTS = 60999 - 32768 + 1
"""A new network namespace begins with the kernel's own range, whatever the host's is."""


@dataclass(frozen=True, slots=True)
class Docker:
    """`refusal` says why no daemon answers, None if one does; the other fields are then what it
    reports. `remedy` is the command that selects another daemon of this machine, `place` its
    address."""

    refusal: str | None
    version: str = ""
    storage: str = ""
    cgroup_version: str = ""
    root: str = ""
    root_free: int | None = None
    remedy: str = ""
    place: str = ""
    cpus: int | None = None
    pins: bool = True
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Sizes in bytes, limits as the kernel counts them; None is what could not be read.
    `attempts` holds what was tried: a capability's name to the error, "" where it worked."""

    root: bool
    docker: Docker
    compiler: str | None
    liburing: bool
    strace: str | None
    nofile_max: int
    nproc_soft: int | None
    threads_max: int | None
    sysctl: Mapping[str, str | None]
    memory_available: int | None
    attempts: Mapping[str, str]
    seccomp: bool
    cgroup: tuple[str, ...]
    cpus: tuple[int, ...]
    governors: tuple[str, ...]
    virtual: bool
    steal: float
    load: float
    results_writable: bool
    results_free: int | None
    clock: str | None
    clocks: tuple[str, ...] = field(default=())
    blind: tuple[str, ...] = ()
    """What this machine does not show or does not have, a sentence each."""
    home: bool = True
    encoding: str = "utf-8"
    """Of the terminal."""

    def number(self, name: str) -> int | None:
        """A sysctl that is one number."""
        text = self.sysctl.get(name)
        return int(text) if text is not None and text.lstrip("-").isdigit() else None

    @property
    def own_network(self) -> bool:
        """Whether a box gets a network namespace, where the host's settings of it do not hold."""
        return self.docker.refusal is None or not self.attempts.get("user namespace", "untried")

    @property
    def ports(self) -> int:
        """Ephemeral ports that one source address has towards one destination."""
        text = self.sysctl.get("net.ipv4.ip_local_port_range")
        if self.own_network or text is None:
            return NEW_NAMESPACE_PORTS
        low, high = map(int, text.split()[:2])
        return high - low + 1
