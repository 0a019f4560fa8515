"""Which sockets listen in a network namespace of a server, by the kernel's tables (/proc)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.engine.accounting import descendants
from runner.measure.asleep import PROC, text
from runner.measure.descriptors import LISTEN

_TABLE_MAX = 64 << 20
_ANY = ("00000000", "0" * 32)
_V4_IN_V6 = ("0000000000000000FFFF0000", "00000000000000000000FFFF")
_LOOPBACK = f"{int.from_bytes(bytes((127, 0, 0, 1)), sys.byteorder):08X}"


@dataclass(frozen=True, slots=True)
class Listener:
    """`reachable`: a client of 127.0.0.1 arrives there."""

    port: int
    reachable: bool
    inode: int


def listeners(pid: int) -> tuple[Listener, ...]:
    """Of the network namespace of a process. Raises OSError where the process has ended."""
    found: list[Listener] = []
    for name in ("tcp", "tcp6"):
        path = PROC / str(pid) / "net" / name
        if name == "tcp6" and not path.exists():
            continue
        for line in text(path, _TABLE_MAX).splitlines()[1:]:
            words = line.split()
            if len(words) >= 10 and words[3] == LISTEN:
                address, _, port = words[1].rpartition(":")
                found.append(Listener(int(port, 16), _reachable(address), int(words[9])))
    return tuple(found)


def holds(pid: int, inodes: frozenset[int]) -> bool:
    """Whether the process or one of its descendants has one of these sockets open; True where its
    descriptors cannot be read."""
    names = {f"socket:[{inode}]" for inode in inodes}
    try:
        return any(each in names for member in (pid, *descendants(pid)) for each in _open(member))
    except PermissionError:
        return True


def _open(pid: int) -> Iterator[str]:
    with suppress(FileNotFoundError, ProcessLookupError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                yield entry.readlink().name


def _reachable(address: str) -> bool:
    """The kernel prints an address as words of four bytes in the machine's order."""
    if address in _ANY:
        return True
    inside = len(address) == 8 or address[:-8] in _V4_IN_V6
    return inside and address[-8:] == _LOOPBACK
