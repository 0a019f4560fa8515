"""Each rule of the doctor: what falls short is named, with what mends it; what blocks, blocks."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.machine.doctor import Docker, Facts, Level, Needs, examine, fix_script
from runner.plan import Host, expand
from runner.session.needs import needs
from tests.conftest import MakeSuite

SOUND = Facts(
    root=False,
    docker=Docker(None, "24.0", "overlay2", "2", "/var/lib/docker", 10**11),
    compiler="cc 12",
    liburing=True,
    strace="strace 6.1",
    nofile_max=1 << 20,
    nproc_soft=60_000,
    threads_max=190_000,
    sysctl={"fs.nr_open": "1048576", "net.core.somaxconn": "4096",
            "net.ipv4.ip_local_port_range": "32768 60999",
            "net.netfilter.nf_conntrack_max": "262144"},
    memory_available=10**10,
    attempts={"io_uring": "", "ptrace": "", "user namespace": ""},
    seccomp=False,
    cgroup=("cpuset", "memory", "pids"),
    cpus=(0, 1),
    governors=("performance",),
    virtual=True,
    steal=0.0,
    load=0.1,
    results_writable=True,
    results_free=10**11,
    clock="kvm-clock",
    clocks=("kvm-clock", "acpi_pm"),
)  # fmt: skip
ALL = Needs("e.yaml", "auto", 10, 5000, 10_000, 10_000, 16, 512, io_uring=True, liburing=True,
            tracer=True)  # fmt: skip
NO_DOCKER = Docker("/var/run/docker.sock: No such file or directory")


def with_sysctl(**settings: str | None) -> dict[str, str | None]:
    return {**SOUND.sysctl, **{name.replace("__", "."): text for name, text in settings.items()}}


HOST_NET: dict[str, Any] = {
    "docker": NO_DOCKER,
    "attempts": {**SOUND.attempts, "user namespace": "unshare: EPERM"},
}
"""Boxes share the host's network, so that its settings hold for them."""


@pytest.mark.parametrize("needs", [Needs(), ALL])
def test_nothing_is_wrong_with_a_sound_machine(needs: Needs) -> None:
    found = examine(SOUND, needs)
    assert {check.level for check in found} == {Level.OK}, found
    assert len({check.name for check in found}) == len(found) >= 20
    assert "Nothing needs a fix" in fix_script(found)


@pytest.mark.parametrize(
    ("change", "check", "in_general", "for_spec", "fix"),
    [
        ({"docker": NO_DOCKER}, "Docker daemon", "warn", "warn", "install docker.io"),
        ({"docker": Docker("permission denied")}, "Docker daemon", "warn", "warn", "usermod -aG"),
        ({"docker": Docker("Connection refused")}, "Docker daemon", "warn", "warn", "start docker"),
        ({"docker": NO_DOCKER, "compiler": None}, "Docker daemon", "blocks", "blocks", "docker.io"),
        ({"docker": NO_DOCKER, "compiler": None}, "C compiler", "blocks", "blocks", "install gcc"),
        ({"compiler": None}, "C compiler", "warn", "warn", "install gcc"),
        ({"docker": replace(SOUND.docker, storage="vfs")}, "Docker storage", "warn", "warn", ""),
        ({"docker": replace(SOUND.docker, root_free=1)}, "Docker storage", "warn", "warn", "prune"),
        ({"liburing": False}, "liburing headers", "warn", "warn", "liburing-dev"),
        ({"liburing": False, "docker": NO_DOCKER}, "liburing headers", "warn", "blocks", "dev"),
        ({"strace": None}, "tracer strace", "warn", "blocks", "install strace"),
        ({"nofile_max": 1024}, "descriptors (nofile)", "warn", "blocks", "--nofile=5000:5000"),
        ({"nofile_max": 4096}, "descriptors (nofile)", "ok", "blocks", "prlimit"),
        ({"nproc_soft": 100}, "processes (nproc)", "ok", "blocks", "--nproc=576:576"),
        ({"nproc_soft": 100, "root": True}, "processes (nproc)", "ok", "ok", ""),
        ({"sysctl": with_sysctl(net__ipv4__ip_local_port_range="60000 60099"), **HOST_NET},
         "ports for connections", "ok", "blocks", '"1024 65535"'),
        ({"sysctl": with_sysctl(net__core__somaxconn="128"), **HOST_NET},
         "listen queue (somaxconn)", "warn", "warn", "somaxconn=4096"),
        ({"sysctl": with_sysctl(net__netfilter__nf_conntrack_max="8192")},
         "connection tracking", "ok", "blocks", "nf_conntrack_max=22048"),
        ({"memory_available": 600 << 20}, "memory", "ok", "blocks", ""),
        ({"results_writable": False}, "results folder", "blocks", "blocks", ""),
        ({"results_free": 1000}, "results folder", "blocks", "blocks", ""),
        ({"attempts": {**SOUND.attempts, "io_uring": "io_uring_setup: EPERM"},
          "sysctl": with_sysctl(kernel__io_uring_disabled="2")},
         "io_uring", "warn", "blocks", "io_uring_disabled=0"),
        ({"attempts": {**SOUND.attempts, "io_uring": "io_uring_setup: EPERM"}, "seccomp": True},
         "io_uring", "warn", "blocks", ""),
        ({"attempts": {**SOUND.attempts, "ptrace": "ptrace: EPERM"},
          "sysctl": with_sysctl(kernel__yama__ptrace_scope="3")},
         "ptrace", "warn", "blocks", "ptrace_scope=1"),
        ({"attempts": {**SOUND.attempts, "user namespace": "unshare: EPERM"},
          "sysctl": with_sysctl(kernel__apparmor_restrict_unprivileged_userns="1")},
         "user namespaces", "warn", "warn", "restrict_unprivileged_userns=0"),
        ({"cgroup": ("cpuset",)}, "control groups", "warn", "warn", ""),
        ({"cpus": (0,)}, "CPUs", "warn", "warn", ""),
        ({"governors": ("powersave", "powersave")}, "frequency governor", "warn", "warn", "tee"),
        ({"steal": 0.2}, "steal time", "warn", "warn", ""),
        ({"load": 1.9}, "load of other programs", "warn", "warn", ""),
        ({"docker": Docker("docker context 'far' (ssh://far)", remedy="export DOCKER_HOST=ssh://far")},
         "Docker daemon", "warn", "warn", "export DOCKER_HOST=ssh://far"),
        ({"docker": replace(SOUND.docker, cpus=1)}, "Docker's CPUs", "warn", "warn", ""),
        ({"docker": replace(SOUND.docker, pins=False)}, "Docker's CPUs", "warn", "warn", ""),
        ({"docker": replace(SOUND.docker, elsewhere=True)}, "Docker's CPUs", "warn", "warn", ""),
        ({"blind": ("view of each CPU: anew",)}, "visibility of other programs", "warn", "warn",
         ""),
        ({"home": False}, "home folder", "warn", "warn", "export XDG_CONFIG_HOME="),
        ({"encoding": "ascii"}, "character set", "warn", "warn", "LC_ALL=C.UTF-8"),
        ({"clock": "acpi_pm"}, "clock source", "warn", "warn", "echo kvm-clock"),
    ],
)  # fmt: skip
def test_what_falls_short_is_named(
    change: dict[str, Any], check: str, in_general: str, for_spec: str, fix: str
) -> None:
    facts = replace(SOUND, **change)
    for required, level in ((Needs(), in_general), (ALL, for_spec)):
        (result,) = (each for each in examine(facts, required) if each.name == check)
        assert result.level == level, result
        assert bool(result.why) == (level != "ok"), "a warning has a reason"
    assert fix in result.fix
    if fix:
        assert result.fix in fix_script(examine(facts, ALL))


