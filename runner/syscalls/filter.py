"""A denial as a program of classic BPF, for seccomp(2). Pure.

A denied call answers ENOSYS, as on a kernel without it: a C library then tries another way, and a
program can report it. Every call with the numbers of another architecture (int 0x80, x32) answers
the same, else it would be a way round. All other calls are left as they are.

The kernel knows beforehand what such a program says of a call whose arguments it does not load, and
does not run it for that call (since 5.11).
"""

from __future__ import annotations

import platform
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.syscalls.denial import ENOSYS, Tests, denial
from runner.syscalls.table import numbers

_ARCHITECTURES = {
    "x86_64": 0xC000003E,
    "aarch64": 0xC00000B7,
    "riscv64": 0xC00000F3,
    "loongarch64": 0xC0000102,
}
"""AUDIT_ARCH_... of <linux/audit.h>: all of them little-endian."""
_X32 = 0x40000000
LOAD, MASK, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Where they are in struct seccomp_data, whose arguments have 8 bytes each."""
ALLOW, DENY = 0x7FFF0000, 0x00050000 | ENOSYS


@dataclass(frozen=True, slots=True)
class Instruction:
    """struct sock_filter: `yes` and `no` are how many instructions a jump skips."""

    code: int
    k: int
    yes: int = 0
    no: int = 0


def program(denied: Sequence[str], machine: str = "") -> tuple[Instruction, ...]:
    """The filter; empty where nothing is denied, or the machine's numbers are not known."""
    architecture = _ARCHITECTURES.get(machine or platform.machine())
    if not denied or architecture is None:
        return ()
    return tuple(_program(denied, machine or platform.machine(), architecture))


def assembled(filter_program: Sequence[Instruction]) -> bytes:
    """As the kernel takes it: an array of struct sock_filter."""
    return b"".join(struct.pack("=HBBI", i.code, i.yes, i.no, i.k) for i in filter_program)


def _program(denied: Sequence[str], machine: str, architecture: int) -> Iterator[Instruction]:
    what, number = denial(tuple(denied)), numbers(machine)
    yield Instruction(LOAD, ARCHITECTURE)
    yield Instruction(EQUAL, architecture, yes=1)
    yield Instruction(RETURN, DENY)
    yield Instruction(LOAD, NUMBER)
    if machine == "x86_64":
        yield Instruction(AT_LEAST, _X32, no=1)
        yield Instruction(RETURN, DENY)
    for each in sorted(number[name] for name in what.calls if name in number):
        yield Instruction(EQUAL, each, no=1)
        yield Instruction(RETURN, DENY)
    for name in sorted(what.tested):
        if name in number:
            yield from _tested(number[name], what.tested[name])
    yield Instruction(RETURN, ALLOW)


def _tested(number: int, alternatives: Sequence[Tests]) -> Iterator[Instruction]:
    """For one call: each alternative denies it if all its tests hold."""
    inside = [each for tests in alternatives for each in _alternative(tests)]
    yield Instruction(EQUAL, number, no=len(inside) + 1)
    yield from inside
    yield Instruction(RETURN, ALLOW)


def _alternative(tests: Tests) -> list[Instruction]:
    instructions: list[Instruction] = []
    for place, test in enumerate(tests):
        rest = 3 * (len(tests) - place - 1) + 1
        instructions += [
            Instruction(LOAD, ARGUMENTS + 8 * test.argument),
            Instruction(MASK, test.mask),
            Instruction(EQUAL, test.value, no=rest),
        ]
    return [*instructions, Instruction(RETURN, DENY)]
