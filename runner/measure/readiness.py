"""When a server serves: a lab says READY; any other server is observed, as its `ready` says."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from math import inf
from random import Random

from runner.engine.box import Box, Engine, EngineError, Running, SilenceError
from runner.engine.given import Given
from runner.measure.boxes import talker_box
from runner.measure.listening import holds, listeners
from runner.measure.server import (
    READY_SECONDS,
    ServerFault,
    launch,
    left,
    ready,
    require_alive,
    standing,
    tail,
)
from runner.measure.talk import Overtime, Talk
from runner.plural import number_of

_LOOK_SECONDS = 0.005
"""Between two looks at the kernel's table of sockets: no event says that a socket listens."""
_LINE_MAX, _SHOWN = 4096, 80
"""Of a line, what a pattern is held against."""
_AGAIN_MS, _ANSWER_MS = 50, 1000
_STATUS = re.compile(r"HTTP/1\.[01]\?[23]\d\d")
_HEAD = len("HTTP/1.1 200")


@dataclass(frozen=True, slots=True)
class Deadline:
    seconds: float
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        return left(self.began + self.seconds)


def await_ready(
    boxes: ExitStack,
    engine: Engine,
    server: Running,
    box: Box,
    seconds: float = inf,
    most: float | None = None,
) -> int:
    """The port on which the server, launched as `box`, serves. It has so many `seconds`, but not
    more than `most` (None: READY_SECONDS). Raises ServerFault."""
    port, given = int(box.env["PORT"]), box.program.given
    if given is None:
        return ready(server, port, seconds, most)
    deadline = Deadline(min(seconds, READY_SECONDS if most is None else most))
    if given.ready.by == "log":
        _logged(server, given, deadline)
    else:
        _listening(server, given, port, deadline)
    if given.ready.by == "http":
        _answering(boxes, engine, server, given, port, deadline)
    require_alive(server, when="before it was ready")
    return port


def _logged(server: Running, given: Given, deadline: Deadline) -> None:
    pattern, ended, last = re.compile(given.ready.about), False, ""
    while True:
        with suppress(SilenceError):
            line = None if ended else server.read_line(min(_LOOK_SECONDS, deadline.left))
            ended, last = ended or line is None, line or last
            if line is not None and pattern.search(line[:_LINE_MAX]):
                return
        if any(pattern.search(line) for line in server.stderr().splitlines()):
            return
        printed = f"the last on stdout is {last[:_SHOWN]!r}" if last else "nothing is on stdout"
        why = f"no line of its output matches {given.ready.about!r}, {printed}"
        _require_time(server, given, deadline, why)
        if ended:
            time.sleep(_LOOK_SECONDS)


def _listening(server: Running, given: Given, port: int, deadline: Deadline) -> None:
    """Without a connection: some servers serve one client, and end."""
    if not server.pid:
        require_alive(server, when="before it was ready")  # whose end leaves no process id either
        raise EngineError(
            f"the server {given.name} runs on another machine, whose sockets are not seen here: "
            "type ready: {log: ...}"
        )
    shared = "net" not in server.isolation
    while True:
        try:
            found = listeners(server.pid)
        except OSError:
            found = ()
        here = [each for each in found if each.port == port]
        if any(each.reachable for each in here) and (
            not shared or holds(server.pid, frozenset(each.inode for each in here))
        ):
            return
        if here and not any(each.reachable for each in here):
            why = f"it listens on port {port}, but not on 127.0.0.1: bind 127.0.0.1 or 0.0.0.0"
        elif here:
            why = f"another program of this machine listens on port {port}: choose another `port`"
        else:
            others = () if shared else sorted({each.port for each in found})
            why = _elsewhere(given, port, tuple(others))
        _require_time(server, given, deadline, why)
        time.sleep(_LOOK_SECONDS)


def _elsewhere(given: Given, port: int, others: tuple[int, ...]) -> str:
    if not others:
        return f"nothing listens on port {port}"
    shown = ", ".join(map(str, others[:5]))
    what = f"it listens on {number_of(len(others), 'other port')} ({shown}) and not on {port}"
    instead = f"type port: {others[0]}"
    if given.port:
        return f"{what}: {instead}"
    return f"{what}: {instead}, or {{port}} in its command; the variable PORT has it as well"


def _answering(
    boxes: ExitStack, engine: Engine, server: Running, given: Given, port: int, deadline: Deadline
) -> None:
    request = f"GET {given.ready.about} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    talker = launch(boxes, engine, talker_box(engine, port, 0, "ready"), server)
    limit = deadline.left
    talk = Talk(talker, server, Overtime(what="the start", limit=limit), Random(0))  # noqa: S311
    while True:
        seen = "with nothing"
        if talk.open("A", _ANSWER_MS):
            talk.tell(f"say A {request.encode().hex()}")
            answer = talk.tell(f"hear A {_HEAD} {_ANSWER_MS}", _ANSWER_MS / 1000)
            text = answer.fields.get("text", "")
            if _STATUS.fullmatch(text):
                break
            seen = f"with {text.replace('?', ' ')!r}" if text else seen
        why = f"GET {given.ready.about} was answered {seen}, not with a status of 200 to 399"
        _require_time(server, given, deadline, why)
        talk.wait(_AGAIN_MS)
    talker.remove()


def _require_time(server: Running, given: Given, deadline: Deadline, why: str) -> None:
    require_alive(server, when="before it was ready")
    if deadline.left == 0:
        raise ServerFault(
            f"the server {given.name} was not ready within {deadline.seconds:.1f} s: {why}; its "
            f"log: {tail(server)}{standing(server)}",
            final=True,
        )
