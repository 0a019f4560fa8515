"""A conversation under a tracer of system calls: which I/O model the server is seen to follow."""

from __future__ import annotations

from runner.kinds.kind import Kind

TRACE = Kind(
    name="trace",
    about="trace system calls of a short conversation beside `idle` silent connections",
    axes=("idle",),
    idle_most=1000,  # under a tracer they come one by one, and slowly
    tools=("talker", "tracer"),
    seconds=2.0,
    seconds_each=0.012,
)
