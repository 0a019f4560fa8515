"""Whether a server gives epoll each client anew after each event, in place of reading its socket
until it is empty. Pure.

With EPOLLET that makes epoll report what is still there once more, as it does without the flag.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.model import Call, Record
from runner.trace.served_request import ServedRequest
from runner.trace.sockets import info_of
from runner.trace.split import descriptor

MOST = 0.5
"""Share of the requests."""
_SOON = 1_000_000_000
"""ns: a thread that has served a request waits again long before."""
_TARGET = 2
"""Which argument of epoll_ctl is the descriptor that is watched."""


def rearms(record: Record, silent: Sequence[ServedRequest]) -> bool:
    judged = [each.copy_in for each in silent if each.copy_in is not None]
    return bool(judged) and sum(_rearmed(record, copy) for copy in judged) > MOST * len(judged)


def _rearmed(record: Record, copy: Call) -> bool:
    """From the copy to the thread's next wait."""
    info, given = info_of(copy), False
    for call in record.of_thread(copy.thread, copy.started, copy.started + _SOON):
        if call.started <= copy.started:
            continue
        if kind(call) in MULTIPLEXERS:
            break
        if kind(call) == "read" and call.error == "EAGAIN" and info_of(call) == info:
            return False
        given = given or _gives_anew(call, info)
    return given


def _gives_anew(call: Call, info: str) -> bool:
    if call.name != "epoll_ctl" or call.error or len(call.args) <= _TARGET:
        return False
    return call.args[1] == "EPOLL_CTL_MOD" and descriptor(call.args[_TARGET])[1] == info
