"""`runner doctor` on this machine, as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.machine.doctor.facts import Docker
from runner.machine.doctor.gather import gather
from runner.paths import ROOT

RUNNER = [sys.executable, "-c", "from runner.cli import main; main()"]
BIG = """\
version: 1
experiments:
  - {id: a, title: t, server: {lab: epoll}, fleet: {idle: 900k, active: 1, sources: 1,
     connections: 1000k},
     limits: {nofile: 1000k}}
"""


def doctor(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUNNER, "doctor", *words], cwd=cwd, capture_output=True, text=True, timeout=60,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )  # fmt: skip


def test_what_blocks_the_spec_is_exit_code_5_with_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text(BIG)
    done = doctor("big.yaml", cwd=tmp_path)
    assert done.returncode == 5, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if "ports for connections" in line
               and line.startswith("blocks"))  # fmt: skip
    assert "1 source addresses" in line
    assert "fleet: {sources: 32}" in done.stdout
    assert "For big.yaml, 5 trials: " in done.stdout
    script = doctor("big.yaml", "--fix-script", cwd=tmp_path, CC="no-such-compiler")
    assert script.stdout.startswith("#!/bin/sh\n")
    assert "\nsudo apt-get install gcc libc6-dev\n" in script.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / "big.yaml"], "nothing was changed"


def test_without_docker_and_compiler_nothing_can_run(tmp_path: Path) -> None:
    done = doctor(cwd=tmp_path, DOCKER_HOST="unix:///nowhere", CC="no-such-compiler")
    assert done.returncode == 5
    assert done.stdout.count("blocks  ") == 2
    assert "sudo apt-get install gcc libc6-dev" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--quick",), "name one"), (("nowhere.yaml",), "nowhere.yaml"), (("--engine", "x"), "--eng")],
)
def test_bad_words_are_one_clear_error(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = doctor(*words, cwd=tmp_path)
    assert (done.returncode, told in done.stderr, done.stdout) == (2, True, ""), done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_tried_is_what_this_kernel_does(tmp_path: Path) -> None:
    facts = gather(tmp_path, Docker("not asked"), ())
    command = [sys.executable, "-m", "runner.machine.doctor.attempt"]
    ran = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    tried = json.loads(ran.stdout)
    assert facts.nofile_max == tried.pop("nofile")
    assert facts.attempts == tried
    assert facts.number("fs.nr_open") == int(Path("/proc/sys/fs/nr_open").read_text())
    assert facts.results_writable
    assert 0 <= facts.steal < 1
    assert facts.cpus


def test_a_results_folder_that_is_not_there_yet_is_looked_for_above(tmp_path: Path) -> None:
    found = gather(tmp_path / "not" / "yet", Docker("not asked"), ())
    assert found.results_writable
    assert (found.results_free or 0) > 0
    (tmp_path / "file").write_text("")
    assert not gather(tmp_path / "file" / "below", Docker("not asked"), ()).results_writable
