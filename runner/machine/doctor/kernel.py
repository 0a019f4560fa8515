"""What the kernel allows, tried where trying is the only way to know."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.facts import Facts
from runner.machine.doctor.finding import Finding, Level, judged
from runner.machine.doctor.needs import Needs

_USERNS = (
    ("kernel.unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1",
     "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
    ("user.max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=10000"),
)  # fmt: skip
"""Settings that deny user namespaces, with the value that does, and what allows them."""

_CONTROLLERS = ("memory", "pids", "cpuset")


def findings(facts: Facts, wanted: Needs) -> Iterator[Finding]:
    yield _io_uring(facts, wanted)
    yield _ptrace(facts, wanted)
    yield _user_namespaces(facts, wanted)
    yield _cgroups(facts)


def _io_uring(facts: Facts, wanted: Needs) -> Finding:
    error = facts.attempts.get("io_uring", "not tried")
    disabled = facts.number("kernel.io_uring_disabled")
    if not error:
        return Finding("io_uring", Level.OK, "io_uring_setup works")
    why, fix = "the lab io_uring is SKIP", ""
    if disabled:
        fix = "sudo sysctl -w kernel.io_uring_disabled=0"
    elif "ENOSYS" in error:
        why += "; the kernel is older than 5.1 or was built without it"
    elif facts.seccomp:
        why += "; a seccomp profile denies it here: run outside of this container"
    told = f"{error}, kernel.io_uring_disabled {disabled}" if disabled else error
    needed = wanted.io_uring and _was_tried(error)
    return judged("io_uring", told, short=True, needed=needed, why=why, fix=fix)


def _ptrace(facts: Facts, wanted: Needs) -> Finding:
    error = facts.attempts.get("ptrace", "not tried")
    scope = facts.number("kernel.yama.ptrace_scope")
    return judged(
        "ptrace",
        error or ("works" if scope is None else f"works, yama scope {scope}"),
        short=bool(error),
        needed=wanted.tracer and _was_tried(error),
        why="strace cannot follow a server",
        fix="sudo sysctl -w kernel.yama.ptrace_scope=1" if scope == 3 else "",
    )


def _user_namespaces(facts: Facts, wanted: Needs) -> Finding:
    error = facts.attempts.get("user namespace", "not tried")
    fixes = [fix for name, denies, fix in _USERNS if facts.sysctl.get(name) == denies]
    return judged(
        "user namespaces",
        error or "work",
        short=bool(error),
        needed=False,
        why="engine process cannot give a server a network of its own: servers share the host's "
        "ports, and are less isolated"
        + ("" if wanted.engine == "process" else "; engine docker does not need them"),
        fix=" && ".join(fixes),
    )


def _cgroups(facts: Facts) -> Finding:
    missing = [name for name in _CONTROLLERS if name not in facts.cgroup]
    return judged(
        "control groups",
        f"writable: {', '.join(facts.cgroup) or 'none'}",
        short=bool(missing),
        needed=False,
        why=f"engine process bounds {', '.join(missing)} by rlimits instead or not at all; a scope "
        "of systemd has a group of its own",
        instead=f"systemd-run {'' if facts.root else '--user '}--scope -p Delegate=yes make run",
    )


def _was_tried(error: str) -> bool:
    """What could not even be tried may be there all the same: that blocks nothing."""
    return not error.startswith("not tried")
