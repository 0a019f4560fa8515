"""What one number of connections takes on this machine: one sample of `runner scale`.

Server and load generator are in their boxes, as in a trial. The kernel's memory is counted for the
whole machine, because no counter of the kernel divides it by box on every machine: other programs
disturb it, and the interval over the rounds shows how much.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass

from runner.engine.box import Box, Engine, EngineError, Nofile, Program
from runner.machine import usable_cpus
from runner.machine.capacity import memory_now, segments_received
from runner.measure.boxes import FLEET_MEMORY, FLEET_PROGRAM, TOOL_PIDS
from runner.measure.fleet import Part
from runner.measure.readiness import await_ready
from runner.measure.server import ServerFault, launch, usage
from runner.sizing.sample import Sample

SERVER_MEMORY = 4 << 30
SERVER_PIDS = 4096
SECONDS = 120.0
SOURCES = 16
RATE = 5_000
WINDOW = "1s"
"""The window is open loop, over all connections in turn: each request meets a connection that was
idle, as in a crowd."""


@dataclass(frozen=True, slots=True)
class Size:
    round: int
    connections: int


def sample(engine: Engine, server: Program, size: Size) -> Sample:
    """Raises ServerFault, EngineError."""
    with ExitStack() as boxes:
        return _sample(boxes, engine, server, size)


def _sample(boxes: ExitStack, engine: Engine, program: Program, size: Size) -> Sample:
    box = _server_box(engine, program)
    server = launch(boxes, engine, box)
    port = await_ready(boxes, engine, server, box)
    at_ready, before = usage(server), memory_now()
    fleet = launch(boxes, engine, _fleet_box(engine, port, size.connections), server)
    part = Part(fleet, server, time.monotonic() + SECONDS, lambda _: None)
    connected = part.connected()
    if connected.active < size.connections:
        why = f": out of {connected.own_limit.what}" if connected.own_limit else ""
        raise ServerFault(f"only {connected.active} of {size.connections} connections{why}")
    after, held, opened = memory_now(), usage(server), fleet.usage()
    fleet.write_line("start")
    part.until("measuring")
    begun = usage(server, memory=False)
    received = segments_received(server.pid)
    part.until("measured")  # after it the load generator tries every connection once more
    ended = usage(server, memory=False)
    received = segments_received(server.pid) - received
    result = part.result()
    wrong = {name: count for name, count in result.errors.items() if count}
    if not result.requests or wrong:
        raise ServerFault(f"the window was not clean: {wrong or 'no reply'}")
    return Sample(
        round=size.round,
        connections=size.connections,
        kernel_bytes=after.kernel - before.kernel,
        used_bytes=after.used - before.used,
        server_bytes=held.rss_bytes - at_ready.rss_bytes,
        generator_bytes=opened.rss_bytes,
        server_opening_ns=held.cpu_ns - at_ready.cpu_ns,
        generator_opening_ns=opened.cpu_ns,
        server_ns=ended.cpu_ns - begun.cpu_ns,
        generator_ns=result.cpu.run_ns or result.cpu.user_ns + result.cpu.system_ns,
        requests=result.requests,
        segments=received,
    )


def _server_box(engine: Engine, program: Program) -> Box:
    most = engine.nofile_max()
    env = {"PORT": str(engine.free_port()), "BACKLOG": "4096"}
    cpus = usable_cpus()
    return Box(
        program, (), env, Nofile(most, most), SERVER_MEMORY, SERVER_PIDS,
        cpus[:1] if len(cpus) > 1 else (), "scale",
    )  # fmt: skip


def _fleet_box(engine: Engine, port: int, connections: int) -> Box:
    most, cpus = engine.nofile_max(), usable_cpus()
    args = (
        "--connect", f"127.0.0.1:{port}",
        "--active", str(connections),
        "--rate", str(RATE),
        "--sources", str(SOURCES),
        "--warmup", "200ms",
        "--duration", WINDOW,
        "--wait",
    )  # fmt: skip
    return Box(
        FLEET_PROGRAM, args, {}, Nofile(most, most), FLEET_MEMORY, TOOL_PIDS,
        cpus[1:2], "scale",
    )  # fmt: skip


def sizes_within(wanted: tuple[int, ...], nofile: int) -> tuple[int, ...]:
    """Those that one process can hold. Raises EngineError with what to do where none or one is
    left: a line needs two."""
    fit = tuple(size for size in wanted if size + 200 <= nofile)
    if len(fit) < 2:
        raise EngineError(
            f"a process may have {nofile} descriptors here: two of the sizes must be below "
            f"{max(0, nofile - 200)}; type --sizes with smaller ones"
        )
    return fit
