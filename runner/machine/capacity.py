"""What this host allows: read anew, because memory and tables fill up."""

from __future__ import annotations

import os
import re
from pathlib import Path

from runner.machine import proc, settings
from runner.machine.topology import ROOT, usable_cpus
from runner.sizing.sample import Capacity, Memory

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEMORY = ("Slab", "Percpu", "VmallocUsed")
"""What the kernel uses for sockets, files and their tables, proc_meminfo(5). Pages of a socket's
buffers are counted by TCP itself."""

_SLAB = re.compile(r"(?P<name>\w*inode_cache) +\d+ +\d+ +\d+ +\d+ +(\d+) .*: slabdata +\d+ +(\d+)")
"""A cache of inodes: the pages of each slab, and the number of slabs."""


def capacity(nofile: int, root: Path = ROOT) -> Capacity:
    """`nofile` is what a box gets, which only its engine knows."""
    kernel = root / "proc/sys"
    low, high = _pair(kernel / "net/ipv4/ip_local_port_range") or (32_768, 60_999)
    opened, most = _ends(kernel / "fs/file-nr") or (0, None)
    tracked, table = (
        proc.number(kernel / f"net/netfilter/nf_conntrack_{name}") for name in ("count", "max")
    )
    speed = re.search(r"^cpu MHz\s*:\s*([0-9.]+)$", settings.cpuinfo(root), re.MULTILINE)
    return Capacity(
        cpus=len(usable_cpus(root)),
        memory=settings.memory_bytes(root, "MemAvailable") or 0,
        nofile=nofile,
        files=None if most is None else max(0, most - opened),
        ports=high - low + 1,
        conntrack=None if table is None else max(0, table - (tracked or 0)),
        queues=_queues(root),
        hertz=float(speed[1]) * 1e6 if speed else None,
    )


def memory_now(root: Path = ROOT) -> Memory:
    """What the whole machine uses."""
    total, free, buffers, cached, shared, *kernel = (
        settings.memory_bytes(root, field) or 0
        for field in ("MemTotal", "MemFree", "Buffers", "Cached", "Shmem", *_MEMORY)
    )
    buffered = re.search(r"^TCP:.* mem (\d+)", proc.text(root / "proc/net/sockstat"), re.MULTILINE)
    pages = int(buffered[1]) * _PAGE if buffered else 0
    own = sum(kernel) + pages - _inodes_of_files(root)
    return Memory(own, total - free - buffers - (cached - shared))


def _inodes_of_files(root: Path) -> int:
    """Bytes of the inodes that file systems keep, /proc among them: any program that reads files
    or looks at processes makes more of them. 0 where slabinfo(5) cannot be read: by users but root.
    """
    pages = (
        int(slab[2]) * int(slab[3])
        for line in proc.text(root / "proc/slabinfo").splitlines()
        if (slab := _SLAB.match(line)) and slab["name"] != "sock_inode_cache"
    )
    return sum(pages) * _PAGE


def segments_received(pid: int, root: Path = ROOT) -> int:
    """By TCP in the network namespace of the process, since it began; 0 where it cannot be read."""
    text = proc.text(root / f"proc/{pid}/net/snmp")
    rows = [line.split() for line in text.splitlines() if line.startswith("Tcp:")]
    if len(rows) != 2 or "InSegs" not in rows[0]:
        return 0
    return int(rows[1][rows[0].index("InSegs")])


def _queues(root: Path) -> int | None:
    """Receive queues of the interfaces that are hardware; None where there is no such interface."""
    real = [each for each in (root / "sys/class/net").glob("*") if (each / "device").exists()]
    return sum(len(list(each.glob("queues/rx-*"))) for each in real) or None


def _pair(path: Path) -> tuple[int, int] | None:
    numbers = re.findall(r"\d+", proc.text(path))
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else None


def _ends(path: Path) -> tuple[int, int] | None:
    """The first and the last number of three: allocated, free, most."""
    numbers = re.findall(r"\d+", proc.text(path))
    return (int(numbers[0]), int(numbers[2])) if len(numbers) == 3 else None
