"""In which calls a thread was blocked during a period, short times added up. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runner.trace.kinds import kind, may_sleep
from runner.trace.model import Call
from runner.trace.sockets import Sockets, about_socket

LONG = 500_000
"""ns: a call that may not sleep as it was made, or is not known to, counts from here on. Under the
tracer a call lasts some 30 µs; what is preempted in it lasts longer, but seldom."""

NEVER = frozenset(
    ("rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sched_yield", "epoll_ctl", "getpid")
)
"""Calls in which no thread sleeps. In one that lasts long its thread lost its CPU to another
program."""

_TIME_OF = {"nanosleep": 0, "clock_nanosleep": 2, "pselect6": 4, "select": 4, "ppoll": 2}
"""Which argument says for how long the call may sleep: seconds, and ns or µs."""
_MS_OF = {"poll": 2, "epoll_wait": 3, "epoll_pwait": 3}
"""The same in ms."""
_TIME = re.compile(r"\{(?:tv_sec=)?(\d{1,9}), (?:tv_([un])sec=)?(\d{1,9})\}")

RESTARTED = ("ERESTARTSYS", "ERESTARTNOINTR")


def asleep(
    calls: Sequence[Call], known: Sockets, since: int, until: int
) -> tuple[tuple[str, float], ...]:
    """Shares of that time by kind of call, of one thread's calls. The write of the last answer may
    return when its client has it already: that is no sleep in the silence after it."""
    shares: dict[str, float] = {}
    span = max(1, until - since)
    for call, back in _uninterrupted(calls, until):
        inside = min(back, until) - max(call.started, since)
        late = kind(call) == "write" and call.started < since and call.ended is not None
        if inside > 0 and not late and slept_in(call, known):
            name = _named(call)
            shares[name] = shares.get(name, 0.0) + inside / span
    return tuple(sorted(shares.items()))


def _named(call: Call) -> str:
    """The kind of the call. A read of a pipe or an eventfd waits for another thread, and for no
    client."""
    name = kind(call) or call.name
    return f"{name} of no socket" if name in ("read", "splice") and not about_socket(call) else name


def _uninterrupted(calls: Sequence[Call], until: int) -> Iterable[tuple[Call, int]]:
    """Each call with when it was over. A call that a signal interrupts and the kernel restarts
    (SA_RESTART, signal(7)) goes on until it begins again, unless the handler made a call: a timer's
    handler under the tracer may take as long as the sleep, on a slow machine longer."""
    for index, call in enumerate(calls):
        back = until if call.ended is None else call.started + call.took
        if call.error in RESTARTED:
            back = max(back, _restarted(calls, index, until))
        if call.name != "rt_sigreturn":
            yield call, back


def _restarted(calls: Sequence[Call], index: int, until: int) -> int:
    """When the call began again, 0 where another call came first. On a busy machine a timer's next
    signal is there when the handler of the last one returns, so several handlers may follow each
    other; and the time may be over before the call begins again."""
    call = calls[index]
    for place in range(index + 1, len(calls)):
        later = calls[place]
        if later.name != "rt_sigreturn":
            same = later.name == call.name and later.args[:1] == call.args[:1]
            return later.started if same and place > index + 1 else 0
    return until if index + 1 < len(calls) else 0


def slept_in(call: Call, known: Sockets) -> bool:
    """Whether the thread slept in it, as far as the call and its length tell. A call that says
    EAGAIN did not, unless it had been given a time in which to wait."""
    if may_sleep(call):
        return True
    if call.name in NEVER:
        return False
    long = call.ended is None or call.took >= LONG
    name = kind(call)
    if call.error == "EAGAIN":
        return long and name == "read" and known.timed
    if name in ("read", "splice", "accept"):
        return True
    return long and name not in ("select", "poll", "epoll", "signal", "completion")


def naps(calls: Iterable[Call], known: Sockets, since: int, until: int) -> dict[str, int]:
    """ns by name of call, of calls that began and ended in that time. A read of what is there does
    not sleep, however many there are. A sleep counts for no longer than the thread chose: beyond
    that another program had its CPU."""
    ns_by_name: dict[str, int] = {}
    for call in calls:
        inside = since <= call.started and call.ended is not None and call.ended <= until
        long = call.took >= LONG or may_sleep(call)
        if inside and long and slept_in(call, known):
            ns_by_name[call.name] = ns_by_name.get(call.name, 0) + min(call.took, chosen(call))
    return ns_by_name


def chosen(call: Call) -> int:
    """ns for which the thread chose to sleep at most; what the call took where it does not say, as
    with a point in time (TIMER_ABSTIME)."""
    args = dict(enumerate(call.args))
    if call.name in _MS_OF:
        text = args.get(_MS_OF[call.name], "")
        return int(text) * 1_000_000 if text.isdecimal() else call.took
    found = _TIME.fullmatch(args.get(_TIME_OF.get(call.name, -1), ""))
    if found is None or "TIMER_ABSTIME" in call.args[:2]:
        return call.took
    seconds, unit, part = found.groups()
    micro = unit == "u" or (unit is None and call.name == "select")
    return int(seconds) * 1_000_000_000 + int(part) * (1_000 if micro else 1)
