"""Options that a daemon refuses for a box: learned from the first refusal, used for later boxes.

A daemon may be elsewhere, have other CPUs than the runner, or control groups without cpuset. Then
all boxes start without the refused options, and `lacks` reports that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docker.types import Mount

from runner.untrusted import clean

UNFILTERED = "filter of system calls: what `limits: {deny: ...}` names is not denied"
HOSTS = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
_CPUS_REFUSED = re.compile(r"cpuset|requested CPUs", re.IGNORECASE)
_HOSTS_REFUSED = re.compile(r"\bhosts\b|bind source|mounts? denied|mount config", re.IGNORECASE)
_FILTER_REFUSED = re.compile(r"seccomp", re.IGNORECASE)
_OUTSIDE_REFUSED = re.compile(r"\bpid\b.*\b(host|namespace|mode)|host PID", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ways:
    """`hosts` is a file of this machine that a box gets as /etc/hosts; None if the daemon's network
    code must create one, which takes twice as long. `unpinned` says why no box is pinned.
    `outside`: a tracer runs among the daemon's processes, where the server cannot see it. A daemon
    that maps users refuses that, and then the tracer runs among the server's processes.
    `unfiltered` says why no box is denied system calls."""

    hosts: Path | None
    unpinned: str = ""
    outside: bool = True
    unfiltered: str = ""

    def after(self, refusal: str) -> Ways | None:
        """The next options to try; None if the refusal has another reason."""
        if not self.unpinned and _CPUS_REFUSED.search(refusal):
            return replace(self, unpinned=_one_line(refusal))
        if not self.unfiltered and _FILTER_REFUSED.search(refusal):
            return replace(self, unfiltered=_one_line(refusal))
        if self.hosts is not None and _HOSTS_REFUSED.search(refusal):
            return replace(self, hosts=None)
        if self.outside and _OUTSIDE_REFUSED.search(refusal):
            return replace(self, outside=False)
        return None

    def lacks(self) -> list[str]:
        sentence = (
            "pinning: the daemon does not pin boxes to the CPUs of the runner, so server and load "
            f"generator run on any of the daemon's CPUs and share them ({self.unpinned})"
        )
        missing = [sentence] if self.unpinned else []
        return missing + ([f"{UNFILTERED} ({self.unfiltered})"] if self.unfiltered else [])

    def network(self, sysctls: Mapping[str, str]) -> dict[str, Any]:
        """Options for create_host_config of a box with its own network, in which `localhost`
        resolves to 127.0.0.1 and to ::1 as on a machine; with these settings of its network."""
        if self.hosts is None:
            return {"sysctls": {"net.ipv6.conf.all.disable_ipv6": "0", **sysctls}}
        mount = Mount("/etc/hosts", str(self.hosts), type="bind", read_only=True)
        return {"mounts": [mount], **({"sysctls": dict(sysctls)} if sysctls else {})}


def _one_line(refusal: str) -> str:
    return " ".join(clean(refusal).split())[:160]


def hosts_file(cache: Path, security: str) -> Path | None:
    """The file for /etc/hosts, written if it is missing; None if a box may not read it."""
    if "name=selinux" in security:
        return None
    path = cache / "hosts"
    try:
        if path.is_symlink() or not path.is_file() or path.read_text(encoding="utf-8") != HOSTS:
            cache.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".hosts-{os.getpid()}")
            new.write_text(HOSTS, encoding="utf-8")
            new.chmod(0o644)
            new.replace(path)
    except (OSError, ValueError):
        return None
    return path
