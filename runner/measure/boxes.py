"""The boxes that a trial asks for: its server, and the fleet beside it."""

from __future__ import annotations

from runner.engine.box import Box, Engine, Nofile, Program
from runner.paths import FLEET
from runner.plan import Trial

FLEET_PROGRAM = Program("fleet", FLEET, "c")
FLEET_MEMORY = 2 << 30


PROBE_MEMORY = 2 << 30


def server_program(trial: Trial) -> Program:
    return Program("server", trial.folder, "c" if trial.language == "c" else "python", trial.form)


def probe_program(trial: Trial) -> Program:
    """Alone it has the language that the cell asks for. Beside a server, whose language that is,
    C where there is one: a client must be quicker than what it looks at."""
    assert trial.probe is not None, "only a probe's trial has one"  # noqa: S101
    in_c = Program("probe", trial.probe, "c")
    asked_c = in_c.source.is_file() if has_server(trial) else trial.language == "c"
    return in_c if asked_c else Program("probe", trial.probe, "python")


def has_server(trial: Trial) -> bool:
    return trial.cell.get("lab") is not None


def programs(trial: Trial) -> tuple[Program, ...]:
    """All that must be built before the trial can run."""
    servers = (server_program(trial),) if has_server(trial) else ()
    if trial.measure == "probe":
        return (*servers, probe_program(trial))
    return (*servers, FLEET_PROGRAM)


def probe_box(trial: Trial, engine: Engine, port: int | None) -> Box:
    """Alone it is what is measured, and has the limits and the CPU that a server would have;
    beside one it is a client, and is placed like a fleet."""
    most = engine.nofile_max()
    nofile = trial.nofile if port is None else most
    return Box(
        program=probe_program(trial),
        args=trial.args,
        env={} if port is None else {"PORT": str(port)},
        nofile=Nofile(nofile, nofile),
        memory=PROBE_MEMORY,
        pids=trial.pids,
        cpus=trial.server_cpus if port is None else trial.fleet_cpus,
        label=trial.id,
    )


def server_box(trial: Trial, engine: Engine) -> Box:
    return Box(
        program=server_program(trial),
        args=(),
        env={"PORT": str(engine.free_port()), "BACKLOG": "4096"},
        nofile=Nofile(trial.nofile, trial.nofile),
        memory=trial.memory,
        pids=trial.pids,
        cpus=trial.server_cpus,
        label=trial.id,
    )


def fleet_box(trial: Trial, engine: Engine, index: int, port: int) -> Box:
    """The fleet always has all the descriptors that there are: the server's limit is the one
    that is measured."""
    common = (
        "--connect", f"127.0.0.1:{port}",
        "--sources", str(trial.sources),
        "--seed", str((trial.seed + index) % 2**31),
        "--wait",
    )  # fmt: skip
    if trial.measure == "ceiling":
        load: tuple[str, ...] = (
            "--until-refused",
            "--connections", str(_share(trial.connections, trial.fleets, index)),
        )  # fmt: skip
    elif trial.measure == "stream":
        load = (
            "--stream",
            "--listeners", str(_share(trial.listeners, trial.fleets, index)),
            "--stalled", str(_share(trial.stalled, trial.fleets, index)),
            "--warmup", f"{trial.warmup_ns // 1000}us",
            "--duration", f"{trial.duration_ns // 1000}us",
        )  # fmt: skip
    else:
        load = (
            "--idle", str(_share(trial.idle, trial.fleets, index)),
            "--active", str(_share(trial.active, trial.fleets, index)),
            "--payload", f"{trial.payload}B",
            "--warmup", f"{trial.warmup_ns // 1000}us",
            "--duration", f"{trial.duration_ns // 1000}us",
        )  # fmt: skip
    most = engine.nofile_max()
    return Box(
        program=FLEET_PROGRAM,
        args=common + load,
        env={},
        nofile=Nofile(most, most),
        memory=FLEET_MEMORY,
        pids=16,
        cpus=trial.fleet_cpus,
        label=trial.id,
    )


def _share(total: int, parts: int, index: int) -> int:
    """`total` dealt out over `parts` without loss."""
    return total // parts + (index < total % parts)
