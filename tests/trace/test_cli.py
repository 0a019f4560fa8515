"""`runner trace` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.cli import cli
from runner.cli.exit_codes import Exit
from runner.engine.process import ProcessEngine
from tests.trace.servers import MUTANTS


def run(*words: str) -> tuple[object, str, str]:
    """The return value (or the exception), stdout, stderr."""
    done = CliRunner().invoke(cli, ["trace", *words], standalone_mode=False)
    return done.exception or done.return_value, done.stdout, done.stderr


def test_a_strangers_folder_is_traced_and_written(engine: ProcessEngine, tmp_path: Path) -> None:
    del engine  # skips where there is no tracer
    figure, data = tmp_path / "new" / "mine.svg", tmp_path / "mine.json"
    code, out, _ = run(
        str(MUTANTS / "select_is_poll"), "--engine", "process", "--watched", "3",
        "--svg", str(figure), "--json", str(data),
    )  # fmt: skip
    assert code == Exit.OK
    assert out.startswith("select_is_poll (c): poll\n")
    assert figure.read_text().startswith("<svg")
    trace = json.loads(data.read_text())["traces"][0]
    assert trace["metrics"]["model"] == "poll"
    assert trace["metrics"]["switches_per_request"] > 0
    assert trace["conversation"]["watched"] == 3
    assert trace["accounting"]["idle_cpu"] < 0.5
    assert len(data.read_text()) < 50_000


def test_coroutines_take_turns_in_one_thread(engine: ProcessEngine) -> None:
    del engine
    code, out, _ = run("aecho", "--engine", "process", "--watched", "3", "--coroutines")
    assert code == Exit.OK
    assert "ran on 1 thread" in out
    assert "1 other coroutine ran" in out
    assert "the thread never blocked" in out


def test_what_does_not_echo_is_said_to_be_at_fault(engine: ProcessEngine, tmp_path: Path) -> None:
    del engine
    folder = tmp_path / "deaf"
    folder.mkdir()
    (folder / "server.py").write_text(
        "import lab\nlistener = lab.open_listener(blocking=True)\n"
        "lab.say_ready(listener, 'deaf')\nclient, _ = listener.accept()\n"
        "client.recv(100)\nclient.send(b'B99-hello')\nclient.recv(100)\n"
    )
    code, _, err = run(str(folder), "--engine", "process")
    assert code == Exit.FAILED
    assert "deaf (python): the server replied 'B99-hello' to '" in err


def test_a_server_that_waits_for_a_newline_is_told_that_none_comes(
    engine: ProcessEngine, tmp_path: Path
) -> None:
    del engine
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "server.py").write_text(
        "import lab\nlistener = lab.open_listener(blocking=True)\n"
        "lab.say_ready(listener, 'lines')\nclient, _ = listener.accept()\n"
        "with client.makefile('rwb') as file:\n    file.write(file.readline())\n"
    )
    code, _, err = run(str(folder), "--engine", "process")
    assert code == Exit.FAILED
    assert "client A got no reply within 3 s; it sent '" in err
    assert "without a newline" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["selct"], "selct: no lab and no folder of that name; did you mean 'select'?"),
        (["./labs"], "./labs: none of server.c, server.py, Dockerfile is in labs"),
        (["aecho", "--language", "c"], "aecho: no server.c; type --language python"),
        (["select", "--coroutines"], "select (c) has none; type --language python"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(
    words: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.paths import ROOT

    monkeypatch.chdir(ROOT)
    error, _, _ = run(*words)
    assert told in str(error)


def test_without_strace_it_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    found = shutil.which

    def nowhere(name: str) -> str | None:
        return None if name == "strace" else found(name)

    monkeypatch.setattr(shutil, "which", nowhere)
    error, _, _ = run("select", "--engine", "process")
    assert str(error) == "no strace; type: sudo apt-get install strace"


def test_another_form_of_a_lab_is_named_as_in_a_spec() -> None:
    from runner.cli.subject import program_of

    program = program_of("asyncio/protocol", None)
    assert program.source.name == "server_protocol.py"
    assert program_of("asyncio", None).source.name == "server.py"
