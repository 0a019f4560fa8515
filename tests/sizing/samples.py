"""Samples of a host whose costs are known."""

from __future__ import annotations

from collections.abc import Iterator

from runner.sizing.sample import Capacity, Sample

KERNEL, USED, GENERATOR = 8_000, 9_000, 64
"""Bytes for each connection: both ends, the whole machine, the process of the load generator."""
FIXED = 200_000
OPENING, REQUEST = 7_000, 12_000
"""ns on the server's side; the load generator takes twice as long."""

HOST = Capacity(
    cpus=2, memory=20_000_000_000, nofile=20_000, files=2_000_000, ports=28_232,
    conntrack=262_144, queues=1, hertz=2e9,
)  # fmt: skip


def samples(noise: float = 0.0, sizes: tuple[int, ...] = (1000, 4000, 8000)) -> Iterator[Sample]:
    """Of five rounds; in each the machine is some more or less costly by `noise`."""
    for number, sign in enumerate((-1, 1, 0, -0.5, 0.5)):
        dear = 1 + sign * noise
        for size in sizes:
            yield Sample(
                round=number,
                connections=size,
                kernel_bytes=int(KERNEL * size * dear) + FIXED,
                used_bytes=int(USED * size * dear),
                server_bytes=0,
                generator_bytes=GENERATOR * size + FIXED,
                server_opening_ns=int(OPENING * size * dear),
                generator_opening_ns=int(2 * OPENING * size * dear),
                server_ns=int(REQUEST * 5_000 * dear),
                generator_ns=int(2 * REQUEST * 5_000 * dear),
                requests=5_000,
                segments=15_000,
            )
