"""Tab in a real bash: what it offers for a lab, a spec, an experiment, a run, a claim."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.paths import LABS

BIN = Path(sys.executable).parent
TAB = """\
eval "$(runner completion bash)"
press() {{ COMP_WORDS=(runner "$@"); COMP_CWORD=$#; COMPREPLY=(); _runner_completion runner 2>&1
    (IFS=,; echo "${{COMPREPLY[*]}}"); }}
{}
"""


def pressed(folder: Path, *lines: str) -> list[list[str]]:
    """For each line of words, the last of which may be unfinished, what bash would offer."""
    typed = "\n".join(f"press {line}" for line in lines)
    done = subprocess.run(
        ["bash", "--norc", "-c", TAB.format(typed)],
        cwd=folder, capture_output=True, text=True, timeout=100, check=False,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [line.split(",") if line else [] for line in done.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with two runs and a spec of the user's own."""
    for name in ("20260101-120000-aa", "20260102-120000-bb"):
        run = tmp_path / "results" / name
        run.mkdir(parents=True)
        (run / "run.json").write_text("{}")
    (tmp_path / "my_server").mkdir()
    (tmp_path / "my_server" / "server.c").write_text("int main(void) { return 0; }\n")
    spec = """\
version: 1
servers:
  epigone: {folder: my_server}
experiments:
  - {id: mine-first, title: t, server: {lab: [epigone]}}
  - {id: mine-again, title: t, server: {lab: [epigone, epoll], language: [c]}}
"""
    (tmp_path / "mine.iolab.yaml").write_text(spec)
    return tmp_path


def test_names_that_only_this_folder_knows(folder: Path) -> None:
    command, lab, run, experiment, spec = pressed(
        folder, "tra", "trace ep", "show 2026", "run --filter mine", "validate mi"
    )
    assert command == ["trace"]
    assert lab == ["epigone", "epoll", "epoll_et", "epoll_threads"]
    assert run == ["20260102-120000-bb", "20260101-120000-aa"], "the newest first"
    assert experiment == ["mine-first", "mine-again"]
    assert spec == ["mine.iolab.yaml"]


def test_names_that_come_with_the_lab(tmp_path: Path) -> None:
    experiments, specs, claims, assignments, options = pressed(
        tmp_path,
        "run experiments.yaml --filter idle",
        "run labs/u",
        "claims c2",
        "grade select",
        "run --qu",
    )
    assert experiments == ["idle-sweep"]
    assert specs == ["labs/uring.yaml"]
    assert claims == ["C2", "C20", "C21", "C22"]
    assert assignments == ["select-echo"]
    assert options == ["--quick", "--quiet"]


def test_a_spec_that_cannot_be_read_offers_nothing(tmp_path: Path) -> None:
    (tmp_path / "experiments.yaml").write_text("version: [")
    assert pressed(tmp_path, "run --filter id", "trace selec") == [[], ["select"]]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_another_shell_is_read_by_it(shell: str) -> None:
    done = subprocess.run(
        [BIN / "iolab", "completion", shell], capture_output=True, text=True, timeout=60, check=True
    )
    for command in ("iolab", "runner"):
        assert f"_{command.upper()}_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell) is None:
        return
    read = subprocess.run([shell, "-n"], input=done.stdout, text=True, timeout=60, check=False)
    assert read.returncode == 0


def test_every_name_of_a_lab_is_offered(tmp_path: Path) -> None:
    (offered,) = pressed(tmp_path, 'trace ""')
    servers = {path.parent.name for path in LABS.glob("*/server*.*")}
    assert set(offered) == servers
    assert {"epoll", "aplay", "io_uring"} <= servers
