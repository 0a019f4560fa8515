"""What the table says that each model denies: its own servers run under it, its rivals do not."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from runner import measure
from runner.engine.box import Box, Engine, Nofile, Program, SilenceError
from runner.engine.docker import DockerEngine
from runner.engine.images.content import programs_of
from runner.engine.process import ProcessEngine
from runner.grade.models import MODELS, RIVALS, model_traced
from runner.measure.boxes import FLEET_PROGRAM
from runner.paths import LABS
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from runner.syscalls.denial import DENIABLE, MANY, canonical
from runner.trace.rules import RULES
from tests.conftest import MakeSuite

COROUTINES = ("aecho", "asyncio", "uvloop")
STREAMING = ("aplay",)
SERVERS = [
    each
    for each in programs_of(LABS)
    if each.role == "server" and each.folder.name not in STREAMING
]
IN_C = [each for each in SERVERS if each.language == "c"]
ECHO_SECONDS = 20.0
SILENT = 1.0
"""A server that is refused a call may try again and again, without a word."""
POOLS = ("blocking", "prethread", "prefork", "posix_aio")
"""Models whose servers hold few clients; they need no call that is denied for many."""


def model_of(program: Program) -> str:
    name = program.folder.name
    return "coroutine" if name in COROUTINES else name


@pytest.fixture(scope="module")
def engine() -> Iterator[ProcessEngine]:
    """Boxes share the network of this machine, so that a test can be their client."""
    engine = ProcessEngine(without=("net",))
    problems = engine.prepare(SERVERS, print)
    for program in problems:
        assert program.folder.name == "io_uring", problems
    yield engine
    engine.close()


def passes(program: Program, model: str) -> bool:
    """Whether the table says that the server runs under that model's denials."""
    return model_of(program) in (model, *MODELS[model].passes)


def echoes(engine: Engine, program: Program, model: str) -> bool:
    """Whether the server serves many clients while it is denied what that model denies."""
    denied, seconds = MODELS[model].denies, ECHO_SECONDS if passes(program, model) else SILENT
    return serves(engine, program, denied, seconds)


def serves(engine: Engine, program: Program, denied: tuple[str, ...], seconds: float) -> bool:
    port = engine.free_port()
    box = Box(
        program, (), {"PORT": str(port), "WORKERS": "2", "THREADS": "2"}, Nofile(256, 256),
        256 << 20, 256, (), f"test {program.name}", deny=canonical(denied),
    )  # fmt: skip
    running = engine.launch(box)
    try:
        line = running.read_line(seconds)
        if line is None or line.startswith("MISSING "):
            return False
        assert line.startswith(f"READY port={port} "), line
        clients = 1 if program.folder.name in POOLS else MANY
        with ExitStack() as connected:
            for _ in range(clients):
                client = connected.enter_context(
                    socket.create_connection(("127.0.0.1", port), seconds)
                )
                client.sendall(b"hello")
                if client.recv(5) != b"hello":
                    return False
        return True
    except (SilenceError, OSError):
        return False
    finally:
        running.remove()


def test_every_model_of_the_labs_has_its_row() -> None:
    choices = {model.name for model in MODELS.values() if not model.traced}
    assert {model_of(program) for program in SERVERS} | choices == set(MODELS)
    assert set(RIVALS) <= set(DENIABLE)
    assert {model.traced for model in MODELS.values()} - {""} <= {rule.model for rule in RULES}
    for model in MODELS.values():
        assert model.name not in model.passes
        assert (model_traced(model.traced) is None) == (model.name in choices)
    assert model_traced("epoll, edge-triggered", coroutines=True) == MODELS["coroutine"]
    assert model_traced("unknown") is None


def test_a_thread_each_is_counted_and_a_pool_is_bounded() -> None:
    assert MODELS["thread"].pids(1000) == 1000 + MODELS["thread"].pids(0)
    assert MODELS["prethread"].pids(1000) == MODELS["prethread"].pids(0)


