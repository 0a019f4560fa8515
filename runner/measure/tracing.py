"""A server under a tracer: launched held, attached to from outside, spoken with, let go.

The conversation is held twice: once with nobody looking, for the kernel's own accounting, and once
traced. What is timed and what is traced are never the same run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.engine.box import Box, Engine, EngineError, MissingError, Running
from runner.engine.lines import RECORD_MAX
from runner.measure.boxes import server_box, talker_box, tracer_box
from runner.measure.conversation import SETTLE_EACH_MS, SETTLE_EACH_TRACED_MS, converse
from runner.measure.server import ready, require_alive
from runner.measurement import Status
from runner.plan import Trial
from runner.trace import OPTIONS, Trace, UnreadableError, as_data, metrics_of, trace_of
from runner.trace.model import Accounting, Coroutines

ATTACH_SECONDS = 10.0
_LOOK_AGAIN = 0.01


def traced_trial(
    trial: Trial, engine: Engine
) -> tuple[Status, str, dict[str, float | str], dict[str, Any]]:
    """As a measurement among others: the record keeps all that was concluded, and of the calls
    themselves those of one request."""
    # Not pinned: how many threads a server makes may depend on how many CPUs it sees.
    box = replace(server_box(trial, engine), cpus=())
    trace = traced(box, engine, trial.idle)
    if trial.language == "python":
        trace = replace(trace, coroutines=with_coroutines(box, engine, trial.idle))
    return Status.OK, "", metrics_of(trace), {"trace": as_data(trace)}


def traced(server: Box, engine: Engine, watched: int) -> Trace:
    """Raises ServerFault, MissingError (no tracer, or it may not attach), EngineError."""
    accounting = _accounted(server, engine, watched)
    return replace(observed(server, engine, watched), accounting=accounting)


def with_coroutines(server: Box, engine: Engine, watched: int) -> Coroutines | None:
    """In a third conversation, since the marks are calls that the server does not make of itself;
    None where no coroutine went on. Raises as `traced` does."""
    site = Path(__file__).with_name("sitecustomize.py").read_text(encoding="utf-8")
    marked = replace(server, env={**server.env, "IOLAB_SITE": site})
    return observed(marked, engine, watched).coroutines


def observed(server: Box, engine: Engine, watched: int) -> Trace:
    """The traced conversation alone. Raises as `traced` does."""
    with ExitStack() as boxes:
        running = _launch(boxes, engine, replace(server, held=True))
        if "IOLAB_SITE" in server.env and "mount" not in running.isolation:
            raise MissingError(
                "a /tmp of the box's own", "coroutines are seen with a mount namespace"
            )
        tracer = _launch(boxes, engine, tracer_box(OPTIONS, server.nofile, server.label), running)
        _await_attached(tracer, running)
        running.write_line("go")
        with _talker(boxes, engine, running, _port(server), watched) as talker:
            said, _ = converse(talker, running, watched, SETTLE_EACH_TRACED_MS)
        if tracer.exited(0.0) is not None:
            said_last = tracer.stderr().strip()[-200:]
            raise EngineError(f"the tracer ended before the conversation did: {said_last}")
        # First the tracer: in a container it would end with the server, and its last words too.
        tracer.stop(grace=ATTACH_SECONDS)
        lines = list(_lines(tracer))
        require_alive(running)
    if len(lines) >= RECORD_MAX:
        raise EngineError(f"the tracer's record has more than {RECORD_MAX:,} lines")
    try:
        return trace_of(lines, said)
    except UnreadableError as error:
        raise EngineError(f"{error}: strace 5.10 to 6.x is understood") from None


def _accounted(server: Box, engine: Engine, watched: int) -> Accounting:
    """The same conversation with nobody looking."""
    silent_cpu = silent_ns = 0
    with ExitStack() as boxes:
        running = _launch(boxes, engine, server)
        samples = []

        def around(before: bool) -> None:
            nonlocal silent_cpu, silent_ns
            samples.append(running.usage())
            if not before:
                silent_cpu += samples[-1].cpu_ns - samples[-2].cpu_ns
                silent_ns += samples[-1].at_ns - samples[-2].at_ns

        with _talker(boxes, engine, running, _port(server), watched) as talker:
            said, waited = converse(talker, running, watched, SETTLE_EACH_MS, around)
            last = running.usage()
    first = samples[0]
    switches = (last.voluntary_switches + last.involuntary_switches) - (
        first.voluntary_switches + first.involuntary_switches
    )
    return Accounting(
        switches_per_request=max(0, switches) / max(1, len(said.requests)),
        idle_cpu=silent_cpu / max(1, silent_ns),
        second_waited=waited,
    )


def _launch(boxes: ExitStack, engine: Engine, box: Box, beside: Running | None = None) -> Running:
    running = engine.launch(box, beside)
    boxes.callback(running.remove)
    return running


def _port(server: Box) -> int:
    return int(server.env["PORT"])


@contextmanager
def _talker(
    boxes: ExitStack, engine: Engine, server: Running, port: int, watched: int
) -> Iterator[Running]:
    ready(server, port)
    talker = _launch(boxes, engine, talker_box(engine, port, watched, "talker"), server)
    yield talker
    talker.remove()


def _await_attached(tracer: Running, server: Running) -> None:
    """The tracer says on stderr when it has attached, or why it may not."""
    deadline = time.monotonic() + ATTACH_SECONDS
    while "attached" not in tracer.stderr():
        ended = tracer.exited(_LOOK_AGAIN)
        said = tracer.stderr()
        if ended is not None and "attached" not in said:
            _refused(said)
        if time.monotonic() > deadline:
            require_alive(server)
            raise EngineError(f"the tracer has not attached: {said.strip()[-200:]}")


def _refused(said: str) -> None:
    last = (said.strip().splitlines() or ["it says nothing"])[-1][:200]
    if "not permitted" in said or "ptrace" in said:
        raise MissingError(
            f"the tracer may not attach ({last})",
            "type: sudo sysctl kernel.yama.ptrace_scope=0, or run with --engine docker",
        )
    raise MissingError(
        f"strace does not start ({last})",
        "version 5.10 or later is needed; type: sudo apt-get install strace",
    )


def _lines(tracer: Running) -> Iterator[str]:
    while (line := tracer.read_line(1.0)) is not None:
        yield line
