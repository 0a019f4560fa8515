"""Traces a server: starts it held, attaches a tracer, lets it go on, and holds a conversation with
it.

The conversation is held twice: once without a tracer, for the kernel's own accounting and an
untraced look at where the server's threads sleep, and once traced. Times and traces never come from
the same conversation, and a server that behaves differently when it is traced contradicts itself.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.engine.box import Box, Engine, EngineError, MissingError, Running, SilenceError
from runner.engine.lines import LINE_MAX, RECORD_BYTES_MAX, RECORD_MAX
from runner.measure.boxes import talker_box, tracer_box
from runner.measure.conversation import Around, Phase, converse
from runner.measure.looking import Looker
from runner.measure.server import READY_SECONDS, ready, require_alive, usage
from runner.measure.talk import Overtime
from runner.records.usage import Usage
from runner.trace import OPTIONS, Trace, UnreadableError, trace_of
from runner.trace.look import Look
from runner.trace.model import Accounting, Conversation, Coroutines

ATTACH_SECONDS = 10.0
READY_TRACED_SECONDS = 40.0
"""With a tracer a new thread takes tens of milliseconds, two hundred threads ten seconds."""
_LOOK_AGAIN = 0.01
_SEED_BITS = 32


def traced(server: Box, engine: Engine, watched: int) -> Trace:
    """Raises ServerFault, MissingError (no tracer, or it may not attach), EngineError."""
    seed, overtime = secrets.randbits(_SEED_BITS), Overtime()
    accounting, look = _accounted(server, engine, watched, seed, overtime)
    trace = observed(server, engine, watched, look, seed, overtime)
    return replace(trace, accounting=accounting)


def with_coroutines(server: Box, engine: Engine, watched: int) -> Coroutines | None:
    """Holds a third conversation, because the marks are calls that the server itself does not make.
    None where no coroutine continued. Raises as `traced` does."""
    site = Path(__file__).with_name("sitecustomize.py").read_text(encoding="utf-8")
    marked = replace(server, env={**server.env, "IOLAB_SITE": site})
    return observed(marked, engine, watched).coroutines


def observed(
    server: Box,
    engine: Engine,
    watched: int,
    look: Look | None = None,
    seed: int = 0,
    overtime: Overtime | None = None,
) -> Trace:
    """Holds only the traced conversation; `look` is the untraced look, if there was one. Raises as
    `traced` does."""
    overtime = overtime or Overtime()
    with ExitStack() as boxes:
        running = _launch(boxes, engine, replace(server, held=True))
        if "IOLAB_SITE" in server.env and "mount" not in running.isolation:
            raise MissingError("a private /tmp of the box", "--coroutines needs a mount namespace")
        tracer = _launch(boxes, engine, tracer_box(OPTIONS, server.nofile, server.label), running)
        _await_attached(tracer, running)
        running.write_line("go")
        looker, unfollowed = Looker(running.pid), 0

        def around(phase: Phase) -> None:
            nonlocal unfollowed
            if phase == "after":
                unfollowed = max(unfollowed, looker.unfollowed())
                looker.tables()

        with _talker(
            boxes, engine, running, _port(server), watched, READY_TRACED_SECONDS
        ) as talker:
            conversation, _ = _converse(talker, running, watched, around, seed, overtime)
        if tracer.exited(0.0) is not None:
            require_alive(running, 1.0)
            last = tracer.stderr().strip()[-200:]
            raise EngineError(f"the tracer ended before the conversation did: {last}")
        # First the tracer: in a container it would end with the server, and its last lines be lost.
        tracer.stop(grace=ATTACH_SECONDS)
        lines = list(_lines(tracer, overtime))
        require_alive(running)
    if look is not None:
        look = replace(look, unfollowed=unfollowed)
    elif unfollowed:
        look = Look(unfollowed=unfollowed, lacks="no untraced conversation was held")
    try:
        return trace_of(lines, conversation, look, looker.lists, _cut(lines))
    except UnreadableError as error:
        raise EngineError(f"{error}: the lab reads the output of strace 5.10 to 6.x") from None


def _cut(lines: list[str]) -> str:
    """Why the record is incomplete; empty where it is complete."""
    if len(lines) >= RECORD_MAX:
        return f"the server made more calls than the record holds ({RECORD_MAX:,} lines)"
    if sum(map(len, lines)) > RECORD_BYTES_MAX - LINE_MAX:
        return f"the server's calls fill more than the record holds ({RECORD_BYTES_MAX >> 20} MiB)"
    return ""


@dataclass(slots=True)
class _Silences:
    """The kernel's accounting of the silences of an untraced conversation."""

    server: Running
    looker: Looker
    samples: list[Usage] = field(default_factory=list)
    cpu_ns: int = 0
    silent_ns: int = 0

    def around(self, phase: Phase) -> None:
        if phase == "during":
            self.looker.during()
            return
        self.samples.append(usage(self.server))
        at = time.monotonic_ns()
        if phase == "before":
            self.looker.before(at)
        else:
            self.looker.after(at)
            self.cpu_ns += self.samples[-1].cpu_ns - self.samples[-2].cpu_ns
            self.silent_ns += self.samples[-1].at_ns - self.samples[-2].at_ns

    @property
    def idle_cpu(self) -> float:
        return self.cpu_ns / max(1, self.silent_ns)


def _accounted(
    server: Box, engine: Engine, watched: int, seed: int, overtime: Overtime
) -> tuple[Accounting, Look]:
    """The same conversation without a tracer."""
    with ExitStack() as boxes:
        running = _launch(boxes, engine, replace(server, held=True))
        silences = _Silences(running, Looker(running.pid))
        running.write_line("go")
        with _talker(boxes, engine, running, _port(server), watched) as talker:
            conversation, waited = _converse(
                talker, running, watched, silences.around, seed, overtime
            )
            last = usage(running)
    first = silences.samples[0]
    switches = (last.voluntary_switches + last.involuntary_switches) - (
        first.voluntary_switches + first.involuntary_switches
    )
    accounting = Accounting(
        switches_per_request=max(0, switches) / max(1, len(conversation.requests)),
        idle_cpu=silences.idle_cpu,
        second_waited=waited,
    )
    return accounting, silences.looker.look(conversation, silences.idle_cpu)


def _converse(
    talker: Running, server: Running, watched: int, around: Around, seed: int, overtime: Overtime
) -> tuple[Conversation, int | None]:
    """Where the server has ended, that is the cause of any failure."""
    try:
        return converse(talker, server, watched, around, seed, overtime)
    except EngineError:
        require_alive(server, 1.0)
        raise


def _launch(boxes: ExitStack, engine: Engine, box: Box, beside: Running | None = None) -> Running:
    """No box can be launched beside a server that has ended: then the server is at fault."""
    try:
        running = engine.launch(box, beside)
    except EngineError:
        if beside is not None:
            require_alive(beside, 1.0)
        raise
    boxes.callback(running.remove)
    return running


def _port(server: Box) -> int:
    return int(server.env["PORT"])


@contextmanager
def _talker(
    boxes: ExitStack,
    engine: Engine,
    server: Running,
    port: int,
    watched: int,
    ready_seconds: float = READY_SECONDS,
) -> Iterator[Running]:
    ready(server, port, seconds=ready_seconds, most=ready_seconds)
    talker = _launch(boxes, engine, talker_box(engine, port, watched, "talker"), server)
    yield talker
    talker.remove()


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
