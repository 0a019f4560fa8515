"""A run that was measured is sealed and reported, whatever becomes of the terminal or the judge."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner import interrupt
from runner.cli import ending
from runner.cli.outputs import parse_outputs
from runner.cli.terminal import tell
from runner.paths import ROOT
from runner.plan import Plan
from runner.results import Journal, latest, read_manifest
from runner.session import Session
from runner.spec import load
from tests.cli.inside import told
from tests.runs.strange import made
from tests.runs.test_format import FORMAT_1

RUNNER = [sys.executable, "-c", "from runner.cli import main; main()"]
SPEC = """\
version: 1
experiments:
  - id: one
    title: A run of one trial
    measure: ceiling
    server: {lab: epoll}
    limits: {nofile: 256}
    repeat: 1
    expect:
      - {metric: limit, of: {}, equals: EMFILE}
"""
RUN = ("run", "one.yaml", "--engine", "process", "--quiet")


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "one.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def ended(
    cwd: Path, *words: str, stdout: int, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        [*RUNNER, *words], cwd=cwd, stdout=stdout, stderr=subprocess.PIPE, env=whole, check=False,
        timeout=110,
    )  # fmt: skip


def gone() -> int:
    """A pipe whose reader went away."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full() -> int:
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.parametrize(
    ("made_stdout", "code", "last"),
    [(gone, 0, ""), (full, 3, "runner: cannot write to stdout: No space left on device")],
    ids=["closed", "full"],
)
def test_a_run_is_sealed_before_it_is_printed(
    spec: Path, made_stdout: Callable[[], int], code: int, last: str
) -> None:
    stdout = made_stdout()
    done = ended(spec.parent, *RUN, stdout=stdout)
    os.close(stdout)
    assert (done.returncode, done.stderr.decode().strip()) == (code, last)
    manifest = read_manifest(latest(spec.parent / "results"))
    assert manifest is not None
    assert manifest.complete
    assert "table.txt" in manifest.reports
    listed = told("list", "--results", str(spec.parent / "results"))
    assert "complete" in listed.out


def test_a_report_that_cannot_be_written_ends_the_run_before_it_begins(spec: Path) -> None:
    (spec.parent / "folder").mkdir()
    for target in ("folder", "one.yaml/x.json"):
        done = ended(spec.parent, *RUN, "-o", f"json={target}", stdout=subprocess.DEVNULL)
        assert done.returncode == 3
        assert b"cannot write " in done.stderr
        assert not (spec.parent / "results").exists(), "nothing was begun"
    done = ended(spec.parent, *RUN, "-o", "json=/dev/full", stdout=subprocess.DEVNULL)
    assert (done.returncode, b"cannot write /dev/full" in done.stderr) == (3, True)
    manifest = read_manifest(latest(spec.parent / "results"))
    assert manifest is not None
    assert manifest.complete


def test_trying_a_report_s_file_changes_none(tmp_path: Path) -> None:
    from runner.cli.outputs import require_writable

    there = tmp_path / "there.json"
    there.write_text("kept")
    os.mkfifo(tmp_path / "fifo")
    names = ("there.json", "new.json", "fifo", "sub/new.json")
    require_writable(parse_outputs([f"json={tmp_path / name}" for name in names]))
    assert there.read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "sub", "there.json"]


def test_a_full_stdout_is_one_line_and_exit_3_without_help_from_python(tmp_path: Path) -> None:
    shutil.copytree(FORMAT_1, tmp_path / "run")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    env["PYTHONPATH"] = str(ROOT)
    with Path("/dev/full").open("w") as stdout:
        done = subprocess.run([*RUNNER, "report", "run"], cwd=tmp_path, stdout=stdout, check=False,
                              stderr=subprocess.PIPE, env=env)  # fmt: skip
    said = done.stderr.decode().splitlines()
    assert done.returncode == 3, said
    assert said[-1] == "runner: cannot write to stdout: No space left on device"
    assert not [line for line in said if "Exception ignored" in line or "Traceback" in line]


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LANG": "C", "LC_ALL": ""},
    ],
    ids=str,
)
def test_a_terminal_that_knows_few_characters_shows_the_others_as_marks(
    tmp_path: Path, env: dict[str, str]
) -> None:
    shutil.copytree(FORMAT_1, tmp_path / "run")
    for command in ("show", "report") if "PYTHONIOENCODING" in env else ("report",):
        done = ended(tmp_path, command, "run", stdout=subprocess.PIPE, env=env)
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 4)
        assert b"4 trials" in done.stdout
        if "PYTHONIOENCODING" in env:
            done.stdout.decode(env["PYTHONIOENCODING"])
            assert b"\xe2" not in done.stdout, "no UTF-8 where it would be taken for other signs"


