"""The text of strace to calls, signals and ends of threads. Pure.

A line is `THREAD TIME event`, where the event is one of

    name(args) = result <seconds>           a call, whole
    name(args <unfinished ...>              it has not returned, and another thread was heard
    name(args <detached ...>                it had not returned when the tracer let go
    <... name resumed>args) = result <...>  the rest of it
    --- SIGNAL {si_code=...} ---            a signal was delivered
    +++ exited with 0 +++                   the thread has ended

as strace 5.10 to 6.x write it with the options of `OPTIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from runner.trace.model import Call, Record, Signal, Switch
from runner.trace.split import split_args

OPTIONS = (
    "-f",  # threads and children as well
    "-y",  # what a descriptor is: for a socket its inode, the same in each process that has it
    "-s", "64",
    # All calls: a thread can block in any of them.
    "-e", "trace=all",
    # An array is cut after 64 entries otherwise, and a client may be the 65th.
    "-e", "abbrev=!poll,ppoll,epoll_wait,epoll_pwait,epoll_pwait2",
    "--absolute-timestamps=format:unix,precision:ns",
    "--syscall-times=ns",
    "--pidns-translation",
    "-o", "/dev/stdout",
)  # fmt: skip

MARK = "coroutine "
"""How a switch of coroutines shows itself in the record: a write(2) to descriptor -1, of this and
the coroutine's name."""

