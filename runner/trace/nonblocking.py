"""Whether the reads from clients could block: by the flags of the socket, or by the call's. Pure.

The tracer shows a socket by its inode, so what one process sets holds for every process that has
the socket: O_NONBLOCK belongs to the open file, not to the descriptor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.trace.classification import UNKNOWN
from runner.trace.kinds import kind
from runner.trace.model import Call, Record
from runner.trace.served_request import ServedRequest
from runner.trace.sockets import info_of

YES, NO, BOTH = "yes", "no", "both"
_FLAG = re.compile(r"\b(?:O_NONBLOCK|SOCK_NONBLOCK)\b")
_FLAGS = 3
"""Which argument of accept4 are the flags."""


def reads_nonblocking(record: Record, silent: Sequence[ServedRequest]) -> str:
    """Yes, no, both, or unknown where no read of a client's socket was observed."""
    copies = {id(each.copy_in) for each in silent if each.copy_in is not None}
    flags: dict[str, bool] = {}
    words: set[str] = set()
    for call in record.calls:
        info = info_of(call)
        if id(call) in copies and (info in flags or _at_once(call)):
            words.add(YES if _at_once(call) or flags[info] else NO)
        elif not call.error:
            _note(call, info, flags)
    return BOTH if len(words) > 1 else words.pop() if words else UNKNOWN


def _at_once(call: Call) -> bool:
    return "MSG_DONTWAIT" in " ".join(call.args[2:])


def _note(call: Call, info: str, flags: dict[str, bool]) -> None:
    """An accepted socket does not inherit the flag (accept(2), Linux)."""
    if kind(call) == "accept" and call.gave:
        given = call.args[_FLAGS] if len(call.args) > _FLAGS else ""
        flags[call.gave] = bool(_FLAG.search(given))
    elif call.name in ("fcntl", "fcntl64") and "F_SETFL" in call.args:
        flags[info] = bool(_FLAG.search(call.args[-1]))
    elif call.name == "ioctl" and "FIONBIO" in call.args:
        flags[info] = call.args[-1] != "[0]"
