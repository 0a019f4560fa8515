"""Servers measured as the checks of an assignment measure them: traced, loaded, and loaded again
while the rivals of their model are denied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runner import measure, plan
from runner.engine.box import Engine
from runner.grade.models import MODELS
from runner.grade.proof import prove
from runner.grade.proof.evidence import check_of
from runner.grade.proof.ruling import PROVEN
from runner.grade.record import ProofRow
from runner.plan import Trial
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Granted, Traced, TrialRecord
from runner.spec import load
from tests.grade.corpus import Server

LAB = "epoll"
"""The name that the server has in the records: any lab that exists in both languages."""
HOST = plan.Host(1024, (0, 1))
IDLE = 10
"""POSIX AIO of glibc serves twenty clients and no more."""
SPEC = """
version: 1
defaults: {{repeat: 1, warmup: 60ms, duration: 100ms, timeout: 20s}}
experiments:
  - id: model
    title: t
    measure: trace
    server: {{lab: epoll}}
    fleet: {{idle: [{idle}]}}
    limits: {{nofile: 1024}}
    sightings: true
  - id: speed
    title: t
    server: {{lab: epoll}}
    fleet: {{idle: [{more}], active: {active}}}
    limits: {{nofile: 1024}}
    sightings: true
  - id: denied
    title: t
    server: {{lab: epoll}}
    fleet: {{idle: [{more}], active: {active}}}
    limits: {{nofile: 1024, deny: [{denies}]}}
    sightings: true
"""
FEW = ("posix_aio", "prethread")
ONE = ("blocking", "prefork")
"""Models whose servers may hold few clients at a time, or one: where each process has a listener of
its own (SO_REUSEPORT), a hash may give two of three clients to the same process."""


def outcomes(server: Server, engine: Engine, folder: Path) -> list[Outcome]:
    """Of a server that was prepared before; `folder` is for the spec."""
    return [measure.run(trial, engine, {}) for trial in trials(server, folder)]


def trials(server: Server, folder: Path) -> Sequence[Trial]:
    spec = folder / "grade.yaml"
    more, active = (0, 1) if server.model in ONE else (1, 2) if server.model in FEW else (40, 8)
    denies = ", ".join(MODELS[server.model].denies)
    spec.write_text(
        SPEC.format(idle=IDLE, more=more, active=active, denies=denies), encoding="utf-8"
    )
    program = server.program
    return [
        replace(trial, folder=program.folder, language=program.language)
        for trial in plan.expand(load(spec), HOST).trials
    ]


def proof(server: Server, seen: Sequence[Outcome]) -> tuple[ProofRow, ...]:
    return prove(server.model, seen, LAB)


def contradicting(rows: Sequence[ProofRow]) -> set[str]:
    """The columns that contradict a claim."""
    return {seen.column for row in rows for seen in row.seen if seen.agrees is False}


def failing(seen: Sequence[Outcome]) -> set[str]:
    """The checks that the server itself failed."""
    return {check_of(each) for each in seen if each.status is Status.FAIL}


def accused(server: Server, seen: Sequence[Outcome]) -> bool:
    """Whether the checks cost the server points: a column contradicts, or it fails."""
    return bool(contradicting(proof(server, seen)) or failing(seen))


def misjudged(server: Server, seen: Sequence[Outcome], *, honest: bool) -> bool:
    """An honest server must not be accused. A decoy must be, or, where nothing contradicts it, what
    it only pretends must not be proven."""
    if honest or not server.unproven:
        return accused(server, seen) == honest
    rows = proof(server, seen)
    return any(row.claim in server.unproven and row.ruling == PROVEN for row in rows)


def kept(outcome: Outcome) -> dict[str, object]:
    """What the proof reads of a trial, as a line of a file: a full record is twenty times as
    long."""
    record = outcome.record
    traced = record.trace and Traced(
        classification=record.trace.classification, accounting=record.trace.accounting
    )
    short = TrialRecord(
        asked=replace(record.asked, flags=None),
        granted=Granted(denied=record.granted.denied),
        usage=None if record.usage is None else (record.usage[0], record.usage[-1]),
        trace=traced,
        sightings=record.sightings,
    )
    metrics = {name: outcome.metrics[name] for name in ("idle_cpu",) if name in outcome.metrics}
    return to_json(replace(outcome, metrics=metrics, record=short))


__all__ = [
    "LAB",
    "accused",
    "contradicting",
    "failing",
    "from_json",
    "kept",
    "misjudged",
    "outcomes",
    "proof",
    "trials",
]
