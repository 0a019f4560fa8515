"""Reasons why a record does not show all that the server did. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from runner.trace.look import LONG
from runner.trace.model import UNKNOWN, Record
from runner.trace.served_request import HARDLY, STALLED, ServedRequest

UNREAD = 0.01
"""Share of the record's lines that may be of a form that is not known."""
THROUGHOUT = 0.8
"""Share of the long silence: a blocked thread stays blocked to its end."""
_STOPS = ("SIGSTOP", "SIGCONT")
_ATTACHED = 2
"""Stops of a thread that may be the tracer's own, when it attaches."""


def doubts(record: Record, silent: Sequence[ServedRequest], cut: str) -> Iterable[str]:
    """Each as a sentence; with any of them the model is unknown."""
    if cut:
        yield cut
    if record.unread > UNREAD * len(record.calls) + 1:
        yield f"{record.unread} lines of the tracer's record cannot be read"
    if record.narrow:
        yield f"{len(record.narrow)} of the server's threads make 32-bit system calls (int 0x80)"
    yield from _hiding(record)
    stops = sum(signal.name in _STOPS for signal in record.signals)
    if stops > _ATTACHED * len(record.by_thread):
        yield f"the server was stopped and continued {stops} times (SIGSTOP, SIGCONT)"
    amiss = [each.amiss for each in silent if each.amiss]
    if len(amiss) > STALLED * len(silent):
        yield max(set(amiss), key=lambda text: (amiss.count(text), text))
    yield from _long(silent)
    if not silent:
        yield "no request came after a silence"


def _long(silent: Sequence[ServedRequest]) -> Iterable[str]:
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
            yield (
                f"in a silence of {span // 1_000_000:,} ms the waiting thread blocked in: {spent}; "
                f"in shorter silences: {usual}"
            )


_HIDING = (
    (("clone", "clone3"), "CLONE_UNTRACED",
     "a thread was created that no tracer follows (CLONE_UNTRACED)"),
    (("ptrace",), "", "a process of the server traces another (ptrace)"),
    (("seccomp",), "NEW_LISTENER",
     "another program handles the server's system calls (seccomp with a listener)"),
    (("prctl",), "SYSCALL_USER_DISPATCH",
     "the server handles its system calls itself (PR_SET_SYSCALL_USER_DISPATCH)"),
    (("process_vm_readv", "process_vm_writev"), "",
     "a process of the server copies another's memory (process_vm_readv, process_vm_writev)"),
    (("prctl",), "PR_SET_DUMPABLE, SUID_DUMP_DISABLE",
     "the server made itself unreadable (PR_SET_DUMPABLE 0): its descriptors are unknown"),
)  # fmt: skip
"""Calls by which a server leaves the tracer, or lets another program make its calls: their names,
what stands among their arguments, and what that means."""


def _hiding(record: Record) -> Iterable[str]:
    names = {name for each, _, _ in _HIDING for name in each}
    made = [
        (call.name, ", ".join(call.args))
        for call in record.calls
        if call.name in names and not call.error
    ]
    for suspects, words, sentence in _HIDING:
        if any(name in suspects and words in args for name, args in made):
            yield sentence
