"""Reasons why a record does not show all that the server did. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from runner.trace.classification import UNKNOWN
from runner.trace.doubt import Doubt, Sort
from runner.trace.kinds import WAITS as KINDS
from runner.trace.look import LONG
from runner.trace.model import Record
from runner.trace.served_request import HARDLY, STALLED, ServedRequest

UNREAD = 0.01
"""Share of the record's lines that may be of a form that is not known."""
THROUGHOUT = 0.8
"""Share of the long silence: a blocked thread stays blocked to its end."""
ELSEWHERE = 0.3
"""Share of the long silence in another call than in short ones: the server has chosen to wait
there. On a busy machine a thread that wakes often is blocked for less of the time, and in no other
call."""
WAITS = (*KINDS, "read", "splice", "accept", "pause", "lock")
_STOPS = ("SIGSTOP", "SIGCONT")
_ATTACHED = 2
"""Stops of a thread that may be the tracer's own, when it attaches."""


def doubts(record: Record, silent: Sequence[ServedRequest], cut: str) -> Iterable[Doubt]:
    """With any of them the model is unknown."""
    if cut:
        yield Doubt("incomplete", cut)
    if record.unread > UNREAD * len(record.calls) + 1:
        text = f"{record.unread} lines of the tracer's record cannot be read"
        yield Doubt("incomplete", text)
    if record.narrow:
        text = f"{len(record.narrow)} of the server's threads make 32-bit system calls (int 0x80)"
        yield Doubt("evades" if record.mixed else "incomplete", text)
    yield from _hiding(record)
    stops = sum(signal.name in _STOPS for signal in record.signals)
    if stops > _ATTACHED * len(record.by_thread):
        text = f"the server was stopped and continued {stops} times (SIGSTOP, SIGCONT)"
        yield Doubt("evades", text)
    amiss = [each.amiss for each in silent if each.amiss]
    if len(amiss) > STALLED * len(silent):
        yield max(set(amiss), key=lambda doubt: (amiss.count(doubt), doubt.text))
    yield from _long(silent)
    if not silent:
        yield Doubt("incomplete", "no request came after a silence")


def _long(silent: Sequence[ServedRequest]) -> Iterable[Doubt]:
    """How the server behaved differently in the long silence."""
    for each in silent:
        span = each.request.sent - each.request.quiet
        if span < LONG or not (others := [one.blocks_in for one in silent if one is not each]):
            continue
        usual = Counter(others).most_common(1)[0][0]
        share = dict(each.asleep).get(usual, 0.0)
        less = share < THROUGHOUT if usual != "nowhere" else each.slept >= HARDLY
        if each.blocks_in != usual or (less and usual not in (UNKNOWN, "pause")):
            spent = ", ".join(f"{name} {part:.0%}" for name, part in each.asleep) or "no call"
            chosen = {name for name, part in each.asleep if name in WAITS and part >= ELSEWHERE}
            other = usual != UNKNOWN and chosen - {usual}
            yield Doubt(
                "long" if other else "unclear",
                f"in a silence of {span // 1_000_000:,} ms the waiting thread blocked in: {spent}; "
                f"in shorter silences: {usual}",
                tuple(sorted(chosen)),
            )


_HIDING: tuple[tuple[tuple[str, ...], str, Sort, str], ...] = (
    (("clone", "clone3"), "CLONE_UNTRACED", "evades",
     "a thread was created that no tracer follows (CLONE_UNTRACED)"),
    (("ptrace",), "", "evades", "a process of the server traces another (ptrace)"),
    (("seccomp",), "NEW_LISTENER", "evades",
     "another program handles the server's system calls (seccomp with a listener)"),
    (("prctl",), "SYSCALL_USER_DISPATCH", "evades",
     "the server handles its system calls itself (PR_SET_SYSCALL_USER_DISPATCH)"),
    (("process_vm_readv", "process_vm_writev"), "", "evades",
     "a process of the server copies another's memory (process_vm_readv, process_vm_writev)"),
    (("prctl",), "PR_SET_DUMPABLE, SUID_DUMP_DISABLE", "unclear",
     "the server made itself unreadable (PR_SET_DUMPABLE 0): its descriptors are unknown"),
)  # fmt: skip
"""Calls by which a server leaves the tracer, or lets another program make its calls: their names,
what stands among their arguments, and what that means. A daemon that protects its memory makes
itself unreadable without any thought of a tracer."""


def _hiding(record: Record) -> Iterable[Doubt]:
    names = {name for each, *_ in _HIDING for name in each}
    made = [
        (call.name, ", ".join(call.args))
        for call in record.calls
        if call.name in names and not call.error
    ]
    for suspects, words, sort, sentence in _HIDING:
        if any(name in suspects and words in args for name, args in made):
            yield Doubt(sort, sentence)
