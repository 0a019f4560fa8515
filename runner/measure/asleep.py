"""One thread in the kernel's tables (/proc): the call that it sleeps in, and how long it ran."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

from runner.records.observed import NO_BYTES, PEEK
from runner.trace.kinds import kind
from runner.trace.look import OUTSIDE
from runner.trace.model import Call
from runner.trace.numbers import name_of

PROC = Path("/proc")
_TEXT_MAX, _SET_MAX = 1 << 20, 1 << 16
_ENTRIES, _REACH = 1, 0
"""Which argument of poll, and which of select, says how many descriptors the call waits for."""

_FLAGS, _LENGTH, _MSG_PEEK = {"recvfrom": 3, "recvmsg": 2, "recvmmsg": 3}, 2, 2
"""Where a call has its flags."""

_TASK_FLAGS, _PF_IO_WORKER = 6, 0x10
"""Where proc(5) has a task's flags, after its name, and <linux/sched.h> this one."""

Thread = tuple[int, int]
"""The number of its process, and its own."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """A call in which a thread sleeps: its kind, its name, and what it is about: a descriptor, or,
    for poll and select, for how many."""

    kind: str
    call: str = ""
    about: int = -1


def folder(thread: Thread) -> Path:
    return PROC / str(thread[0]) / "task" / str(thread[1])


def threads_of(processes: Iterable[int]) -> Iterator[Thread]:
    """All threads of these processes. One that ends meanwhile is left out."""
    for pid in processes:
        with suppress(OSError):
            for task in sorted((PROC / str(pid) / "task").iterdir()):
                yield pid, int(task.name)


def asleep(thread: Thread) -> Sleep | None:
    """None where it runs. Raises OSError."""
    words = text(folder(thread) / "syscall").split()
    if not words or words[0] == "running":
        return None
    if words[0] == "-1":
        return Sleep(OUTSIDE)
    args = [int(word, 16) for word in words[1:7]]
    name = name_of(int(words[0]))
    call = kind(Call(0, name, (), 0, None, 0, None)) or name
    if call in ("poll", "select"):
        several = args[_ENTRIES if call == "poll" else _REACH] & 0xFFFFFFFF
        return Sleep(call if several else "pause", name, several)
    about = args[0] & 0x7FFFFFFF
    if call in ("read", "splice"):
        call = _read_of(thread, about, call)
    if call == "completion" and _of_kernel(thread):
        return Sleep("worker", "io_uring's worker")
    return Sleep(call, f"{name}{_takes_nothing(name, args)}", about)


def _of_kernel(thread: Thread) -> bool:
    """Whether the kernel made the thread for a ring: /proc shows it in the call in which its server
    waited for the ring. No server can set this flag."""
    flags = text(folder(thread) / "stat").rpartition(")")[2].split()[_TASK_FLAGS]
    return bool(int(flags) & _PF_IO_WORKER)


def _takes_nothing(name: str, args: list[int]) -> str:
    """What is said of a call that receives and leaves all bytes where they are."""
    place = _FLAGS.get(name)
    if place is not None and args[place] & _MSG_PEEK:
        return f" with {PEEK}"
    return f" of {NO_BYTES}" if name == "recvfrom" and args[_LENGTH] == 0 else ""


def awaited(thread: Thread) -> frozenset[int] | None:
    """The descriptors that poll or select waits for, read from the server's memory: while the
    thread sleeps in the call, they stay as they were given. None where it is in no such call, or
    its memory cannot be read."""
    with suppress(OSError, ValueError, struct.error):
        before = text(folder(thread) / "syscall")
        words = before.split()
        name, args = name_of(int(words[0])), [int(word, 16) for word in words[1:7]]
        call = kind(Call(0, name, (), 0, None, 0, None))
        with (PROC / str(thread[0]) / "mem").open("rb", buffering=0) as memory:
            if call == "poll":
                found = _polled(memory, args[0], args[_ENTRIES] & 0xFFFFFFFF)
            elif call == "select":
                found = _selected(memory, args[1:3], args[_REACH] & 0xFFFFFFFF)
            else:
                return None
        return found if text(folder(thread) / "syscall") == before else None
    return None


def _polled(memory: RawIOBase, at: int, entries: int) -> frozenset[int]:
    """An array of struct pollfd: an int and two shorts each; a negative descriptor is ignored."""
    entries = min(entries, _SET_MAX)
    memory.seek(at)
    numbers = struct.iter_unpack("=ihh", memory.read(entries * 8) or b"")
    return frozenset(fd for fd, *_ in numbers if fd >= 0)


def _selected(memory: RawIOBase, sets: list[int], reach: int) -> frozenset[int]:
    """The bits of the sets for reading and for writing; each may be missing."""
    reach = min(reach, _SET_MAX)
    size, bits = (reach + 7) // 8, 0
    for at in filter(None, sets):
        memory.seek(at)
        bits |= int.from_bytes(memory.read(size) or b"", "little")
    return frozenset(fd for fd in range(reach) if bits >> fd & 1)


def _read_of(thread: Thread, number: int, call: str) -> str:
    """The kind of a read call by what it reads: `call` itself for a socket."""
    what = (folder(thread) / "fd" / str(number)).readlink().name
    if what == "anon_inode:[signalfd]":
        return "signal"
    return call if what.startswith("socket:") else f"{call} of no socket"


def target(thread: Thread, number: int) -> str:
    """What a descriptor is open for; empty where that cannot be read."""
    with suppress(OSError):
        return (folder(thread) / "fd" / str(number)).readlink().name
    return ""


def ended(thread: Thread) -> bool:
    with suppress(OSError):
        status = text(folder(thread) / "status")
        return "\nState:\tZ" in status or "\nState:\tX" in status
    return True


def times(thread: Thread) -> tuple[int, int]:
    """ns on a CPU, and ns in which it was ready for one; 0 where the kernel does not say."""
    with suppress(OSError, ValueError, IndexError):
        words = text(folder(thread) / "schedstat").split()
        return int(words[0]), int(words[1])
    return 0, 0


def text(path: Path, most: int = _TEXT_MAX) -> str:
    with path.open("rb") as file:
        return file.read(most).decode("ascii", "replace")
