"""action.yml: its shell steps are run, as GitHub runs them, on a real run of a small spec."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from runner.paths import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
DEFAULTS = {name: about["default"] for name, about in ACTION["inputs"].items()}
SPEC = """\
version: 1
defaults: {repeat: 1, warmup: 0s, duration: 100ms, disturbance: 100%, budget: 20s}
experiments:
  - id: small
    title: Does every byte come back?
    server: {lab: poll}
    expect: [{metric: errors, of: {}, at_most: 0}]
"""


def value(text: str, context: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: context[found[1]], text)


def run_step(
    name: str,
    folder: Path,
    inputs: dict[str, str],
    outputs: dict[str, str],
    more: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """A step with its own environment, in the shell that GitHub uses for `shell: bash`."""
    context = {f"inputs.{key}": each for key, each in (DEFAULTS | inputs).items()}
    context |= {"github.action_path": str(ROOT)}
    context |= {f"steps.run.outputs.{key}": each for key, each in outputs.items()}
    step = STEPS[name]
    assert step["shell"] == "bash"
    env = {key: value(each, context) for key, each in step["env"].items()}
    own = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder, env=own | env | dict(more), capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip


def outputs_of(folder: Path) -> dict[str, str]:
    lines = (folder / "output").read_text().splitlines()
    return {key: text for key, _, text in (line.partition("=") for line in lines)}


def test_a_job_measures_and_reports(tmp_path: Path) -> None:
    (tmp_path / "small file.yaml").write_text(SPEC)
    inputs = {"spec": "small file.yaml", "options": "--quiet --seed 7"}
    doctor = run_step("doctor", tmp_path, inputs, {})
    assert doctor.returncode == 0, doctor.stdout
    assert "small file.yaml, 1 trials" in doctor.stdout
    ran = run_step("run", tmp_path, inputs, {})
    assert ran.returncode == 0, ran.stderr
    outputs = outputs_of(tmp_path)
    assert outputs["exit-code"] == "0", ran.stdout
    assert (tmp_path / outputs["run"] / "run.json").is_file()
    assert "Does every byte come back?" in (tmp_path / "summary.md").read_text()
    assert run_step("verdict", tmp_path, inputs, outputs).returncode == 0


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Those of the tests, but not the checkout, which is installed among them for editing."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "iolab" not in path.name and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def test_the_lab_is_installed_from_the_actions_own_checkout(tmp_path: Path, packages: Path) -> None:
    """Only the index is missing: what pip would fetch from it is there already."""
    sudo = tmp_path / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/typed"\n')
    sudo.chmod(0o755)
    offline = {
        "PATH": f"{sudo.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "temp of the job"),
        "GITHUB_PATH": str(tmp_path / "path"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # so pip spells "without": its parser inverts the word
        "PYTHONPATH": str(packages),
    }
    done = run_step("install", tmp_path, {"packages": "strace  liburing-dev"}, {}, offline)
    assert done.returncode == 0, done.stderr
    typed = (tmp_path / "typed").read_text().splitlines()
    assert typed[-1].endswith("install -y -qq --no-install-recommends strace liburing-dev")
    (added,) = (tmp_path / "path").read_text().splitlines()
    where = subprocess.run(
        [Path(added, "iolab"), "where", "labs"], cwd=tmp_path, env=offline,
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout.strip()  # fmt: skip
    assert where.startswith(str(tmp_path / "temp of the job")), "not the checkout's"
    assert Path(where, "epoll", "server.c").is_file()


def test_a_spec_that_is_none_fails_the_job(tmp_path: Path) -> None:
    inputs = {"spec": "missing.yaml", "options": ""}
    assert run_step("run", tmp_path, inputs, {}).returncode == 0, "the step verdict decides"
    outputs = outputs_of(tmp_path)
    assert outputs == {"exit-code": "2", "run": ""}
    assert run_step("verdict", tmp_path, inputs, outputs).returncode == 2


@pytest.mark.parametrize(
    ("code", "inconclusive", "ends"),
    [
        (0, "pass", 0),
        (1, "pass", 1),
        (3, "pass", 3),
        (4, "pass", 0),
        (4, "fail", 4),
        (5, "pass", 5),
        (6, "fail", 6),
    ],
)
def test_what_an_exit_code_means_for_the_job(
    tmp_path: Path, code: int, inconclusive: str, ends: int
) -> None:
    inputs, outputs = {"inconclusive": inconclusive}, {"exit-code": str(code)}
    done = run_step("verdict", tmp_path, inputs, outputs)
    assert done.returncode == ends
    assert done.stdout + done.stderr


def test_no_input_can_be_a_command() -> None:
    """An expression in a script is text of the script: whoever sets the input writes commands."""
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
    for name, about in ACTION["inputs"].items():
        assert about["description"], name
        assert f"inputs.{name}" in (ROOT / "action.yml").read_text(), name
