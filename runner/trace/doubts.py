"""What keeps a record from being the whole story. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from runner.trace.exchange import HARDLY, STALLED, Exchange
from runner.trace.look import LONG
from runner.trace.model import UNKNOWN, Record

UNREAD = 0.01
"""Share of the record's lines that may be of a form that is not known."""
THROUGHOUT = 0.8
"""Share of the long silence: a thread that waits asleep does so to its end."""
_STOPS = ("SIGSTOP", "SIGCONT")
_ATTACHED = 2
"""Stops of a thread that may be the tracer's own, when it attaches."""


def doubts(record: Record, silent: Sequence[Exchange], cut: str) -> Iterable[str]:
    """Each as a sentence; nothing is concluded where there is one."""
    if cut:
        yield cut
    if record.unread > UNREAD * len(record.calls) + 1:
        yield f"{record.unread} lines of the tracer's record cannot be read"
    if record.narrow:
        yield f"{len(record.narrow)} of its threads make 32-bit system calls (int 0x80)"
    yield from _hiding(record)
    stops = sum(signal.name in _STOPS for signal in record.signals)
    if stops > _ATTACHED * len(record.by_thread):
        yield f"its processes were stopped and let go on {stops} times (SIGSTOP, SIGCONT)"
    amiss = [each.amiss for each in silent if each.amiss]
    if len(amiss) > STALLED * len(silent):
        yield max(set(amiss), key=lambda text: (amiss.count(text), text))
    yield from _long(silent)
    if not silent:
        yield "no request came after a silence"


def _long(silent: Sequence[Exchange]) -> Iterable[str]:
    """What the server did otherwise in a silence of a second and more."""
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
                f"in a silence of {span // 1_000_000:,} ms the thread that waits slept: {spent}; "
                f"in the shorter ones: {usual}"
            )


_HIDING = (
    (("clone", "clone3"), "CLONE_UNTRACED",
     "a thread that no tracer follows was made (CLONE_UNTRACED)"),
    (("ptrace",), "", "one of its processes traces another (ptrace)"),
    (("seccomp",), "NEW_LISTENER",
     "another program answers its system calls (seccomp with a listener)"),
    (("prctl",), "SYSCALL_USER_DISPATCH",
     "its system calls are dispatched to itself (PR_SET_SYSCALL_USER_DISPATCH)"),
    (("process_vm_readv", "process_vm_writev"), "",
     "one of its processes moves the memory of another (process_vm_readv, process_vm_writev)"),
    (("prctl",), "PR_SET_DUMPABLE, SUID_DUMP_DISABLE",
     "it made itself unreadable (PR_SET_DUMPABLE 0): what its descriptors are cannot be seen"),
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
