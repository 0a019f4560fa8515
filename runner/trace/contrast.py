"""The traced conversation beside the untraced one: whether a server does the same in both. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from runner.trace.doubt import Doubt
from runner.trace.kinds import kind
from runner.trace.look import OUTSIDE, Look, ThreadLook, label
from runner.trace.model import Call, Conversation, Record
from runner.trace.served_request import HARDLY, ServedRequest
from runner.trace.sleeping import asleep
from runner.trace.sockets import Sockets

SERVING = ("read", "splice", "select", "poll", "epoll", "signal", "completion", "pause")
"""Kinds in which a thread that serves may wait. Idle helpers (lock) and threads that await a client
(accept) come and go."""
AWAKE = 0.8
"""A thread that ran, or waited for a CPU, for so much of the silences did not sleep."""
FITFUL = 0.5
"""A thread that ran, or waited for a CPU, for less of the silences than this did sleep. In between
a busy host may have taken the CPU away, which no figure of the machine itself shows."""
HARDLY_RAN = 0.05
"""Share of the silences: a thread that never sleeps gets more of a CPU even beside 30 others."""
FOR_LONG = 0.2
"""Share of a silence: a thread that slept so much of it in calls of one kind slept there."""

READ_OPS = frozenset({1, 4, 10, 22, 27, 49, 58})
"""IORING_OP_READV, READ_FIXED, RECVMSG, READ, RECV, READ_MULTISHOT, RECV_ZC."""


def contradictions(
    record: Record,
    known: Sockets,
    conversation: Conversation,
    silent: Sequence[ServedRequest],
    look: Look | None,
    edges: str,
) -> Iterable[Doubt]:
    """What the two do not agree on."""
    if look is None:
        return
    if look.unfollowed:
        text = f"the tracer could not follow {look.unfollowed} of the server's threads"
        yield Doubt("unclear", text)
    if look.hides:
        yield Doubt("unclear", f"untraced, the server made itself unreadable ({look.hides})")
    if look.lacks or look.hides or not silent:
        return
    traced, untraced = _traced(record, known, silent), _untraced(look)
    for text in _other_calls(traced, untraced, starved(look)):
        yield Doubt("differs", text)
    for text in () if starved(look) else _long(look):
        yield Doubt("differs", text)
    outside = sum(_label(each) == OUTSIDE for each in look.threads)
    if outside:
        text = f"{outside} of the server's threads are blocked, but in no system call"
        yield Doubt("evades", text)
    busy = sum(map(_awake, look.threads))
    if busy and not any(each.blocks_in == "nowhere" for each in silent):
        text = f"{busy} of the server's threads never block and serve no observed client"
        yield Doubt("unclear", text)
    if edges != "none" and look.edges is not None and not conversation.alone:
        yield from (Doubt("differs", text) for text in _edges(look, edges))


def _other_calls(traced: Counter[str], untraced: Counter[str], waited: int = 0) -> Iterable[str]:
    """Where a thread `waited` for a CPU, what no sample found may be where it sleeps."""
    if set(untraced) - set(traced) or (set(traced) != set(untraced) and not waited):
        yield (
            f"traced, the server's threads block in {_names(traced)}; "
            f"untraced, as /proc shows, in {_names(untraced)}"
        )
    for name in sorted(set(traced) & set(untraced)) if not waited else ():
        if (traced[name] == 1) != (untraced[name] == 1):
            yield (
                f"traced, {traced[name]} of the server's threads block in {name}; "
                f"untraced, as /proc shows, {untraced[name]}"
            )


def _long(look: Look) -> Iterable[str]:
    """What its threads do otherwise in a silence of a second and more."""
    if not look.long:
        return
    short, long = _asleep_in(look.threads), _asleep_in(look.long)
    if set(short) != set(long):
        yield (
            f"untraced, as /proc shows, the server's threads block in {_names(short)}; "
            f"in a silence of a second and more, in {_names(long)}"
        )
        return
    for some, others, never in (
        (look.long, look.threads, "does not block"),
        (look.threads, look.long, "blocks at times"),
    ):
        if any(map(_awake, some)) and all(each.busy < FITFUL for each in others):
            yield f"untraced, in a silence of a second and more, one of its threads {never}"


def awake(look: Look | None) -> str:
    """Whether a thread keeps a CPU busy in the silences when no tracer is there."""
    if look is None:
        return "unknown"
    threads = (*look.threads, *look.long)
    if starved(look) and not any(map(_awake, threads)):
        return "unknown"
    never_sleeps = look.idle_cpu >= AWAKE if look.lacks else any(map(_awake, threads))
    return "yes" if never_sleeps else "no"


def _awake(thread: ThreadLook) -> bool:
    """A busy machine makes a thread that wakes often wait for a CPU; that one is found asleep, or
    hardly runs."""
    return thread.busy >= AWAKE and not _label(thread) and thread.ran >= HARDLY_RAN


def starved(look: Look) -> int:
    """How many threads were ready to run for most of the silences, and hardly got a CPU: where they
    sleep was not seen."""
    threads = (*look.threads, *look.long)
    return sum(
        each.busy >= AWAKE and not _label(each) and each.ran < HARDLY_RAN for each in threads
    )


def copied_by_ring(record: Record, look: Look | None) -> bool:
    """Whether the kernel is seen to read the clients' bytes for a ring: one is there, and, where
    its pending operations can be seen, a read for each connection is among them."""
    made = any(call.name == "io_uring_setup" and not call.error for call in record.calls)
    if not made or look is None or look.lacks or look.rings is None:
        return made
    return sum(number in READ_OPS for number in look.rings) >= look.connections


def _edges(look: Look, edges: str) -> Iterable[str]:
    watched = look.edges or {}
    modes = {watched[inode] for inode in look.clients if inode in watched}
    if not modes:
        yield "untraced, as /proc shows, no epoll descriptor watches the clients"
        return
    without = [inode for inode in look.silent if inode not in watched]
    if without:
        yield (
            f"untraced, as /proc shows, epoll does not watch {len(without)} of "
            f"{len(look.silent)} idle connections"
        )
    words = {"yes": "edge-triggered", "no": "level-triggered", "both": "in both ways"}
    untraced = "both" if len(modes) > 1 else "yes" if modes == {True} else "no"
    if untraced != edges:
        yield (
            f"traced, clients are watched {words[edges]}; "
            f"untraced, as /proc shows, {words[untraced]}"
        )


def _traced(record: Record, known: Sockets, silent: Sequence[ServedRequest]) -> Counter[str]:
    """How many threads sleep in which kind of call, by the silences of the record."""
    blocked: Counter[str] = Counter()
    for thread in record.by_thread:
        labels: Counter[str] = Counter()
        for each in silent:
            quiet, sent = each.request.quiet, each.request.sent
            calls = record.of_thread(thread, quiet, sent)
            mine = [call for call in calls if not _of_no_client(call, known)]
            shares = dict(asleep(mine, known, quiet, sent))
            name = max(shares, key=lambda name: shares[name], default="")
            share = shares.get(name, 0.0)
            labels[name if share >= (HARDLY if name == "pause" else FOR_LONG) else ""] += 1
        name, number = labels.most_common(1)[0]
        if name in SERVING and number > len(silent) / 2:
            blocked[name] += 1
    return blocked


def _of_no_client(call: Call, known: Sockets) -> bool:
    return kind(call) in ("read", "splice") and not known.concerns(call)


def _untraced(look: Look) -> Counter[str]:
    return _asleep_in(look.threads)


def _asleep_in(threads: Iterable[ThreadLook]) -> Counter[str]:
    return Counter(label for each in threads if (label := _label(each)) in SERVING)


def _label(thread: ThreadLook) -> str:
    return label(thread.sleeps, thread.samples)


def _names(counted: Counter[str]) -> str:
    return " and ".join(sorted(counted)) or "no call"
