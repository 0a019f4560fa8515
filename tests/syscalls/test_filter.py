"""The filter of denied calls, run by an interpreter over all numbers of calls, and the profile of a
container, evaluated as libseccomp does: both deny the same, and nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from runner.engine.docker.profile import denying
from runner.paths import SECCOMP_PROFILE
from runner.syscalls.denial import CLONE_THREAD, DENIABLE, WORDS, canonical, covers
from runner.syscalls.filter import (
    ALLOW,
    ARCHITECTURE,
    ARGUMENTS,
    AT_LEAST,
    DENY,
    EQUAL,
    LOAD,
    MASK,
    NUMBER,
    RETURN,
    Instruction,
    assembled,
    program,
)
from runner.syscalls.table import CALLS, names, numbers

X86_64, I386, AARCH64, ARM = 0xC000003E, 0x40000003, 0xC00000B7, 0x40000028
NATIVE = {"x86_64": X86_64, "aarch64": AARCH64}
FOREIGN = (I386, ARM, 0, 0xFFFFFFFF)
NUMBERS = range(600)
SELECT = ("poll_many", "epoll_many", "io_uring_setup", "io_setup", "sigio", "threads", "processes")
VM, VFORK, SIGCHLD = 0x100, 0x4000, 17
PTHREAD_CREATE, FORK, SPAWN = 0x3D0F00, 0x1200000 | SIGCHLD, VM | VFORK | SIGCHLD
SHARED = VM | 0x200 | 0x400 | SIGCHLD
FLAGS = (0, PTHREAD_CREATE, FORK, SPAWN, SHARED, CLONE_THREAD, 0xFFFFFFFF, SIGCHLD)
F_SETFL, F_SETSIG, O_NONBLOCK, O_ASYNC, FIOASYNC, FIONBIO = 4, 10, 0o4000, 0x2000, 0x5452, 0x5421
ADD, MODIFY = 1, 3
SEVERAL = (0, 1, 15, 16, 17, 31, 32, 1024, 1 << 31, 0xFFFFFFFF)
ARGUMENTS_OF = {
    **{name: [(n, 0, 0) for n in SEVERAL] for name in ("select", "pselect6")},
    **{name: [(0, n, 0) for n in SEVERAL] for name in ("poll", "ppoll")},
    "epoll_ctl": [(5, how, n) for how in (0, ADD, 2, MODIFY) for n in SEVERAL],
    "clone": [(flags, 0, 0) for flags in FLAGS],
    "fcntl": [
        (5, command | high, bits)
        for command in (0, F_SETFL, F_SETSIG, 1030)
        for bits in (0, O_NONBLOCK, O_ASYNC, O_ASYNC | O_NONBLOCK, 0xFFFFFFFF)
        for high in (0, 1 << 40)
    ],
    "ioctl": [
        (5, command | high, 1)
        for command in (0, FIOASYNC, FIONBIO, FIOASYNC ^ 1, 0xFFFFFFFF)
        for high in (0, 1 << 63)
    ],
}
"""Some of the kernel's own use only the lower half: what a filter says must not depend on more."""


def run(
    instructions: Sequence[Instruction], architecture: int, number: int, arguments: Sequence[int]
) -> int:
    """What the kernel would answer: classic BPF over struct seccomp_data. Every jump must stay in
    the program, or this raises."""
    data = {NUMBER: number, ARCHITECTURE: architecture}
    data |= {ARGUMENTS + 8 * i: value & 0xFFFFFFFF for i, value in enumerate(arguments)}
    accumulator, at = 0, 0
    while True:
        each = instructions[at]
        at += 1
        if each.code == LOAD:
            accumulator = data[each.k]
        elif each.code == MASK:
            accumulator &= each.k
        elif each.code == EQUAL:
            at += each.yes if accumulator == each.k else each.no
        elif each.code == AT_LEAST:
            at += each.yes if accumulator >= each.k else each.no
        else:
            assert each.code == RETURN
            return each.k


def tried(name: str) -> Sequence[tuple[int, ...]]:
    return ARGUMENTS_OF.get(name, [(0, 0, 0)])


def expected(denied: Iterable[str], name: str, arguments: Sequence[int]) -> bool:
    """Whether the call is denied, written down a second time and from the manual pages."""
    words = set(denied)
    low = [value & 0xFFFFFFFF for value in arguments]
    if any(name in covers(each) for each in words - set(WORDS)):
        return True
    thread, shares = bool(low[0] & CLONE_THREAD), low[0] & VM and not low[0] & VFORK
    denied_with = {
        ("clone3", "threads"): True,
        ("clone3", "processes"): True,
        ("fork", "processes"): True,
        ("vfork", "processes"): True,
        ("clone", "threads"): thread or shares,
        ("clone", "processes"): not thread,
        ("fcntl", "sigio"): low[1] == F_SETFL and low[2] & O_ASYNC,
        ("ioctl", "sigio"): low[1] == FIOASYNC,
        ("select", "select_many"): low[0] >= 16,
        ("pselect6", "select_many"): low[0] >= 16,
        ("poll", "poll_many"): low[1] >= 16,
        ("ppoll", "poll_many"): low[1] >= 16,
        ("epoll_ctl", "epoll_many"): low[1] == ADD and low[2] >= 16,
    }
    return any(denied_with.get((name, word)) for word in words)


