"""The boxes of a trial: its server, and the load generators or other clients beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.engine.box import Box, Engine, Language, Nofile, Program
from runner.kinds import Tool
from runner.measure.arguments import arguments
from runner.measure.own_program import own_program
from runner.paths import FLEET, TALKER, TRACER
from runner.plan import Trial

FLEET_PROGRAM = Program("fleet", FLEET, "c")
FLEET_MEMORY = 2 << 30
TALKER_PROGRAM = Program("talker", TALKER, "c")
TRACER_PROGRAM = Program("tracer", TRACER, "c")
TRACE_PROGRAMS = (TALKER_PROGRAM, TRACER_PROGRAM)
"""The programs of a traced conversation, besides the server."""
_TOOLS = {each.role: each for each in (FLEET_PROGRAM, *TRACE_PROGRAMS)}
TOOL_MEMORY = 256 << 20
TOOL_PIDS = 32
"""More than the tools have threads. In a container the runtime's own first process counts as well:
it is a Go program that sometimes starts a fifth thread before it becomes the command. With a limit
of 4 it then died, one start in a few hundred ("cannot start a stopped process")."""
SPARE = 200
_LANGUAGES: Mapping[str, Language] = {
    "c": "c",
    "python": "python",
    "dockerfile": "dockerfile",
}


PROBE_MEMORY = 2 << 30


def server_program(trial: Trial) -> Program:
    if trial.own is not None and trial.own.folder is None:
        return own_program(str(trial.cell.get("lab")), trial.own, trial.folder)
    return Program("server", trial.folder, _LANGUAGES[trial.language], trial.form)


def probe_program(trial: Trial) -> Program:
    """A probe that runs alone has the language of the cell. Beside a server, which then has that
    language, it is in C if there is a C version: a client must be quicker than the server."""
    assert trial.probe is not None, "only a probe's trial has one"  # noqa: S101
    in_c = Program("probe", trial.probe, "c")
    use_c = in_c.source.is_file() if has_server(trial) else trial.language == "c"
    return in_c if use_c else Program("probe", trial.probe, "python")


def connects(trial: Trial) -> bool:
    """Whether its server runs already, in the machine's own network."""
    return trial.own is not None and trial.own.connect is not None


def has_server(trial: Trial) -> bool:
    return trial.cell.get("lab") is not None


def programs(trial: Trial) -> tuple[Program, ...]:
    """All programs that must be built before the trial can run."""
    servers = (server_program(trial),) if has_server(trial) and not connects(trial) else ()
    tools = [_tool(trial, role) for role in trial.kind.tools]
    asks = trial.own is not None and trial.own.ready is not None and trial.own.ready.http
    return tuple(
        dict.fromkeys((*servers, *tools, *([TALKER_PROGRAM] if asks or trial.hosts else [])))
    )


def _tool(trial: Trial, role: Tool) -> Program:
    return probe_program(trial) if role == "probe" else _TOOLS[role]


def probe_box(trial: Trial, engine: Engine, port: int | None) -> Box:
    """A probe that runs alone is what is measured, and has a server's limits and CPU; beside a
    server it is a client, and has a load generator's CPU."""
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
        deny=trial.deny if port is None else (),
    )


def server_box(trial: Trial, engine: Engine, port: int | None = None) -> Box:
    """`port` where the way to it has one already."""
    own = trial.own
    port = port or (own.port if own else None) or engine.free_port()
    return Box(
        program=server_program(trial),
        args=(),
        env={**dict(own.environment if own else ()), "PORT": str(port), "BACKLOG": "4096"},
        nofile=Nofile(trial.nofile, trial.nofile),
        memory=trial.memory,
        pids=trial.pids,
        cpus=trial.server_cpus,
        label=trial.id,
        deny=trial.deny,
    )


def fleet_box(
    trial: Trial, engine: Engine, index: int, address: str, workload: Sequence[str]
) -> Box:
    """A load generator always has the highest descriptor limit of the machine, because the server's
    limit is the one that is measured."""
    words = arguments(trial, index, address, workload)
    outside = connects(trial)
    return load_box(engine, words, trial.fleet_cpus, trial.id, outside=outside)


def load_box(
    engine: Engine, words: Sequence[str], cpus: Sequence[int], label: str, *, outside: bool
) -> Box:
    most = engine.nofile_max()
    return Box(
        program=FLEET_PROGRAM,
        args=tuple(words),
        env={},
        nofile=Nofile(most, most),
        memory=FLEET_MEMORY,
        pids=TOOL_PIDS,
        cpus=tuple(cpus),
        label=label,
        outside=outside,
    )


def null_box(engine: Engine, trial: Trial, port: int) -> Box:
    """A server that does the least that one can, where the trial's own server will be."""
    most = engine.nofile_max()
    return Box(
        program=TALKER_PROGRAM,
        args=("--echo", str(port)),
        env={},
        nofile=Nofile(most, most),
        memory=TOOL_MEMORY,
        pids=TOOL_PIDS,
        cpus=trial.server_cpus,
        label=trial.id,
    )


def talker_box(engine: Engine, port: int, watched: int, label: str) -> Box:
    most = min(engine.nofile_max(), watched + SPARE)
    return Box(
        program=TALKER_PROGRAM,
        args=("--connect", f"127.0.0.1:{port}"),
        env={},
        nofile=Nofile(most, most),
        memory=TOOL_MEMORY,
        pids=TOOL_PIDS,
        cpus=(),
        label=label,
    )


def tracer_box(options: tuple[str, ...], nofile: Nofile, label: str) -> Box:
    """`options` are strace's; the engine decides what it attaches to."""
    return Box(
        program=TRACER_PROGRAM,
        args=options,
        env={},
        nofile=nofile,
        memory=TOOL_MEMORY,
        pids=TOOL_PIDS,
        cpus=(),
        label=label,
    )
