"""One server that a person talks to: started, reachable from this machine, perhaps traced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from runner.engine.box import Box, Engine, EngineError, Exit, Running, SilenceError
from runner.measure.attached import READY_TRACED_SECONDS, attached
from runner.measure.boxes import talker_box
from runner.measure.readiness import await_ready
from runner.measure.relay import Relay
from runner.measure.server import READY_SECONDS, launch

LIVE = ("-f", "-s", "64", "-o", "/dev/stdout")
"""Options of strace whose record a person reads while it is written."""
_LOOK_SECONDS = 0.1
_DRAIN_SECONDS = 0.2
_STOP_SECONDS = 2.0
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Said:
    """A line: the server's on stdout, or a system call of it."""

    text: str
    call: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """The server, which serves at the port of 127.0.0.1."""

    server: Running
    tracer: Running | None
    relay: Relay

    @property
    def port(self) -> int:
        return self.relay.port

    def lines(self) -> Iterator[Said]:
        """What it prints and calls, until it ends by itself."""
        ended = False
        while not ended:
            ended = self.server.exited(_LOOK_SECONDS) is not None
            yield from _heard(self.server, call=False)
            if self.tracer is not None:
                yield from _heard(self.tracer, call=True)

    def stop(self) -> Exit:
        """Ends it, as the contract says."""
        self.relay.close()
        return self.server.stop(_STOP_SECONDS)


def tried(boxes: ExitStack, engine: Engine, box: Box, port: int, *, calls: bool) -> Tried:
    """Starts it. `boxes` removes everything. Raises ServerFault, EngineError, MissingError."""
    if calls:
        server, tracer = attached(boxes, engine, box, LIVE)
    else:
        server, tracer = launch(boxes, engine, replace(box, held=False)), None
    most = READY_TRACED_SECONDS if calls else READY_SECONDS
    served = await_ready(boxes, engine, server, box, most, most)
    talker = talker_box(engine, served, 0, box.label)
    talker = replace(talker, args=(*talker.args, "--relay"))
    relay = Relay(launch(boxes, engine, talker, server), port)
    boxes.callback(relay.close)
    if tracer is not None:
        _forget(tracer)
    return Tried(server, tracer, relay)


def _heard(box: Running, *, call: bool) -> Iterator[Said]:
    """What is there, and not what comes meanwhile: one of two boxes must not be the only one that
    is heard."""
    with suppress(SilenceError, EngineError):
        for _ in range(_AT_ONCE):
            line = box.read_line(0.0)
            if line is None:
                return
            yield Said(line, call)


def _forget(tracer: Running) -> None:
    """The calls of the start, of which an interpreter makes thousands."""
    with suppress(SilenceError):
        while tracer.read_line(_DRAIN_SECONDS) is not None:
            pass
