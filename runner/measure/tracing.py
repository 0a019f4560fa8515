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
from random import Random

from runner.engine.box import Box, Engine, EngineError, Running
from runner.measure.attached import (
    READY_TRACED_SECONDS,
    attached,
    cut,
    record_of,
)
from runner.measure.boxes import talker_box
from runner.measure.burst import all_bursts
from runner.measure.conversation import Around, Phase, converse
from runner.measure.glance import sighting_of
from runner.measure.looking import Looker
from runner.measure.readiness import await_ready
from runner.measure.server import READY_SECONDS, launch, require_alive, usage
from runner.measure.talk import Overtime, Talk
from runner.records.observed import Sighting
from runner.records.usage import Usage
from runner.spec import Exchange
from runner.trace import Trace, UnreadableError, trace_of
from runner.trace.look import Look
from runner.trace.model import Accounting, Burst, Conversation, Coroutines

_SEED_BITS = 32


def traced(
    server: Box,
    engine: Engine,
    watched: int,
    spoken: Exchange | None = None,
    *,
    bursts: bool = False,
) -> Trace:
    """`spoken` is what the server is sent and replies, where it does not echo; `bursts` says
    whether bursts follow the traced conversation. Raises ServerFault, MissingError (no tracer, or
    it may not attach), EngineError."""
    seed, overtime = secrets.randbits(_SEED_BITS), Overtime()
    accounting, look, sightings = _accounted(server, engine, watched, seed, overtime, spoken)
    trace = observed(server, engine, watched, look, seed, overtime, spoken, bursts=bursts)
    return replace(trace, accounting=accounting, sightings=sightings)


def with_coroutines(
    server: Box, engine: Engine, watched: int, spoken: Exchange | None = None
) -> Coroutines | None:
    """Holds a third conversation, because the marks are calls that the server itself does not make.
    None where no coroutine continued. Raises as `traced` does."""
    site = Path(__file__).with_name("sitecustomize.py").read_text(encoding="utf-8")
    marked = replace(server, env={**server.env, "IOLAB_SITE": site})
    return observed(marked, engine, watched, spoken=spoken).coroutines


def observed(
    server: Box,
    engine: Engine,
    watched: int,
    look: Look | None = None,
    seed: int = 0,
    overtime: Overtime | None = None,
    spoken: Exchange | None = None,
    *,
    bursts: bool = False,
) -> Trace:
    """Holds only the traced conversation; `look` is the untraced look, if there was one. Raises as
    `traced` does."""
    overtime = overtime or Overtime()
    with ExitStack() as boxes:
        running, tracer = attached(boxes, engine, server)
        looker, unfollowed = Looker(running.pid), 0

        def around(phase: Phase) -> None:
            nonlocal unfollowed
            if phase == "after":
                unfollowed = max(unfollowed, looker.unfollowed())
                looker.tables()

        with _talker(boxes, engine, running, server, watched, READY_TRACED_SECONDS) as talker:
            conversation, _ = _converse(talker, running, watched, around, seed, overtime, spoken)
            if bursts and not (spoken or conversation.alone or conversation.unanswered):
                met = _met(talker, running, conversation, overtime)
                conversation = replace(conversation, bursts=met)
        lines = record_of(tracer, running, overtime)
    if look is not None:
        look = replace(look, unfollowed=unfollowed)
    elif unfollowed:
        look = Look(unfollowed=unfollowed, lacks="no untraced conversation was held")
    try:
        return trace_of(lines, conversation, look, looker.lists, cut(lines))
    except UnreadableError as error:
        raise EngineError(f"{error}: the lab reads the output of strace 5.10 to 6.x") from None


@dataclass(slots=True)
class _Silences:
    """The kernel's accounting of the silences of an untraced conversation, and what /proc shows in
    them. `port` and `seed` decide whose sockets are looked at."""

    server: Running
    looker: Looker
    port: int
    seed: int
    sightings: tuple[Sighting, ...] = ()
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
            self.sightings = tuple(self._sightings())

    def _sightings(self) -> Iterator[Sighting]:
        observed = {"silences": self.looker.short, "long": self.looker.long}
        for moment, each in observed.items():
            if each.looks:
                yield sighting_of(self.looker, each, self.port, moment, self.seed)

    @property
    def idle_cpu(self) -> float:
        return self.cpu_ns / max(1, self.silent_ns)


def _accounted(
    server: Box,
    engine: Engine,
    watched: int,
    seed: int,
    overtime: Overtime,
    spoken: Exchange | None,
) -> tuple[Accounting, Look, tuple[Sighting, ...]]:
    """The same conversation without a tracer."""
    with ExitStack() as boxes:
        running = launch(boxes, engine, replace(server, held=True))
        silences = _Silences(running, Looker(running.pid), _port(server), seed)
        running.write_line("go")
        with _talker(boxes, engine, running, server, watched) as talker:
            conversation, waited = _converse(
                talker, running, watched, silences.around, seed, overtime, spoken
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
    return accounting, silences.looker.look(conversation, silences.idle_cpu), silences.sightings


def _converse(
    talker: Running,
    server: Running,
    watched: int,
    around: Around,
    seed: int,
    overtime: Overtime,
    spoken: Exchange | None,
) -> tuple[Conversation, int | None]:
    """Where the server has ended, that is the cause of any failure."""
    try:
        return converse(talker, server, watched, around, seed, overtime, spoken)
    except EngineError:
        require_alive(server, 1.0)
        raise


def _met(
    talker: Running, server: Running, conversation: Conversation, overtime: Overtime
) -> tuple[Burst, ...]:
    seed = conversation.seed
    talk = Talk(talker, server, overtime, Random(seed))  # noqa: S311 - no secret
    connected = conversation.connected or 0
    try:
        return all_bursts(talk, connected, seed)
    except EngineError:
        require_alive(server, 1.0)
        raise


def _port(server: Box) -> int:
    return int(server.env["PORT"])


@contextmanager
def _talker(
    boxes: ExitStack,
    engine: Engine,
    server: Running,
    box: Box,
    watched: int,
    ready_seconds: float = READY_SECONDS,
) -> Iterator[Running]:
    port = await_ready(boxes, engine, server, box, seconds=ready_seconds, most=ready_seconds)
    talker = launch(boxes, engine, talker_box(engine, port, watched, "talker"), server)
    yield talker
    talker.remove()