def test_standard_streams_that_are_closed_lend_their_numbers_to_no_file(tmp_path: Path) -> None:
    shutil.copytree(FORMAT_1, tmp_path / "run")
    command = ["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", *RUNNER, "report", "run"]
    done = subprocess.run(command, cwd=tmp_path, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.returncode in (0, 4)
    assert (tmp_path / "run" / "table.txt").read_text().count("4 trials") == 1
    trials = (tmp_path / "run" / "trials.jsonl").read_bytes()
    assert trials == (FORMAT_1 / "trials.jsonl").read_bytes()


@pytest.fixture
def measured(tmp_path: Path) -> Session:
    folder = made(tmp_path)
    suite = load(folder.path / "effective.yaml", recorded=True)
    journal = Journal(folder, 1, print)
    return Session(suite, Plan((), 0, quick=False), folder, journal, folder.hold(), tell)


def test_a_judge_that_fails_leaves_a_sealed_run_and_says_where(
    measured: Session,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = measured.folder

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("runner.judge.verdicts", fail)
    with pytest.raises(ZeroDivisionError):
        ending.finish(measured, [], None)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.complete
    assert f"type: runner report {folder.path}" in capsys.readouterr().err


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), RuntimeError("the lab's")], ids=repr)
def test_what_was_measured_before_the_end_is_sealed_as_incomplete_and_reported(
    measured: Session,
    stopped: BaseException,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = measured.folder
    if isinstance(stopped, KeyboardInterrupt):
        assert ending.finish(measured, [], stopped) == 130
    else:
        with pytest.raises(RuntimeError, match="the lab's"):
            ending.finish(measured, [], stopped)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert not manifest.complete
    assert "report.json" in manifest.reports
    out, err = capsys.readouterr()
    assert "What do idle connections cost?" in out
    assert f"type: runner run --resume {folder.path}" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_run_is_sealed_counts_when_it_is(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(number)
    monkeypatch.setattr(interrupt, "_signalled", False)
    done: list[str] = []

    def seal() -> None:
        with interrupt.shielded():
            os.kill(os.getpid(), number)
            done.append("sealed")

    if before is signal.SIG_IGN:  # as under nohup
        signal.signal(number, signal.SIG_DFL)
    try:
        interrupt.listen()
        with pytest.raises(KeyboardInterrupt):
            seal()
    finally:
        signal.signal(number, before)
    assert done == ["sealed"]


NOBODY = """
import os, pwd
def none(_uid):
    raise KeyError("uid not found")
pwd.getpwuid = none
for name in ("HOME", "XDG_CONFIG_HOME", "LOGNAME", "USER"):
    os.environ.pop(name, None)
from runner.cli import main
main()
"""


def test_a_user_without_a_home_and_without_a_name_runs_all_the_same(spec: Path) -> None:
    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", NOBODY, *words], cwd=spec.parent, check=False, text=True,
            capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    ran = typed("run", "one.yaml", "--engine", "process", "--repeat", "1")
    assert ran.returncode == 0, ran.stderr
    assert "further repeats" not in ran.stderr, "--repeat says how many there are"
    assert "not signed: this user has no home for a key; set XDG_CONFIG_HOME" in ran.stderr
    assert "complete" in typed("list").stdout
    assert typed("report").returncode == 0
    assert typed("verify", "--allow-unsigned").returncode == 0
    verified = typed("verify")
    assert (verified.returncode, "--allow-unsigned" in verified.stderr) == (6, True)
