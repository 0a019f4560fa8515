"""A case of the contract under way: its server, the clients beside it, what is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from runner.engine.box import Box, Nofile, Running
from runner.measure import busy
from runner.measure.bench import Bench
from runner.measure.boxes import server_box, talker_box
from runner.measure.clients import FIRST_MS, Clients
from runner.measure.server import launch, left, ready
from runner.measure.server_output import ServerOutput
from runner.measure.talk import Overtime, Talk
from runner.plan import Trial

OWN_PORT = 9000
"""What an engine gives where each server has a network namespace of its own: then any other port is
free as well."""
PORTS = (10_000, 29_999)
"""Below those that the kernel gives to clients."""
_SEED_BITS = 64


@dataclass(slots=True)
class Exam:
    """`draw` is seeded by the trial: a server cannot know what comes, and the seed brings it
    back."""

    trial: Trial
    bench: Bench
    draw: Random
    overtime: Overtime
    box: Box
    server: Running
    output: ServerOutput
    clients: Clients
    case: Case

    def rests(self) -> tuple[bool, float]:
        """As `busy.rests` of the server."""
        return busy.rests(self.server, self.clients.talk.wait)

    def another(self) -> Exam:
        """The same with a fresh server."""
        case = replace(self.case, watched=0)
        return _start(self.trial, self.bench, self.draw, self.overtime, self.box, case)


@dataclass(frozen=True, slots=True)
class Case:
    """`run` observes the server and raises ServerFault where it breaks the rule; it returns metrics
    beside `kept`. `nofile` chooses another descriptor limit than the trial's, `watched` is how many
    numbered clients come at most."""

    run: Callable[[Exam], Mapping[str, float]]
    nofile: Callable[[int, Random], int] | None = None
    watched: int = 100
    own_port: bool = False
    """On a port that is drawn, where the engine leaves a choice."""
    ends: bool = False
    """The case itself ends the server."""
    greets: bool = True
    """Before the case a client is served, which takes a server that echoes."""


def begin(trial: Trial, bench: Bench, case: Case) -> Exam:
    """A fresh server that has served one client, if the case greets it, and the talker beside it.
    Raises ServerFault."""
    draw = Random(trial.seed)  # noqa: S311 - no secret: the record keeps the seed
    seconds = trial.timeout_ns / 1e9
    overtime = Overtime(time.monotonic() + seconds, what="the case", limit=seconds)
    # Not pinned: the trials that run side by side would share one CPU.
    box = replace(server_box(trial, bench.engine), cpus=())
    if case.own_port and box.env["PORT"] == str(OWN_PORT):
        box = replace(box, env={**box.env, "PORT": str(draw.randint(*PORTS))})
    if case.nofile is not None:
        nofile = case.nofile(trial.nofile, draw)
        box = replace(box, nofile=Nofile(nofile, nofile))
    return _start(trial, bench, draw, overtime, box, case)


def _start(
    trial: Trial, bench: Bench, draw: Random, overtime: Overtime, box: Box, case: Case
) -> Exam:
    server = launch(bench.boxes, bench.engine, box)
    port = ready(server, int(box.env["PORT"]), left(overtime.ends))
    output = ServerOutput(server)
    output.require_no_refusal()
    client = talker_box(bench.engine, port, case.watched, trial.id)
    talker = launch(bench.boxes, bench.engine, client, server)
    talk = Talk(talker, server, overtime, draw)
    talk.tell(f"draw {draw.getrandbits(_SEED_BITS)}")
    clients = Clients(talk, FIRST_MS)
    if case.greets:
        clients.greet()
    return Exam(trial, bench, draw, overtime, box, server, output, clients, case)
