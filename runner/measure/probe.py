"""One probe: a program that reports facts, alone or as the only client of a server.

docs/probes.md is the contract. A probe is an instrument of the runner: when it fails, that is the
lab's own ERROR, unless the server beside it is the cause. Its text is nevertheless not trusted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.bench import Bench, Result
from runner.measure.boxes import has_server, probe_box, server_box
from runner.measure.place import limits
from runner.measure.readiness import await_ready
from runner.measure.server import (
    claimed,
    last_words,
    launch,
    left,
    require_alive,
    usage,
)
from runner.measure.server_output import ServerOutput, ended_badly
from runner.plan import Trial
from runner.records.outcome import Status
from runner.records.trial_record import Fact, Granted, Placement, TrialRecord
from runner.records.usage import Usage
from runner.untrusted import Line, UntrustedError, parsed_object

MOST_FINDINGS = 10_000
MOST_SAMPLES = 1_000
MOST_BYTES = 4 << 20
"""Bytes of all findings of one probe: they become one line of a file."""
NAME_MAX = 200
_LINE_BYTES = 64 << 10
_NUMBER_MAX = 2**63
_SHOWN = 80


@dataclass(slots=True)
class Report:
    """What one probe has reported so far."""

    findings: list[Fact] = field(default_factory=list)
    samples: dict[str, Usage] = field(default_factory=dict)
    size: int = 0

    def take(self, text: str, fact: Fact) -> None:
        """Adds a fact. Raises EngineError where they are too many or too large."""
        self.findings.append(fact)
        self.size += len(text)
        if len(self.findings) > MOST_FINDINGS:
            raise EngineError(f"the probe reported more than {MOST_FINDINGS:,} findings")
        if self.size > MOST_BYTES:
            raise EngineError(f"the probe's findings are larger than {MOST_BYTES >> 20} MiB")

    def sample(self, name: object, server: Running | None) -> None:
        if server is None:
            raise EngineError("the probe requested a sample of a server, but no server runs")
        if not isinstance(name, str) or len(name) > NAME_MAX:
            raise EngineError(f"the probe's sample has no name of at most {NAME_MAX} characters")
        if len(self.samples) >= MOST_SAMPLES and name not in self.samples:
            raise EngineError(f"the probe requested more than {MOST_SAMPLES:,} samples")
        self.samples[name] = usage(server)


def run(trial: Trial, bench: Bench) -> Result:
    """The record has the `findings` as they were reported, and the `samples` of the server's
    accounting that the probe requested, by the names that it gave them."""
    deadline = time.monotonic() + trial.timeout_ns / 1e9
    engine = bench.engine
    server = port = None
    if has_server(trial):
        box = server_box(trial, engine)
        server = launch(bench.boxes, engine, box)
        port = await_ready(bench.boxes, engine, server, box, left(deadline))
    client = probe_box(trial, engine, port)
    probe = launch(bench.boxes, engine, client, server)
    report = _reported(probe, server, deadline)
    if server is not None:
        require_alive(server)
    if not report.findings:
        raise EngineError(f"the probe reported no finding: {last_words(probe)}")
    notes = () if server is None or (trial.own and trial.own.folder is None) else _notes(server)
    record = TrialRecord(
        granted=Granted(probe=limits(probe), server=None if server is None else limits(server)),
        isolation=probe.isolation,
        placement=Placement(server=trial.server_cpus, probe=trial.fleet_cpus if server else ()),
        findings=tuple(report.findings),
        samples=report.samples,
        contract=notes,
        notes=notes,
    )
    return Status.OK, "", {"findings": len(report.findings)}, record


def _notes(server: Running) -> tuple[str, ...]:
    output = ServerOutput(server)
    output.read(0.0)
    return (*output.notes(), *ended_badly(server))


def _reported(probe: Running, server: Running | None, deadline: float) -> Report:
    report = Report()
    while True:
        try:
            text = probe.read_line(left(deadline))
        except SilenceError:
            text = _late(probe, server)
        if text is None:
            break
        if left(deadline) == 0:
            _late(probe, server)
        line = Line.of(text)
        if line.word == "MISSING":
            raise claimed(probe, line, "probe")
        fact = _object(text)
        if set(fact) == {"sample"}:
            report.sample(fact["sample"], server)
            probe.write_line("sampled")
        else:
            report.take(text, fact)
    ended = probe.exited(left(deadline))
    if ended is None or ended.code != 0:
        if server is not None:
            require_alive(server)
        raise EngineError(f"the probe failed: {last_words(probe)}")
    return report


def _late(probe: Running, server: Running | None) -> str:
    if server is not None:
        require_alive(server)
    raise EngineError(f"the probe did not end in time: {last_words(probe)}")


def _object(text: str) -> dict[str, Any]:
    try:
        fact = parsed_object(text, _LINE_BYTES)
    except UntrustedError as error:
        raise EngineError(f"the probe printed no finding ({error}): {text[:_SHOWN]!r}") from None
    for value in fact.values():
        plain = isinstance(value, str | int | float)
        if not plain or (isinstance(value, int) and abs(value) >= _NUMBER_MAX):
            why = "a value is neither text nor a number of 64 bits"
            raise EngineError(f"the probe printed no finding ({why}): {text[:_SHOWN]!r}")
    return fact
