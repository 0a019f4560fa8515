"""A stranger's folder where nothing confines it, and a machine that can compile nothing."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.cli import cli, engines
from runner.cli.exit_codes import Exit
from runner.engine.process import ProcessEngine
from runner.paths import ROOT

RUNNER = [sys.executable, "-c", "from runner.cli import main; main()"]
SPEC = """\
version: 1
defaults: {repeat: 1, max_repeat: 1, warmup: 20ms, duration: 50ms, disturbance: 100%, budget: 20s}
experiments:
  - id: only
    title: Does it run?
    server: {lab: LAB, language: [c]}
    fleet: {active: 1}
    limits: {nofile: 256}
    expect:
      - {metric: errors, of: {}, at_most: 0}
"""


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    without = ("user", "mount", "pid", "uid", "account")
    monkeypatch.setattr(engines, "ProcessEngine", partial(ProcessEngine, without=without))


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A spec with labs beside it; when their server is compiled or run, that shows."""
    folder = tmp_path / "labs" / "mine"
    folder.mkdir(parents=True)
    (folder / "server.c").write_text("#error it is compiled\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.replace("LAB", "mine"), encoding="utf-8")
    return spec


def typed(*words: str, cwd: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[object, str]:
    """The return value, or what is raised; and all that is said."""
    monkeypatch.chdir(cwd)
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    return done.exception or done.return_value, f"{done.output}{done.exception or ''}"


@pytest.mark.usefixtures("poor")
@pytest.mark.parametrize("command", ["run", "trace"])
def test_a_strangers_folder_asks_for_trust(
    stranger: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    what = stranger if command == "run" else stranger.parent / "labs" / "mine"
    words = [command, str(what), "--engine", "process"]
    refused, said = typed(*words, cwd=stranger.parent, monkeypatch=monkeypatch)
    assert getattr(refused, "exit_code", None) == Exit.USAGE
    assert f"{stranger.parent}/labs/mine: not a folder of labs/, and this machine cannot" in said
    assert "it could read the files of this user, keys among them" in said
    assert "Type --trust if the folder is yours" in said
    assert "it is compiled" not in said
    code, said = typed(*words, "--trust", cwd=stranger.parent, monkeypatch=monkeypatch)
    assert code == Exit.FAILED
    assert "it is compiled" in said


@pytest.mark.usefixtures("poor")
def test_our_own_labs_run_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "own.yaml"
    spec.write_text(SPEC.replace("LAB", "epoll"), encoding="utf-8")
    code, said = typed(
        "run", str(spec), "--engine", "process", cwd=tmp_path, monkeypatch=monkeypatch
    )
    assert code in (Exit.OK, Exit.INCONCLUSIVE), said


def test_a_strangers_folder_is_confined_where_that_is_possible(
    stranger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ProcessEngine()
    engine.prepare([], lambda _: None)
    if engine.exposed():
        pytest.skip(f"A STRANGER WAS NOT CONFINED: this machine grants less: {engine.exposed()}")
    words = ["run", str(stranger), "--engine", "process"]
    code, said = typed(*words, cwd=stranger.parent, monkeypatch=monkeypatch)
    assert code == Exit.FAILED
    assert "it is compiled" in said


@pytest.mark.parametrize("words", [["run"], ["trace", "epoll"]])
def test_without_a_compiler_the_missing_thing_is_named(stranger: Path, words: list[str]) -> None:
    """And what to type: exit code 5, not a fault of the lab."""
    spec = [str(stranger)] if words == ["run"] else []
    empty = stranger.parent / "empty"
    empty.mkdir()
    done = subprocess.run(
        [*RUNNER, *words, *spec, "--engine", "process"],
        cwd=stranger.parent, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": str(empty), "HOME": str(stranger.parent), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == Exit.NOTHING_RAN, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last == "runner: missing: no C compiler; type: sudo apt-get install gcc libc6-dev"
    assert not (stranger.parent / "results").exists()
