"""The kernel's accounting of what ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """One sample of the kernel's accounting of a box: all its processes and threads.

    CPU in ns since the box began (`user_ns` and `system_ns` in the kernel's tick, usually 10 ms;
    `cpu_ns` exact), `rss_bytes` resident user memory, `at_ns` CLOCK_MONOTONIC of the sample,
    `wait_ns` how long the first thread of each process was runnable without a CPU,
    `descriptors` the most that one of its processes has open; 0 if they are not counted.
    """

    at_ns: int
    cpu_ns: int
    user_ns: int
    system_ns: int
    rss_bytes: int
    processes: int
    threads: int
    voluntary_switches: int
    involuntary_switches: int
    wait_ns: int = 0
    descriptors: int = 0
