"""Looks into every file of the machine for a marker that the test has put into another submission,
the hidden checks, the reference, a key and the environment, and ends where it finds it.

Expect: passes
"""

import os
import sys
import time

MARKER = b"ANARY-"[::-1] + b"C"  # not in this file as it is read


def look(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        text = os.read(descriptor, 1 << 20)
        os.close(descriptor)
    except OSError:
        return
    if MARKER[::-1] in text:
        sys.exit(f"found in {path}: {text[text.index(MARKER[::-1]) :][:60]!r}")


looked, end = 0, time.monotonic() + 6  # a slow machine: READY must come in time
for top in (
    "@SECRET@",
    "/proc/1/root",
    "/proc/1/cwd",
    "/home",
    "/root",
    "/tmp",
    "/var",
    "/labs",
    "/",
):
    look(top)
    for here, folders, names in os.walk(top):
        if here in ("/usr", "/sys", "/nix", "/proc"):
            folders.clear()
            continue
        for name in names:
            look(f"{here}/{name}")
            looked += 1
        if looked > 20_000 or time.monotonic() > end:
            break
look("/proc/self/environ")
look("/proc/1/environ")

import honest  # noqa: E402, F401
