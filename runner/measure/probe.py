"""One probe: a program that reports facts, alone or as the only client of a server.

docs/probes.md is the contract. A probe is an instrument of the runner: when it fails, that is the
lab's own ERROR, unless the server beside it is to blame. Its text is not trusted all the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.bench import Bench, Outcome
from runner.measure.boxes import has_server, probe_box, server_box
from runner.measure.place import limits
from runner.measure.said import Said, ended_badly
from runner.measure.server import (
    claimed,
    last_words,
    launch_beside,
    left,
    ready,
    require_alive,
    usage,
)
from runner.plan import Trial
from runner.records.outcome import Status
from runner.records.trial_record import Fact, Granted, Placement, TrialRecord
from runner.records.usage import Usage
from runner.untrusted import Line, UntrustedError, parsed_object

MOST_FINDINGS = 10_000
MOST_SAMPLES = 1_000
MOST_BYTES = 4 << 20
"""Of all findings of one probe together: they become one line of a file."""
NAME_MAX = 200
_LINE_BYTES = 64 << 10
_NUMBER_MAX = 2**63
_SHOWN = 80


@dataclass(slots=True)
class Report:
    """What one probe has said so far."""

    findings: list[Fact] = field(default_factory=list)
    samples: dict[str, Usage] = field(default_factory=dict)
    size: int = 0

    def take(self, text: str, found: Fact) -> None:
        """Raises EngineError beyond the bounds."""
        self.findings.append(found)
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


def run(trial: Trial, bench: Bench) -> Outcome:
    """`findings` as they were reported, `samples` of the server's accounting where the probe asked
    for one, by the names that it gave them."""
    deadline = time.monotonic() + trial.timeout_ns / 1e9
    engine = bench.engine
    server = port = None
    if has_server(trial):
        asked = server_box(trial, engine)
        server = engine.launch(asked, None)
        bench.boxes.callback(server.remove)
        port = ready(server, int(asked.env["PORT"]), left(deadline))
    box = probe_box(trial, engine, port)
    probe = engine.launch(box) if server is None else launch_beside(engine, box, server)
    bench.boxes.callback(probe.remove)
    found = _reported(probe, server, deadline)
    if server is not None:
        require_alive(server)
    if not found.findings:
        raise EngineError(f"the probe reported no finding: {last_words(probe)}")
    notes = () if server is None else _notes(server)
    record = TrialRecord(
        granted=Granted(probe=limits(probe), server=None if server is None else limits(server)),
        isolation=probe.isolation,
        placement=Placement(server=trial.server_cpus, probe=trial.fleet_cpus if server else ()),
        findings=tuple(found.findings),
        samples=found.samples,
        contract=notes,
        notes=notes,
    )
    return Status.OK, "", {"findings": len(found.findings)}, record


def _notes(server: Running) -> tuple[str, ...]:
    said = Said(server)
    said.hear(0.0)
    return (*said.notes(), *ended_badly(server))


def _reported(probe: Running, server: Running | None, deadline: float) -> Report:
    found = Report()
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
        said = _object(text)
        if set(said) == {"sample"}:
            found.sample(said["sample"], server)
            probe.write_line("sampled")
        else:
            found.take(text, said)
    ended = probe.exited(left(deadline))
    if ended is None or ended.code != 0:
        if server is not None:
            require_alive(server)
        raise EngineError(f"the probe failed: {last_words(probe)}")
    return found


def _late(probe: Running, server: Running | None) -> str:
    if server is not None:
        require_alive(server)
    raise EngineError(f"the probe did not end in time: {last_words(probe)}")


def _object(text: str) -> dict[str, Any]:
    try:
        said = parsed_object(text, _LINE_BYTES)
    except UntrustedError as error:
        raise EngineError(f"the probe printed no finding ({error}): {text[:_SHOWN]!r}") from None
    for value in said.values():
        plain = isinstance(value, str | int | float)
        if not plain or (isinstance(value, int) and abs(value) >= _NUMBER_MAX):
            why = "a value is neither text nor a number of 64 bits"
            raise EngineError(f"the probe printed no finding ({why}): {text[:_SHOWN]!r}")
    return said