def test_what_could_not_be_tried_blocks_nothing() -> None:
    untried = replace(SOUND, attempts=dict.fromkeys(SOUND.attempts, "not tried: no interpreter"))
    found = {each.name: each.level for each in examine(untried, ALL)}
    assert {found[name] for name in ("io_uring", "ptrace", "user namespaces")} == {Level.WARN}


def test_more_connections_than_ports_need_more_source_addresses() -> None:
    needs = replace(ALL, connections=100_000, sources=1)
    (found,) = (each for each in examine(SOUND, needs) if each.name == "ports for connections")
    assert found.level is Level.BLOCKS
    assert "fleet: {sources: 4}" in found.why
    assert not found.fix, "the host's range does not hold in a box's own network"


def test_an_engine_that_is_asked_for_must_be_there() -> None:
    facts = replace(SOUND, docker=NO_DOCKER)
    levels = {
        engine: next(iter(examine(facts, replace(ALL, engine=engine)))).level
        for engine in ("auto", "docker", "process")
    }
    assert levels == {"auto": Level.WARN, "docker": Level.BLOCKS, "process": Level.OK}


def test_what_no_setting_mends_is_the_same_in_the_table_and_in_the_script() -> None:
    found = examine(replace(SOUND, cgroup=()), Needs())
    (groups,) = (each for each in found if each.name == "control groups")
    assert groups.instead == "systemd-run --user --scope -p Delegate=yes make run"
    assert f"instead of make run type: {groups.instead}" in fix_script(found)
    assert "no command fixes this" not in fix_script(found)
    (rooted,) = (
        each
        for each in examine(replace(SOUND, cgroup=(), root=True), Needs())
        if each.name == "control groups"
    )
    assert "--user" not in rooted.instead


def test_the_script_runs_nothing_but_its_commands(tmp_path: Path) -> None:
    """What a daemon says ends up in comments, whatever it says."""
    evil = replace(SOUND, docker=Docker("refused\nrm -rf x\n$(rm -rf y)"), cpus=(0,))
    path = tmp_path / "fix.sh"
    path.write_text(fix_script(examine(evil, ALL)))
    lines = path.read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ["sudo systemctl start docker"]
    sh = shutil.which("sh")
    assert sh is not None
    assert subprocess.run([sh, "-n", str(path)], check=False).returncode == 0


def test_a_plan_says_what_it_needs(suite_of: MakeSuite) -> None:
    suite = suite_of("""
        experiments:
          - {id: a, title: t, server: {lab: [epoll, io_uring]}, limits: {nofile: [4096, max]},
             fleet: {idle: [0, 20k, max], active: 50, fleets: 2}, repeat: 3}
          - {id: b, title: t, measure: ceiling, server: {lab: select, language: python},
             limits: {nofile: 2048, pids: 700}, repeat: 1}
    """)
    found = needs(expand(suite, Host(1 << 30, (0, 1))), "e.yaml", "auto")
    assert found.trials == 2 * 2 * 3 * 3 + 1
    assert found.connections == 20_050
    assert found.connections_per_fleet == 10_025
    assert found.descriptors == 10_025 + 64, "a fleet's half of them, and its own few"
    assert (found.processes, found.io_uring, found.liburing) == (700, True, True)
    one = suite_of("experiments: [{id: a, title: t, server: {lab: epoll}}]")
    small = needs(expand(one, Host(1 << 30, (0, 1))), "e.yaml", "auto")
    assert (small.io_uring, small.descriptors, small.connections) == (False, 65, 1)
