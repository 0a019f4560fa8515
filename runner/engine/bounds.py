"""The bounds of a compiler that runs on untrusted sources, in both engines."""

from __future__ import annotations

import re

SECONDS = 60.0
MEMORY = 1 << 30
PIDS = 64
NOFILE = 1024
TMP_BYTES = 256 << 20
PROGRAM_BYTES_MAX = 64 << 20
TEXT_BYTES_MAX = 8 << 10
"""The first error of a compiler is the one that matters."""

TOO_LARGE = f"the program is larger than {PROGRAM_BYTES_MAX >> 20} MiB"
TOO_MUCH_MEMORY = f"the compiler needed more than {MEMORY >> 20} MiB of memory"
_OF_A_TOOL = re.compile(r"/(tmp|usr)/|[\w-]*(cc|cc1|clang|collect2|ld|as|virtual memory)[\w.-]*: ")
_SIGNS = {
    "File size limit exceeded": TOO_LARGE,
    "No space left on device": TOO_LARGE,
    "Killed signal terminated program": TOO_MUCH_MEMORY,
    "cannot allocate memory": TOO_MUCH_MEMORY,
    "out of memory allocating": TOO_MUCH_MEMORY,
}


def too_slow(seconds: float = SECONDS) -> str:
    return f"the compiler took longer than {seconds:g} s"


def met(text: str) -> str | None:
    """The bound that ended a compiler, from the compiler's messages, which call it an internal
    error. Lines that the compiler quotes from a source do not count."""
    own = "\n".join(line for line in text.splitlines() if _OF_A_TOOL.match(line))
    return next((message for sign, message in _SIGNS.items() if sign in own), None)
