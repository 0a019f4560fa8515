"""The settings of a planned trial as its record has them: field by field, so that the plan can
change without the record."""

from __future__ import annotations

import shlex

from runner.engine.box import BuildError
from runner.engine.sources import flags_of
from runner.plan import Trial
from runner.records.asked import Asked, Drive
from runner.spec import Drive as SpecDrive


def asked(trial: Trial) -> Asked:
    return Asked(
        experiment=trial.experiment,
        block=trial.block,
        root=trial.root,
        seed=trial.seed,
        measure=trial.measure,
        args=trial.args,
        language=trial.language,
        nofile=trial.nofile,
        memory=trial.memory,
        pids=trial.pids,
        deny=trial.deny,
        idle=trial.idle,
        active=trial.active,
        drive=_drive(trial.drive),
        listeners=trial.listeners,
        stalled=trial.stalled,
        connections=trial.connections,
        fleets=trial.fleets,
        hosts=trial.hosts,
        sources=trial.sources,
        warmup_ns=trial.warmup_ns,
        duration_ns=trial.duration_ns,
        timeout_ns=trial.timeout_ns,
        server_cpus=trial.server_cpus,
        fleet_cpus=trial.fleet_cpus,
        looks=trial.looks,
        disturbance=trial.disturbance,
        turn=trial.turn,
        turns=trial.turns,
        slot_ns=trial.slot_ns,
        lab=str(trial.cell.get("lab")),
        probe=trial.probe.name if trial.probe else None,
        flags=_flags(trial),
        given=_given(trial),
    )


def _drive(drive: SpecDrive) -> Drive:
    return Drive(
        payload=drive.payload,
        rate=drive.rate,
        arrivals=drive.arrivals,
        pipeline=drive.pipeline,
        think=drive.think,
        requests_per_connection=drive.requests_per_connection,
        churn=drive.churn,
        slow_readers=drive.slow_readers,
        slow_writers=drive.slow_writers,
        first_crowd=drive.first_crowd,
        ramp=drive.ramp,
        close=drive.close,
        send=drive.send,
        reply=drive.reply,
    )


def _given(trial: Trial) -> str:
    """As a spec writes it, so that it is the same on every machine."""
    if trial.own is None or trial.own.folder is not None:
        return ""
    if trial.own.connect is not None:
        return f"connect {trial.own.connect}"
    words = shlex.join(trial.own.command or ())
    image = trial.own.image and f"image {trial.own.image}"
    built = trial.own.build and f"build {trial.own.build}"
    return "; ".join(part for part in (words, image, built) if part)


def _flags(trial: Trial) -> tuple[str, ...] | None:
    """The flags of a server in C; None for other servers, and where the flags are refused."""
    source = trial.folder / "server.c"
    if trial.language != "c" or not source.is_file():
        return None
    try:
        return tuple(flags_of(source))
    except (BuildError, OSError, ValueError):
        return None
