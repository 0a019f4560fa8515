"""The contract of box.py, kept by processes: with every namespace, and with none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import BuildError, Engine, EngineError, Nofile, Program, SilenceError
from runner.engine.process import ProcessEngine
from tests.engine.boxes import EVERYTHING, box_of, engine_in, probe_in

PYTHON = """\
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
import lab
print("READY", lab.NAME, sorted(os.environ), flush=True)
signal.pause()
"""


@pytest.fixture(scope="module", params=[(), EVERYTHING], ids=["all", "none"])
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ProcessEngine, Program]]:
    folder = tmp_path_factory.mktemp("process")
    engine = engine_in(folder, request.param)
    probe = probe_in(folder)
    assert engine.prepare([probe], lambda _: None) == {}
    yield engine, probe
    engine.close()
    assert list((folder / "cache" / "boxes").iterdir()) == []


@pytest.fixture
def engine(made: tuple[ProcessEngine, Program]) -> ProcessEngine:
    return made[0]


@pytest.fixture
def probe(made: tuple[ProcessEngine, Program]) -> Program:
    return made[1]


def test_it_is_an_engine(engine: ProcessEngine) -> None:
    whole: Engine = engine
    assert whole.name == "process"


def test_limits_are_granted_and_nothing_else_comes_along(
    engine: ProcessEngine, probe: Program
) -> None:
    cpu = min(os.sched_getaffinity(0))
    running = engine.launch(box_of(probe, "limits", cpus=(cpu,)))
    line = running.read_line(20)
    assert line is not None
    told = dict(word.split("=") for word in line.split())
    first = told.pop("pid") == "1"
    assert first == ("pid" in running.isolation)
    assert told == {"soft": "256", "hard": "512", "core": "0", "cpus": "1", "fds": "3",
                    "leader": "1", "nnp": "1"}  # fmt: skip
    assert running.nofile == Nofile(256, 512)
    running.remove()


def test_more_than_the_machine_grants_is_reported(engine: ProcessEngine, probe: Program) -> None:
    most = engine.nofile_max()
    running = engine.launch(box_of(probe, "limits", nofile=Nofile(1 << 40, 1 << 40)))
    assert running.nofile.soft <= most
    assert running.nofile.hard <= most
    line = running.read_line(20)
    assert line is not None
    assert line.startswith(f"soft={running.nofile.soft} hard={running.nofile.hard} ")
    running.remove()


def test_the_environment_is_what_was_given(
    engine: ProcessEngine, probe: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "token")
    running = engine.launch(box_of(probe, "env", env={"PORT": "9000", "LANG": "C"}))
    assert running.exited(20) is not None
    lines = set()
    while (line := running.read_line(20)) is not None:
        lines.add(line)
    assert lines == {"PORT=9000", "LANG=C", "HOME=/tmp", "PYTHONDONTWRITEBYTECODE=1",
                     "PATH=/usr/local/bin:/usr/bin:/bin"}  # fmt: skip
    running.remove()


def test_lines_go_in_and_out(engine: ProcessEngine, probe: Program) -> None:
    running = engine.launch(box_of(probe, "echo"))
    for line in ("one", "zwölf"):
        running.write_line(line)
        assert running.read_line(20) == line
    with pytest.raises(SilenceError):
        running.read_line(0.01)
    assert running.exited(0) is None
    running.remove()


def test_nobody_reads(engine: ProcessEngine, probe: Program) -> None:
    running = engine.launch(box_of(probe, "exit", "0"))
    assert running.exited(20) is not None
    running.write_line("into the void")
    running.remove()
    running.write_line("and again")


@pytest.mark.parametrize("code", [0, 3, 143])
def test_exit_codes(engine: ProcessEngine, probe: Program, code: int) -> None:
    running = engine.launch(box_of(probe, "exit", str(code)))
    ended = running.exited(20)
    assert ended is not None
    assert (ended.code, ended.signal, ended.oom) == (code, None, False)
    assert running.read_line(20) is None
    with pytest.raises(EngineError, match="has ended"):
        running.usage()
    assert running.stop(0) == ended
    running.remove()


def test_the_log_is_clean(engine: ProcessEngine, tmp_path: Path) -> None:
    program = Program("server", tmp_path / "logs", "python")
    program.folder.mkdir()
    text = "import sys; sys.stderr.write('\\x1b[31mended\\x1b[0m\\n'); sys.exit(4)\n"
    (program.folder / "server.py").write_text(text)
    assert engine.prepare([program], lambda _: None) == {}
    running = engine.launch(box_of(program))
    assert str(running.exited(20)) == "exit code 4"
    assert running.stderr() == "[31mended[0m\n"
    running.remove()
    assert running.stderr() == "[31mended[0m\n"


def test_accounting(engine: ProcessEngine, probe: Program) -> None:
    running = engine.launch(box_of(probe, "serve", "127.0.0.1", str(engine.free_port())))
    assert running.read_line(20) == "READY"
    usage = running.usage()
    assert (usage.processes, usage.threads) == (1, 1)
    assert 0 < usage.rss_bytes < 8 << 20
    assert usage.cpu_ns > 0
    assert str(running.stop(20)) == "exit code 0"
    with pytest.raises(EngineError):
        running.usage()


def test_a_fleet_beside_its_server(engine: ProcessEngine, probe: Program) -> None:
    port = str(engine.free_port())
    server = engine.launch(box_of(probe, "serve", "0.0.0.0", port))  # noqa: S104 - its own network
    assert server.read_line(20) == "READY"
    for host in ("127.0.0.1", "127.0.0.5", "127.200.1.9"):
        fleet = engine.launch(box_of(probe, "call", host, port), beside=server)
        assert fleet.read_line(20) == "answered"
        assert ("net" in fleet.isolation) == ("net" in server.isolation)
        fleet.remove()
    assert server.read_line(20) == "served"
    assert str(server.stop(20)) == "exit code 0"


def test_beside_a_server_that_has_gone(engine: ProcessEngine, probe: Program) -> None:
    server = engine.launch(box_of(probe, "exit", "0"))
    server.exited(20)
    server.remove()
    with pytest.raises(EngineError, match="failed: /proc"):
        engine.launch(box_of(probe, "call", "127.0.0.1", "9000"), beside=server)


def test_python_finds_the_labs_and_little_else(engine: ProcessEngine, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(PYTHON)
    program = Program("server", tmp_path, "python")
    labs = engine._labs
    (labs / "lab.py").write_text("NAME = 'lab.py'\n")
    assert engine.prepare([program], lambda _: None) == {}
    running = engine.launch(box_of(program))
    line = running.read_line(20)
    assert line is not None, running.stderr()
    assert line.startswith("READY lab.py ['HOME', 'LANG', ")
    assert str(running.stop(20)) == "exit code 0"


def test_another_form_of_a_lab_is_another_file(engine: ProcessEngine, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("raise SystemExit")
    (tmp_path / "server_protocol.py").write_text("print('READY port=1 model=other', flush=True)")
    program = Program("server", tmp_path, "python", "protocol")
    absent = Program("server", tmp_path, "python", "streams")
    problems = engine.prepare([program, absent], lambda _: None)
    assert str(problems[absent]) == f"{tmp_path.name}: no server_streams.py in this folder"
    assert engine.launch(box_of(program)).read_line(20) == "READY port=1 model=other"


def test_what_cannot_be_built_is_returned(engine: ProcessEngine, tmp_path: Path) -> None:
    wrong = Program("server", tmp_path / "wrong", "c")
    empty = Program("server", tmp_path, "python")
    wrong.folder.mkdir()
    (wrong.folder / "server.c").write_text("int main(void) { return }\n")
    problems = engine.prepare([wrong, empty], lambda _: None)
    assert isinstance(problems[wrong], BuildError)
    assert "wrong/server.c:1:" in str(problems[wrong])
    assert "no server.py" in str(problems[empty])
    with pytest.raises(EngineError, match="was not prepared"):
        engine.launch(box_of(wrong))


def test_what_is_lacking_is_said(engine: ProcessEngine) -> None:
    environment = engine.environment()
    held = environment["isolation"]
    lacks = environment["lacks"]
    assert isinstance(held, list)
    assert isinstance(lacks, list)
    assert all(line.startswith("process engine: no ") for line in lacks)
    assert len(held) + len([line for line in lacks if "/proc" not in line]) == len(
        EVERYTHING
    ) - 1 - (os.geteuid() != 0)
    assert (engine.free_port() == 9000) == ("net" in held)


def test_without_a_compiler_everything_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, engine = probe_in(tmp_path), engine_in(tmp_path)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    problems = engine.prepare([program], lambda _: None)
    assert "sudo apt-get install gcc" in str(problems[program])
