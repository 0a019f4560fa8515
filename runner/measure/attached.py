"""A server that a tracer of system calls is attached to, and the tracer's record.

The server is started held, so that the tracer is attached before its first instruction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from runner.engine.box import Box, Engine, EngineError, MissingError, Running, SilenceError
from runner.engine.lines import LINE_MAX, RECORD_BYTES_MAX, RECORD_MAX
from runner.measure.boxes import tracer_box
from runner.measure.server import launch, require_alive
from runner.measure.talk import Overtime
from runner.trace import OPTIONS

ATTACH_SECONDS = 10.0
READY_TRACED_SECONDS = 40.0
"""With a tracer a new thread takes tens of milliseconds, two hundred threads ten seconds."""
_LOOK_AGAIN = 0.01


def attached(
    boxes: ExitStack, engine: Engine, server: Box, options: tuple[str, ...] = OPTIONS
) -> tuple[Running, Running]:
    """The server, which has just begun, and its tracer with these options. Raises ServerFault,
    EngineError, and MissingError where there is no tracer or it may not attach."""
    running = launch(boxes, engine, replace(server, held=True))
    private = not {"mount", "account"}.isdisjoint(running.isolation)
    if "IOLAB_SITE" in server.env and not private:
        raise MissingError("a private /tmp of the box", "--coroutines needs a mount namespace")
    tracer = launch(boxes, engine, tracer_box(options, server.nofile, server.label), running)
    _await_attached(tracer, running)
    running.write_line("go")
    return running, tracer


def record_of(tracer: Running, server: Running, overtime: Overtime) -> list[str]:
    """The lines of the record, after the tracer was ended: in a container it would end with the
    server, and its last lines be lost. Raises ServerFault, EngineError."""
    if tracer.exited(0.0) is not None:
        require_alive(server, 1.0)
        last = tracer.stderr().strip()[-200:]
        raise EngineError(f"the tracer ended before the conversation did: {last}")
    tracer.stop(grace=ATTACH_SECONDS)
    lines = list(_lines(tracer, overtime))
    require_alive(server)
    return lines


def cut(lines: list[str]) -> str:
    """Why the record is incomplete; empty where it is complete."""
    if len(lines) >= RECORD_MAX:
        return f"the server made more calls than the record holds ({RECORD_MAX:,} lines)"
    if sum(map(len, lines)) > RECORD_BYTES_MAX - LINE_MAX:
        return f"the server's calls fill more than the record holds ({RECORD_BYTES_MAX >> 20} MiB)"
    return ""


def _await_attached(tracer: Running, server: Running) -> None:
    """Waits until the tracer reports on stderr that it has attached, or why it may not."""
    deadline = time.monotonic() + ATTACH_SECONDS
    while "attached" not in tracer.stderr():
        ended = tracer.exited(_LOOK_AGAIN)
        text = tracer.stderr()
        if ended is not None and "attached" not in text:
            _refused(text)
        if time.monotonic() > deadline:
            require_alive(server)
            raise EngineError(f"the tracer has not attached: {text.strip()[-200:]}")


def _refused(text: str) -> None:
    last = (text.strip().splitlines() or ["no message"])[-1][:200]
    if "not permitted" in text or "ptrace" in text:
        raise MissingError(
            f"the tracer may not attach ({last})",
            "type: sudo sysctl kernel.yama.ptrace_scope=0, or run with --engine docker",
        )
    raise MissingError(
        f"strace does not start ({last})",
        "version 5.10 or later is needed; type: sudo apt-get install strace",
    )


def _lines(tracer: Running, overtime: Overtime) -> Iterator[str]:
    """The complete record: the tracer has ended, so missing lines are still being copied."""
    while True:
        try:
            line = tracer.read_line(min(1.0, overtime.left()))
        except SilenceError:
            continue
        if line is None:
            return
        yield line