@pytest.mark.parametrize("program", SERVERS, ids=lambda program: program.name)
def test_a_lab_runs_under_the_denials_of_its_own_model(
    engine: ProcessEngine, program: Program
) -> None:
    if missing := engine.prepare([program], print):
        pytest.skip(str(missing[program]))
    if program.folder.name == "io_uring" and not serves(engine, program, (), ECHO_SECONDS):
        pytest.skip("this machine has no io_uring")
    assert echoes(engine, program, model_of(program))


@pytest.mark.parametrize("model", MODELS)
def test_a_rival_fails_unless_the_table_says_that_it_passes(
    engine: ProcessEngine, model: str
) -> None:
    unbuilt = engine.prepare(IN_C, print)
    tried = [each for each in IN_C if each not in unbuilt]
    if model == "io_uring":  # whether this machine has it, the test above finds out
        tried = [each for each in tried if each.folder.name != model]
    served = {each.folder.name for each in tried if echoes(engine, each, model)}
    assert served == {each.folder.name for each in tried if passes(each, model)}


# ---- As a trial of a run, in both engines ----

SPEC = """
    experiments:
      - id: e
        title: t
        server: {lab: LAB, language: LANGUAGE}
        fleet: {active: 1, idle: [IDLE]}
        limits: {nofile: 256, deny: [DENY]}
        warmup: 10ms
        duration: 50ms
"""
TRIED = [
    ("select", "c", "select"), ("epoll", "python", "epoll"), ("thread", "c", "thread"),
    ("fork", "python", "fork"), ("prefork", "c", "prefork"), ("asyncio", "python", "coroutine"),
    ("posix_aio", "c", "posix_aio"), ("sigio", "c", "sigio"), ("uvloop", "python", "coroutine"),
]  # fmt: skip
REFUSED = [
    ("poll", "c", "select", "poll of 16 descriptors and more"),
    ("epoll", "python", "poll", "epoll_ctl that adds descriptors from 16 on"),
    ("select", "python", "epoll", "sets of select that reach to 16 and more"),
    ("sigio", "c", "thread", "signals about descriptors (O_ASYNC)"),
]


def trial_of(suite_of: MakeSuite, lab: str, language: str, model: str) -> Trial:
    deny = ", ".join(MODELS[model].denies)
    text = SPEC.replace("LANGUAGE", language).replace("LAB", lab).replace("DENY", deny)
    text = text.replace("IDLE", "0" if lab in POOLS else "20")
    (trial,) = expand(suite_of(text), Host(4096, (0, 1)), repeat=1).trials
    # Anything else that runs on the machine would make the figures invalid, which are not judged.
    return replace(trial, disturbance=100, server_cpus=(), fleet_cpus=())


@pytest.fixture(
    scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)]
)
def any_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine: Engine = DockerEngine() if request.param == "docker" else ProcessEngine()
    labs = {(lab, language) for lab, language, *_ in (*TRIED, *REFUSED)}
    programs = [each for each in SERVERS if (each.folder.name, each.language) in labs]
    assert engine.prepare([FLEET_PROGRAM, *programs], print) == {}
    yield engine
    engine.close()


@pytest.mark.parametrize(("lab", "language", "model"), TRIED)
def test_a_trial_records_what_was_denied(
    any_engine: Engine, suite_of: MakeSuite, lab: str, language: str, model: str
) -> None:
    found = run(any_engine, trial_of(suite_of, lab, language, model))
    assert found.status is not Status.FAIL, found.reason
    assert found.metrics["errors"] == 0
    assert found.record.granted.denied == found.record.asked.deny
    assert found.record.asked.deny == canonical(MODELS[model].denies)


@pytest.mark.parametrize(("lab", "language", "model", "named"), REFUSED)
def test_a_rival_is_told_what_is_denied(
    any_engine: Engine, suite_of: MakeSuite, lab: str, language: str, model: str, named: str
) -> None:
    found = run(any_engine, trial_of(suite_of, lab, language, model))
    assert found.status is Status.FAIL, found.reason
    assert re.search(rf"; denied here: .*{re.escape(named)}.* \(ENOSYS", found.reason), found.reason


def run(engine: Engine, trial: Trial) -> Outcome:
    return measure.run(trial, engine, {})
