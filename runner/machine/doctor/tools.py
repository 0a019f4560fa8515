"""What has to be installed: an engine, a compiler, a tracer."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.check import Check, Level, checked
from runner.machine.doctor.facts import Facts
from runner.machine.doctor.needs import Needs

IMAGE_BYTES = 2 << 30
"""What the lab's images take while they are built, generously."""


def checks(facts: Facts, needs: Needs) -> Iterator[Check]:
    yield _docker(facts, needs)
    if facts.docker.refusal is None:
        yield _storage(facts)
        yield _daemons_machine(facts)
    yield _compiler(facts, needs)
    if facts.compiler is not None:
        yield checked(
            "liburing headers",
            "found" if facts.liburing else "missing",
            short=not facts.liburing,
            needed=needs.liburing and not _in_docker(facts, needs),
            why="engine process cannot compile the lab io_uring; engine docker brings its own",
            fix="sudo apt-get install liburing-dev",
        )
    yield checked(
        "tracer strace",
        facts.strace or "missing",
        short=facts.strace is None,
        needed=needs.tracer,
        why="runner trace and measure: trace cannot run",
        fix="sudo apt-get install strace",
    )


def _in_docker(facts: Facts, needs: Needs) -> bool:
    return facts.docker.refusal is None and needs.engine != "process"


def _docker(facts: Facts, needs: Needs) -> Check:
    docker = facts.docker
    if docker.refusal is None:
        state = f"{docker.version}, {docker.storage}, cgroup v{docker.cgroup_version}"
        state += f", {docker.place}" if docker.place else ""
        return Check("Docker daemon", Level.OK, state)
    fix = "sudo apt-get install docker.io"
    if docker.remedy:  # there is a daemon: a second one would be no help
        fix = docker.remedy
    elif "ermission denied" in docker.refusal:
        fix = 'sudo usermod -aG docker "$USER"'
    elif "refused" in docker.refusal:
        fix = "sudo systemctl start docker"
    elif "timed out" in docker.refusal:
        fix = "sudo systemctl restart docker"
    if needs.engine == "process":
        return Check("Docker daemon", Level.OK, f"not needed ({docker.refusal})")
    neither = facts.compiler is None
    return checked(
        "Docker daemon",
        docker.refusal,
        short=True,
        needed=neither or needs.engine == "docker",
        why="no engine can run here" if neither else "boxes are processes in namespaces instead",
        fix=fix,
    )


def _daemons_machine(facts: Facts) -> Check:
    """Whether the daemon's machine is this one: what is seen and pinned here is of this one."""
    docker, own = facts.docker, len(facts.cpus)
    fewer = docker.cpus is not None and docker.cpus < own
    why = ""
    if docker.elsewhere:
        why = (
            "the daemon is on another machine or in a virtual machine: other programs there are "
            "not visible; run the lab on that machine, or type runner run --engine process"
        )
    elif fewer or not docker.pins:
        why = (
            "boxes are not pinned: server and load generator share the daemon's CPUs, and rates "
            "vary more; type runner run --engine process, which pins boxes"
        )
    return checked(
        "Docker's CPUs",
        f"{'unknown' if docker.cpus is None else docker.cpus} of {own}"
        + (", elsewhere" if docker.elsewhere else "" if docker.pins else ", no cpuset"),
        short=bool(why),
        needed=False,
        why=why,
    )


def _storage(facts: Facts) -> Check:
    free = facts.docker.root_free
    if free is not None and free < IMAGE_BYTES:
        return Check(
            "Docker storage",
            Level.WARN,
            f"{free / 1e9:.1f} GB free in {facts.docker.root}",
            "building the images may fill the disk",
            "docker image prune",
        )
    return checked(
        "Docker storage",
        facts.docker.storage,
        short=facts.docker.storage == "vfs",
        needed=False,
        why="every container is a whole copy of its image: starts take seconds and much disk; "
        'set "storage-driver": "overlay2" in /etc/docker/daemon.json',
    )


def _compiler(facts: Facts, needs: Needs) -> Check:
    return checked(
        "C compiler",
        facts.compiler or "missing",
        short=facts.compiler is None,
        needed=not _in_docker(facts, needs),
        why="engine process runs nothing without it; engine docker brings its own",
        fix="sudo apt-get install gcc libc6-dev",
    )
