"""What the kernel allows, by trial where no other way shows it."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.check import Check, Level, checked
from runner.machine.doctor.facts import Facts
from runner.machine.doctor.needs import Needs

_USERNS = (
    ("kernel.unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1",
     "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
    ("user.max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=10000"),
)  # fmt: skip
"""Settings that deny user namespaces, with the value that does, and what allows them."""

_CONTROLLERS = ("memory", "pids", "cpuset")


def checks(facts: Facts, needs: Needs) -> Iterator[Check]:
    yield _io_uring(facts, needs)
    yield _ptrace(facts, needs)
    yield _user_namespaces(facts, needs)
    yield _cgroups(facts)


def _io_uring(facts: Facts, needs: Needs) -> Check:
    error = facts.attempts.get("io_uring", "not tried")
    disabled = facts.number("kernel.io_uring_disabled")
    if not error:
        return Check("io_uring", Level.OK, "io_uring_setup works")
    why, fix = "the lab io_uring is SKIP", ""
    if disabled:
        fix = "sudo sysctl -w kernel.io_uring_disabled=0"
    elif "ENOSYS" in error:
        why += "; the kernel is older than 5.1 or was built without it"
    elif facts.seccomp:
        why += "; a seccomp profile denies it here: run outside of this container"
    state = f"{error}, kernel.io_uring_disabled {disabled}" if disabled else error
    needed = needs.io_uring and _was_tried(error)
    return checked("io_uring", state, short=True, needed=needed, why=why, fix=fix)


def _ptrace(facts: Facts, needs: Needs) -> Check:
    error = facts.attempts.get("ptrace", "not tried")
    scope = facts.number("kernel.yama.ptrace_scope")
    return checked(
        "ptrace",
        error or ("works" if scope is None else f"works, yama scope {scope}"),
        short=bool(error),
        needed=needs.tracer and _was_tried(error),
        why="strace cannot follow a server",
        fix="sudo sysctl -w kernel.yama.ptrace_scope=1" if scope == 3 else "",
    )


def _user_namespaces(facts: Facts, needs: Needs) -> Check:
    error = facts.attempts.get("user namespace", "not tried")
    fixes = [fix for name, denies, fix in _USERNS if facts.sysctl.get(name) == denies]
    return checked(
        "user namespaces",
        error or "work",
        short=bool(error),
        needed=False,
        why="engine process cannot give a server its own network: servers share the host's ports, "
        "and are less isolated"
        + ("" if needs.engine == "process" else "; engine docker does not need them"),
        fix=" && ".join(fixes),
    )


def _cgroups(facts: Facts) -> Check:
    missing = [name for name in _CONTROLLERS if name not in facts.cgroup]
    return checked(
        "control groups",
        f"writable: {', '.join(facts.cgroup) or 'none'}",
        short=bool(missing),
        needed=False,
        why=f"engine process limits {', '.join(missing)} by rlimits or not at all; a systemd scope "
        "has its own control group",
        instead=f"systemd-run {'' if facts.root else '--user '}--scope -p Delegate=yes make run",
    )


def _was_tried(error: str) -> bool:
    """What could not even be tried may be there all the same: that blocks nothing."""
    return not error.startswith("not tried")
