"""What the kernel counts of a network: packets that a device dropped, and segments sent again."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.machine import proc

_SIOCGIFADDR = 0x8915
"""<linux/sockios.h>: the IPv4 address of a device."""
_LOST = (2, 3, 4, 10, 11, 12)
"""Of a device's columns in /proc/net/dev: errors, drops and full queues, received and sent."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Since the network namespace began. `needless`: segments that the other end reported as having
    had already (duplicate SACK), so nothing was lost. What cannot be read is 0."""

    dropped: int = 0
    retransmits: int = 0
    needless: int = 0

    def since(self, before: Traffic) -> Traffic:
        return Traffic(
            self.dropped - before.dropped,
            self.retransmits - before.retransmits,
            self.needless - before.needless,
        )


def dropped(devices: Sequence[str], net: Path = Path("/proc/self/net")) -> int:
    """By these devices, in this process's network namespace."""
    total = 0
    for line in proc.text(net / "dev").splitlines():
        name, _, rest = line.partition(":")
        columns = rest.split()
        if name.strip() in devices and len(columns) > max(_LOST):
            total += sum(int(columns[number]) for number in _LOST)
    return total


def traffic(devices: Sequence[str], pid: int | None = None) -> Traffic:
    """`devices` are of this process's network namespace; the segments are those of the namespace of
    `pid`, or of this process."""
    net = Path(f"/proc/{pid or 'self'}/net")
    needless = ("TCPDSACKRecv", "TCPDSACKOfoRecv")
    return Traffic(
        dropped(devices),
        _counter(net / "snmp", "Tcp:", "RetransSegs"),
        sum(_counter(net / "netstat", "TcpExt:", name) for name in needless),
    )


def _counter(path: Path, group: str, name: str) -> int:
    """These files are pairs of lines: names, then values in the same order."""
    lines = [line.split() for line in proc.text(path).splitlines() if line.startswith(group)]
    if len(lines) < 2 or name not in lines[0]:
        return 0
    return int(lines[1][lines[0].index(name)])


def device_to(address: str) -> str:
    """By which device this host reaches an IPv4 address; empty where that is not known. Nothing is
    sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return ""
        own = probe.getsockname()[0]
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                asked = struct.pack("256s", name.encode()[:15])
                found = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, asked)[20:24]
                if socket.inet_ntoa(found) == own:
                    return name
    return ""
