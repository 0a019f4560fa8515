"""What the host allows, as /proc and /sys of some machine say."""

from __future__ import annotations

import os
from pathlib import Path

from runner.machine.capacity import capacity, memory_now, segments_received

FILES = {
    "proc/meminfo": "MemTotal: 8000 kB\nMemFree: 1000 kB\nMemAvailable: 5000 kB\nBuffers: 100 kB\n"
    "Cached: 2000 kB\nShmem: 500 kB\nSlab: 700 kB\nPercpu: 20 kB\nVmallocUsed: 30 kB\n",
    "proc/sys/net/ipv4/ip_local_port_range": "10000\t10999\n",
    "proc/sys/fs/file-nr": "300\t0\t1000\n",
    "proc/sys/net/netfilter/nf_conntrack_count": "64\n",
    "proc/sys/net/netfilter/nf_conntrack_max": "1024\n",
    "proc/cpuinfo": "cpu MHz\t\t: 2500.000\n",
    "proc/self/status": "Cpus_allowed_list:\t0-3\n",
    "proc/net/sockstat": "sockets: used 9\nTCP: inuse 5 orphan 0 tw 0 alloc 8 mem 3\n",
    "proc/7/net/snmp": "Tcp: RtoMin InSegs OutSegs\nTcp: 200 41 42\n",
    "sys/class/net/eth0/device/vendor": "",
    "sys/class/net/eth0/queues/rx-0/rps_cpus": "",
    "sys/class/net/eth0/queues/rx-1/rps_cpus": "",
    "sys/class/net/lo/queues/rx-0/rps_cpus": "",
}


def machine(root: Path, *, without: tuple[str, ...] = ()) -> Path:
    for name, text in FILES.items():
        if name not in without:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return root


def test_what_a_host_allows_is_what_is_left_of_it(tmp_path: Path) -> None:
    host = capacity(4096, machine(tmp_path))
    assert (host.cpus, host.memory, host.nofile) == (4, 5000 * 1024, 4096)
    assert (host.files, host.ports, host.conntrack) == (700, 1000, 960)
    assert (host.queues, host.hertz) == (2, 2.5e9)


def test_a_limit_that_does_not_exist_is_none(tmp_path: Path) -> None:
    absent = tuple(name for name in FILES if "conntrack" in name or "file-nr" in name)
    host = capacity(4096, machine(tmp_path, without=(*absent, "sys/class/net/eth0/device/vendor")))
    assert host.conntrack is host.files is host.queues is None


def test_memory_is_the_kernels_own_and_all_that_is_no_cache(tmp_path: Path) -> None:
    now = memory_now(machine(tmp_path))
    assert now.kernel == 750 * 1024 + 3 * os.sysconf("SC_PAGE_SIZE")
    assert now.used == (8000 - 1000 - 100 - (2000 - 500)) * 1024


def test_inodes_of_files_are_no_cost_of_a_connection(tmp_path: Path) -> None:
    root = machine(tmp_path)
    before = memory_now(root).kernel
    row = "{} 9 9 832 19 4 : tunables 0 0 0 : slabdata 3 {} 0\n"
    names = ("sock_inode_cache", "proc_inode_cache", "TCP")
    (root / "proc/slabinfo").write_text("".join(row.format(name, 5) for name in names))
    assert before - memory_now(root).kernel == 4 * 5 * os.sysconf("SC_PAGE_SIZE")


def test_segments_are_those_of_the_processs_network(tmp_path: Path) -> None:
    root = machine(tmp_path)
    assert segments_received(7, root) == 41
    assert segments_received(8, root) == 0
