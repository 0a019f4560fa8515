"""What one number of connections took on one host, and what that host allows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """The kernel's counters of the whole machine, in bytes: `kernel` what it uses for itself,
    `used` all that is neither free nor a cache of files."""

    kernel: int
    used: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A server with so many connections, in one round. Both ends of a connection are on the host,
    so `kernel_bytes` and `used_bytes` (what the machine used more once all were open) are of two
    ends; `server_bytes` and `generator_bytes` are of the processes alone. CPU time in ns: of the
    opening of all connections, and of all requests of the window. `segments` that TCP received
    in the window, on both ends."""

    round: int
    connections: int
    kernel_bytes: int
    used_bytes: int
    server_bytes: int
    generator_bytes: int
    server_opening_ns: int
    generator_opening_ns: int
    server_ns: int
    generator_ns: int
    requests: int
    segments: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a host has and what it allows; None where there is no such limit, or no telling.

    `memory` in bytes, available now. `nofile` descriptors of a process, `files` those that the
    system has left. `ports` of one source address to one destination. `conntrack` free entries of
    the table of connections, where the host has one. `queues`: how many receive queues the network
    interfaces have together, where there is one that is hardware. `hertz`: the counter of cycles.
    """

    cpus: int
    memory: int
    nofile: int
    files: int | None
    ports: int
    conntrack: int | None
    queues: int | None
    hertz: float | None
