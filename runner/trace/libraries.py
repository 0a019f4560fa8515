"""Which libraries with an event loop a server loaded, by the files that it opened. Pure.

To the kernel every event loop in Python is epoll. But an interpreter opens the files of what it
imports, whatever the importing program calls it.
"""

from __future__ import annotations

import re

from runner.trace.model import Record

LOOPS = (
    "anyio", "asyncio", "curio", "eventlet", "gevent", "tornado", "trio", "twisted", "uvloop",
)  # fmt: skip
_OPENS = ("open", "openat", "openat2")
_LIBRARY = re.compile(rf'"/(?!labs/)[^"]*/({"|".join(LOOPS)})/[^"]+\.(?:py|pyc|so)"')
"""A file in a folder of that name. What lies below /labs is the server's own."""


def event_loops(record: Record) -> tuple[str, ...]:
    """Their names, each once, in alphabetical order."""
    opened = (
        _LIBRARY.search(" ".join(call.args[:2]))
        for call in record.calls
        if call.name in _OPENS and not call.error
    )
    return tuple(sorted({found[1] for found in opened if found}))