def lists() -> list[tuple[str, ...]]:
    """Each word, a name of each family, what an assignment denies, and some at random."""
    drawn = random.Random(13)
    some = [tuple(drawn.sample(DENIABLE, drawn.randint(1, 40))) for _ in range(10)]
    pairs = [("threads", "processes"), ("threads", "sigio"), ("processes", "sigio")]
    whole = ("poll", "poll_many", "select_many")
    return [*((word,) for word in WORDS), *pairs, whole, ("ppoll", "pselect6"), SELECT, *some]


@pytest.mark.parametrize("machine", NATIVE)
@pytest.mark.parametrize("denied", lists(), ids=lambda denied: "-".join(denied)[:40])
def test_it_denies_what_is_named_and_nothing_else(denied: tuple[str, ...], machine: str) -> None:
    instructions = program(denied, machine)
    for number in NUMBERS:
        name = names(machine).get(number, "")
        for arguments in tried(name):
            answer = DENY if expected(denied, name, arguments) else ALLOW
            assert run(instructions, NATIVE[machine], number, arguments) == answer, name


@pytest.mark.parametrize("machine", NATIVE)
def test_no_other_architecture_gets_round_it(machine: str) -> None:
    """int 0x80 has the numbers of i386, where poll is 168; x32 has those of x86-64 and a bit."""
    instructions = program(("poll",), machine)
    for architecture in (*FOREIGN, *(set(NATIVE.values()) - {NATIVE[machine]})):
        for number in NUMBERS:
            assert run(instructions, architecture, number, (0, 0, 0)) == DENY
    if machine == "x86_64":
        for number in (*(0x40000000 + each for each in NUMBERS), 0x7FFFFFFF, 0xFFFFFFFF):
            assert run(instructions, X86_64, number, (0, 0, 0)) == DENY


def test_it_is_what_the_kernel_takes() -> None:
    instructions = program(SELECT, "x86_64")
    assert len(assembled(instructions)) == 8 * len(instructions)
    assert all(0 <= each.yes < 256 and 0 <= each.no < 256 for each in instructions)
    assert len(program(DENIABLE, "x86_64")) < 1024, "the launcher's most, as all there is to deny"
    assert instructions[-1] == Instruction(RETURN, ALLOW)
    assert program((), "x86_64") == program(("poll",), "sparc64") == ()


def test_equal_denials_are_written_equally() -> None:
    assert canonical(["ppoll", "threads"]) == canonical(["threads", "poll", "ppoll"])
    assert canonical(["epoll_create"]) == ("epoll_create1",)
    assert {"poll", "io_uring_setup", *WORDS} <= set(DENIABLE)
    assert not {"clone", "execve", "epoll_wait"} & set(DENIABLE)
    assert numbers("aarch64").keys() <= CALLS


# ---- The profile of a container ----


def matches(condition: dict[str, Any], arguments: Sequence[int]) -> bool:
    value, wanted = arguments[condition["index"]], condition["value"]
    match condition["op"]:
        case "SCMP_CMP_MASKED_EQ":
            return bool(value & wanted == condition["valueTwo"])
        case "SCMP_CMP_NE":
            return bool(value != wanted)
    raise AssertionError(condition["op"])


def answers(profile: dict[str, Any], name: str, arguments: Sequence[int]) -> set[str | int]:
    """The answers of all rules that hold, the default where none does."""
    rules = [rule for rule in profile["syscalls"] if name in rule["names"]]
    holding = [
        rule for rule in rules if all(matches(each, arguments) for each in rule.get("args", []))
    ]
    answered: set[str | int] = {
        "allow" if rule["action"] == "SCMP_ACT_ALLOW" else int(rule["errnoRet"]) for rule in holding
    }
    return answered or {int(profile["defaultErrnoRet"])}


@pytest.mark.parametrize("denied", lists(), ids=lambda denied: "-".join(denied)[:40])
def test_the_profile_of_a_container_denies_the_same(denied: tuple[str, ...]) -> None:
    text = SECCOMP_PROFILE.read_text(encoding="utf-8")
    before, after = json.loads(text), json.loads(denying(text, denied))
    for name in sorted(CALLS):
        for arguments in tried(name):
            known = answers(before, name, arguments)
            held = answers(after, name, arguments)
            assert held == ({38} if expected(denied, name, arguments) else known), (name, arguments)
    assert {**after, "syscalls": ()} == {**before, "syscalls": ()}


@pytest.mark.parametrize("denied", [SELECT, ("threads", "sigio"), ("processes",)])
def test_no_rule_hides_another_and_no_call_has_a_twin(denied: tuple[str, ...]) -> None:
    """libseccomp drops the conditions of a call that one rule has without any. On a 32-bit
    architecture _newselect is select, and socketcall accepts."""
    after = json.loads(denying(SECCOMP_PROFILE.read_text(encoding="utf-8"), denied))
    whole = [name for rule in after["syscalls"] if not rule.get("args") for name in rule["names"]]
    some = {name for rule in after["syscalls"] if rule.get("args") for name in rule["names"]}
    assert len(whole) == len(set(whole))
    assert not some & set(whole)
    assert {*whole, *some} <= CALLS
    for rule in after["syscalls"]:
        indices = [each["index"] for each in rule.get("args", [])]
        assert len(indices) == len(set(indices)), "one condition an argument: runc makes more `or`"
