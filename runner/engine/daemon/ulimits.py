"""The limits of a container that a request must state, setrlimit(2)."""

from __future__ import annotations

import resource
from functools import lru_cache

import docker
from docker.types import Ulimit

PODMAN = "Podman Engine"
PROCESSES = 32_768
"""More than all boxes need, and what every podman may give: its own limit is pid_max."""


def ulimits(client: docker.DockerClient, soft: int, hard: int) -> list[Ulimit]:
    """Descriptors `soft`:`hard`, no core files. Processes are limited by a control group, not
    here: RLIMIT_NPROC counts all of a user's, in whatever box they are.

    But podman, without a value, requests 1,048,576 processes, and starts no container at all where
    it may not have so many. So the request states what this machine grants.
    """
    limits = [Ulimit(name="nofile", soft=soft, hard=hard), Ulimit(name="core", soft=0, hard=0)]
    if _is_podman(client):
        own = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        most = PROCESSES if own == resource.RLIM_INFINITY else min(own, PROCESSES)
        limits.append(Ulimit(name="nproc", soft=most, hard=most))
    return limits


@lru_cache(maxsize=8)
def _is_podman(client: docker.DockerClient) -> bool:
    components = client.version().get("Components") or []
    return any(part.get("Name") == PODMAN for part in components)