_LINE = re.compile(r"(\d+) +(\d+)\.(\d{9}) (.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\) += (.*)", re.DOTALL)
_UNFINISHED = re.compile(r"(\w+)\((.*?) ?<(?:unfinished|detached) \.\.\.>$", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_REST = re.compile(r"(.*)\) += (.*)", re.DOTALL)
_TOOK = re.compile(r"(.*?) <(\d+)\.(\d{9})>$", re.DOTALL)
_RESULT = re.compile(r"(-?\d+|0x[0-9a-f]+|\?)(?:<([^>]*)>)?(?: (.*))?$", re.DOTALL)
_ERRNO = re.compile(r"(E[A-Z0-9]+)\b")
_SIGNAL = re.compile(r"--- (SIG\w+) (\{.*\}) ---")
_CODE = re.compile(r"si_code=(\w+)")
_FD = re.compile(r"si_fd=(\d+)")
_INT = re.compile(r"si_int=(\d+)")
_NARROW = re.compile(r"\[ Process PID=(\d+) runs in (\w+)(?: bit)? mode\. \]")
_STRANGER = re.compile(r"/\* (\d+) in strace's PID NS \*/")
_MADE = ("clone", "clone3", "fork", "vfork")


@dataclass(slots=True)
class _Reading:
    """What has been read so far. `open` holds the beginnings of calls that have not returned."""

    calls: list[Call] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    process: dict[int, int] = field(default_factory=dict)
    born: dict[int, int] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    tables: dict[int, int] = field(default_factory=dict)
    narrow: set[int] = field(default_factory=set)
    mixed: set[int] = field(default_factory=set)
    first_heard: dict[int, int] = field(default_factory=dict)
    open: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    unread: int = 0


def parse(lines: Iterable[str]) -> tuple[Record, tuple[Switch, ...]]:
    """The record from the server's own execve(2) on: what the held box did before is left out.
    Calls are in the order in which they began."""
    reading = _Reading()
    started: int | None = None
    for line in lines:
        if narrow := _NARROW.search(line):
            changed = reading.mixed if narrow[2] == "64" else reading.narrow
            changed.add(int(narrow[1]))
            continue
        match = _LINE.fullmatch(line)
        if not match:
            reading.unread += bool(line.strip())
            continue
        thread, seconds, fraction, what = match.groups()
        at = int(seconds) * 1_000_000_000 + int(fraction)
        if started is None and what.startswith("execve("):
            started = at
            reading.process[int(thread)] = int(thread)
        if started is not None:
            _take(reading, int(thread), at, what)
    for thread, (name, text, began) in reading.open.items():
        reading.calls.append(Call(thread, name, split_args(text), began, None, 0, None))
    for thread in {call.thread for call in reading.calls} - set(reading.process):
        reading.process[thread] = thread  # made by a call that was not seen to return
        reading.born.setdefault(thread, reading.first_heard[thread])
    calls = _with_ends(sorted(reading.calls, key=lambda call: call.started))
    signals = tuple(reading.signals)
    record = Record(
        calls, signals, reading.process, reading.born, reading.unread,
        reading.parent, reading.tables, frozenset(reading.narrow),
        frozenset(reading.mixed & reading.narrow),
    )  # fmt: skip
    return record, tuple(reading.switches)


def _with_ends(calls: list[Call]) -> tuple[Call, ...]:
    """A call had returned when its thread made the next one: a later time than that known so far,
    unless calls of other threads were recorded in between."""
    later: dict[int, int] = {}
    ends: list[Call] = []
    for call in reversed(calls):
        follows = later.get(call.thread)
        if follows is not None and call.ended is not None and call.ended < follows:
            result = (call.value, call.error, call.shown, call.gave)
            ends.append(
                Call(call.thread, call.name, call.args, call.started, follows, call.took, *result)
            )
        else:
            ends.append(call)
        later[call.thread] = call.started
    return tuple(reversed(ends))


def _take(reading: _Reading, thread: int, at: int, what: str) -> None:
    reading.first_heard.setdefault(thread, at)
    if what.startswith("+++ "):
        reading.open.pop(thread, None)
    elif match := _SIGNAL.match(what):
        reading.signals.append(Signal(thread, at, match[1], *signal_code(match[2])))
    elif what.startswith("--- "):
        pass  # stopped by SIGSTOP and the like
    elif match := _UNFINISHED.fullmatch(what):
        reading.open[thread] = (match[1], match[2], at)
    elif match := _RESUMED.fullmatch(what):
        _resume(reading, thread, at, match[1], match[2])
    elif match := _CALL.fullmatch(what):
        _finish(reading, thread, at, match[1], match[2], match[3])
    else:
        reading.unread += 1


def signal_code(text: str) -> tuple[str, int]:
    """si_code and the descriptor that a siginfo is about, -1 where it names none. Of a real-time
    signal strace writes the code as a number and the descriptor as an integer."""
    match = _CODE.search(text)
    code = match[1] if match else ""
    about = _FD.search(text) if code.startswith("POLL_") else None
    if code == "0x1":
        code, about = "POLL_IN", _INT.search(text)
    return code, int(about[1]) if about else -1


def _resume(reading: _Reading, thread: int, at: int, name: str, rest: str) -> None:
    begun = reading.open.pop(thread, None)
    match = _REST.fullmatch(rest)
    if begun is None or begun[0] != name or match is None:
        reading.unread += 1
        return
    _finish(reading, thread, begun[2], name, begun[1] + match[1], match[2], heard=at)


def _finish(
    reading: _Reading, thread: int, began: int, name: str, args: str, tail: str, heard: int = 0
) -> None:
    """`tail` is the text after the equals sign; `heard` is when the end of the call was recorded,
    for a call whose beginning was recorded earlier."""
    took = _TOOK.fullmatch(tail)
    text = took[1] if took else tail
    duration = int(took[2]) * 1_000_000_000 + int(took[3]) if took else 0
    result = _RESULT.fullmatch(text)
    shown = (result[3] or "").strip() if result else text
    failed = _ERRNO.match(shown)
    value = None if result is None or result[1] == "?" else _number(result[1])
    if name == "write" and args.startswith("-1, ") and MARK in args:
        label = split_args(args)[1].strip('"').removeprefix(MARK)
        reading.switches.append(Switch(thread, began, label))
        return
    call = Call(
        thread=thread,
        name=name,
        args=split_args(args),
        started=began,
        ended=heard or (began + duration if took else None),
        took=duration,
        value=value,
        error=failed[1] if failed else "",
        shown=shown.strip("()") if not failed else "",
        gave=(result[2] or "") if result else "",
    )
    reading.calls.append(call)
    if name in _MADE and value is not None and value > 0:
        _give_birth(reading, thread, call, args, shown)


def _number(text: str) -> int:
    """umask returns the mode in octal digits, brk an address in hexadecimal ones."""
    octal = text.startswith("0") and text.isdigit()
    return int(text, 8 if octal else 0)


def _give_birth(reading: _Reading, parent: int, call: Call, args: str, shown: str) -> None:
    """CLONE_THREAD: another thread of the same process. In its own PID namespace the server sees
    another number than the tracer; strace writes both."""
    stranger = _STRANGER.search(shown)
    child = int(stranger[1]) if stranger else int(call.value or 0)
    own = reading.process.get(parent, parent)
    reading.process[child] = own if "CLONE_THREAD" in args else child
    if reading.process[child] != own:
        reading.parent[child] = own
        if "CLONE_FILES" in args:
            reading.tables[child] = reading.tables.get(own, own)
    reading.born[child] = call.started
