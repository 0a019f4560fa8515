"""What a compiler may use on a stranger's sources, in both engines."""

from __future__ import annotations

SECONDS = 60.0
MEMORY = 1 << 30
PIDS = 64
NOFILE = 1024
TMP_BYTES = 256 << 20
PROGRAM_BYTES_MAX = 64 << 20
TEXT_BYTES_MAX = 8 << 10
"""With compilers it is the first error that matters."""
