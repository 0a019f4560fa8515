"""What the trials of a plan ask of a machine."""

from __future__ import annotations

from dataclasses import replace

from runner.engine import banner
from runner.engine.box import BuildError, Program
from runner.machine.doctor.needs import Needs
from runner.measure import programs
from runner.plan import RESERVE, Plan, Trial


def needs(plan: Plan, spec: str, engine: str) -> Needs:
    """`plan` is expanded for a machine without limits, so that it shows what the spec needs."""
    trials = plan.trials
    built = programs_of(plan)
    return Needs(
        spec=spec,
        engine=engine,
        trials=len(trials),
        descriptors=max((_descriptors(trial) for trial in trials), default=0),
        connections=max((_held(trial) for trial in trials), default=0),
        connections_per_fleet=max((-(-_held(t) // t.parts) for t in trials), default=0),
        sources=min((trial.sources for trial in trials), default=1),
        processes=max((trial.pids for trial in trials), default=0),
        io_uring=any(_stated(program) for program in built),
        liburing=any(_stated(program) for program in built if program.language == "c"),
        tracer=any("tracer" in trial.kind.tools for trial in trials),
    )


def programs_of(plan: Plan) -> list[Program]:
    """What has to be built before the plan can run, each once."""
    return list(dict.fromkeys(each for trial in plan.trials for each in programs(trial)))


def _held(trial: Trial) -> int:
    """Connections at once; what is `max` adapts itself to the machine, so it asks for nothing."""
    idle, nofile = (_number(trial, axis) or 0 for axis in ("idle", "nofile"))
    return replace(trial, idle=idle, nofile=nofile).holds


def _descriptors(trial: Trial) -> int:
    """The limit of the server in the spec; for each load generator as many as its connections."""
    limit = int(_number(trial, "nofile") or 0)
    held = _held(trial)
    return max(limit, -(-held // trial.parts) + RESERVE if held else 0)


def _number(trial: Trial, axis: str) -> int | None:
    value = trial.cell.get(axis)
    return value if isinstance(value, int) else None


def _stated(program: Program) -> bool:
    """Whether its banner asks for io_uring; one that cannot be read asks for nothing here."""
    try:
        return banner.IO_URING in banner.needs(program)
    except BuildError:
        return False
