"""What differs between the student's machine and the grader's, and what each difference can change.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.grade.machine_facts import MachineFacts

NOT_KNOWN = ""
_HAS_IT = "present"
_ENOUGH_CPUS = 2
"""A server and its load generator each need one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not the same where a student tries a server and where it is graded."""

    what: str
    """`kernel`, `CPUs`, `engine`, `compiler`, ..."""
    here: str
    grader: str
    """Empty where the assignment does not say it."""
    effect: str
    """What the difference can change."""


EFFECTS = {
    "checks": "a check may ask for something else: get the assignment anew",
    "lab": "a check may be measured in another way: use the version that the course names",
    "engine": "limits and protections of the box: docker has a seccomp profile and a compiler of "
    "its own, process uses the system's compiler and libraries",
    "kernel": "which system calls and io_uring operations exist, and what each costs",
    "CPU": "what a system call costs; a speed is a ratio to the reference on the same machine, so "
    "it changes little",
    "CPUs": "races between threads show with more CPUs; times need two, one for the server and one "
    "for the load generator",
    "CPU quota": "a quota of less than two CPUs stops the server now and then: checks that judge "
    "times become INVALID, and cost nothing",
    "memory": "a server that keeps much for each client may be ended by the kernel on one machine "
    "alone",
    "descriptors": "at how many clients a server meets EMFILE; a check that needs more descriptors "
    "than the machine grants is not run there",
    "compiler": "warnings, errors and optimised code: a program that compiles here may not compile "
    "there; build it without warnings",
    "Python": "what the standard library offers, and which calls its socket and selectors modules "
    "make",
    "io_uring": "0: granted to every user, 1: to privileged ones, 2: to none; a server that needs "
    "io_uring is not gradable where it is missing",
    "isolation": "your server can do on one machine what fails on the other: reach a file, a port, "
    "a process or more resources",
}


def differences(here: MachineFacts, grader: MachineFacts | None) -> tuple[Difference, ...]:
    """In the order in which a reader should look at them. Without the grader's facts, those of this
    machine that often differ, and what is missing here."""
    rows = _unknown(here) if grader is None else _compared(here, grader)
    return tuple(rows)


def _unknown(here: MachineFacts) -> Iterator[Difference]:
    for what in ("engine", "kernel", "CPUs", "descriptors", "compiler", "Python"):
        value = _facts(here)[what]
        if value:
            yield Difference(what, value, NOT_KNOWN, EFFECTS[what])
    if here.quota is not None and here.quota < _ENOUGH_CPUS:
        yield Difference("CPU quota", f"{here.quota:g}", NOT_KNOWN, EFFECTS["CPU quota"])
    if here.io_uring not in ("", "0"):
        yield Difference("io_uring", here.io_uring, NOT_KNOWN, EFFECTS["io_uring"])
    for lack in here.lacks:
        yield Difference("isolation", f"missing: {lack}", NOT_KNOWN, EFFECTS["isolation"])


def _compared(here: MachineFacts, grader: MachineFacts) -> Iterator[Difference]:
    ours, theirs = _facts(here), _facts(grader)
    for what, value in ours.items():
        other = theirs[what]
        if value != other and value and other:
            yield Difference(what, value, other, EFFECTS[what])
    for lack in here.lacks:
        if lack not in grader.lacks:
            yield Difference("isolation", f"missing: {lack}", _HAS_IT, EFFECTS["isolation"])
    for lack in grader.lacks:
        if lack not in here.lacks:
            yield Difference("isolation", _HAS_IT, f"missing: {lack}", EFFECTS["isolation"])


def _facts(facts: MachineFacts) -> dict[str, str]:
    """Each in words; empty where it is not known."""
    quota = "none" if facts.quota is None else f"{facts.quota:g} CPUs"
    return {
        "checks": facts.checks[:12],
        "lab": facts.lab,
        "engine": facts.engine,
        "kernel": facts.kernel,
        "CPU": facts.cpu,
        "CPUs": str(facts.cpus or ""),
        "CPU quota": quota,
        "memory": "" if facts.memory is None else f"{facts.memory / 2**30:.0f} GiB",
        "descriptors": "" if facts.nofile is None else str(facts.nofile),
        "compiler": facts.compiler,
        "Python": facts.python,
        "io_uring": facts.io_uring,
    }
