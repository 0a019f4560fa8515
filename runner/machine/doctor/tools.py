"""What has to be installed: an engine, a compiler, a tracer."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.facts import Facts
from runner.machine.doctor.finding import Finding, Level, judged
from runner.machine.doctor.needs import Needs

IMAGE_BYTES = 2 << 30
"""What the lab's images take while they are built, generously."""


def findings(facts: Facts, wanted: Needs) -> Iterator[Finding]:
    yield _docker(facts, wanted)
    if facts.docker.refusal is None:
        yield _storage(facts)
        yield _daemons_machine(facts)
    yield _compiler(facts, wanted)
    if facts.compiler is not None:
        yield judged(
            "liburing headers",
            "found" if facts.liburing else "missing",
            short=not facts.liburing,
            needed=wanted.liburing and not _in_docker(facts, wanted),
            why="engine process cannot compile the lab io_uring; engine docker brings its own",
            fix="sudo apt-get install liburing-dev",
        )
    yield judged(
        "tracer strace",
        facts.strace or "missing",
        short=facts.strace is None,
        needed=wanted.tracer,
        why="timelines and counts of system calls cannot be had",
        fix="sudo apt-get install strace",
    )


def _in_docker(facts: Facts, wanted: Needs) -> bool:
    return facts.docker.refusal is None and wanted.engine != "process"


def _docker(facts: Facts, wanted: Needs) -> Finding:
    docker = facts.docker
    if docker.refusal is None:
        told = f"{docker.version}, {docker.storage}, cgroup v{docker.cgroup_version}"
        told += f", {docker.place}" if docker.place else ""
        return Finding("Docker daemon", Level.OK, told)
    fix = "sudo apt-get install docker.io"
    if docker.remedy:  # there is a daemon: a second one would be no help
        fix = docker.remedy
    elif "ermission denied" in docker.refusal:
        fix = 'sudo usermod -aG docker "$USER"'
    elif "refused" in docker.refusal:
        fix = "sudo systemctl start docker"
    elif "timed out" in docker.refusal:
        fix = "sudo systemctl restart docker"
    if wanted.engine == "process":
        return Finding("Docker daemon", Level.OK, f"not asked for ({docker.refusal})")
    neither = facts.compiler is None
    return judged(
        "Docker daemon",
        docker.refusal,
        short=True,
        needed=neither or wanted.engine == "docker",
        why="nothing can run here" if neither else "boxes are processes in namespaces instead",
        fix=fix,
    )


def _daemons_machine(facts: Facts) -> Finding:
    """Whether the daemon's machine is this one: what is seen and pinned here is of this one."""
    docker, own = facts.docker, len(facts.cpus)
    fewer = docker.cpus is not None and docker.cpus < own
    why = ""
    if docker.elsewhere:
        why = (
            "the daemon is on another machine or in a virtual machine: what else runs there is not "
            "seen; run the lab on that machine, or type runner run --engine process"
        )
    elif fewer or not docker.pins:
        why = (
            "boxes are not pinned: server and load generator share the daemon's CPUs, and rates "
            "spread more; type runner run --engine process to have them pinned"
        )
    return judged(
        "Docker's CPUs",
        f"{'unknown' if docker.cpus is None else docker.cpus} of {own}"
        + (", elsewhere" if docker.elsewhere else "" if docker.pins else ", no cpuset"),
        short=bool(why),
        needed=False,
        why=why,
    )


def _storage(facts: Facts) -> Finding:
    free = facts.docker.root_free
    if free is not None and free < IMAGE_BYTES:
        return Finding(
            "Docker storage",
            Level.WARN,
            f"{free / 1e9:.1f} GB free in {facts.docker.root}",
            "building the images may fill the disk",
            "docker image prune",
        )
    return judged(
        "Docker storage",
        facts.docker.storage,
        short=facts.docker.storage == "vfs",
        needed=False,
        why="every container is a whole copy of its image: starts take seconds and much disk; "
        'set "storage-driver": "overlay2" in /etc/docker/daemon.json',
    )


def _compiler(facts: Facts, wanted: Needs) -> Finding:
    return judged(
        "C compiler",
        facts.compiler or "missing",
        short=facts.compiler is None,
        needed=not _in_docker(facts, wanted),
        why="engine process runs nothing without it; engine docker brings its own",
        fix="sudo apt-get install gcc libc6-dev",
    )
