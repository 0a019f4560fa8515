"""Hosts that share one daemon: three workers of one machine, each with containers of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import docker
import pytest

from runner.paths import LABS, ROOT
from tests.cluster.lab import until
from tests.cluster.test_local import runner
from tests.faults.runs import RUNNER

pytestmark = [pytest.mark.docker, pytest.mark.slow]
SPEC = """\
version: 1
defaults: {repeat: 1, budget: 0s, disturbance: 100%, warmup: 20ms, duration: 1500ms}
servers:
  mine: {folder: mine}
  built: {build: built}
experiments:
  - id: contained
    title: Do servers that were sent to hosts serve in containers?
    server: {lab: [poll, mine, built], language: [c]}
    fleet: {active: 1, loop: open, rate: 20}
"""
DOCKERFILE = 'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n'


def lay(folder: Path) -> None:
    for name in ("mine", "built"):
        (folder / name).mkdir()
    shutil.copy(LABS / "epoll" / "server.c", folder / "mine")
    sources = [LABS / "epoll" / "server.c", LABS / "lab.c"]
    program = folder / "built" / "program"
    subprocess.run(["cc", "-static", "-O1", f"-I{LABS}", "-o", program, *sources], check=True)
    (folder / "built" / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")


def test_hosts_share_a_daemon_and_clean_takes_nothing_from_a_run(tmp_path: Path) -> None:
    lay(tmp_path)
    client = docker.from_env()

    def containers() -> list[str]:
        labelled = client.api.containers(all=True, filters={"label": "iolab.label"})
        labels = [each["Labels"]["iolab.label"] for each in labelled]
        return [label for label in labels if label.startswith("contained/")]

    with subprocess.Popen(
        [*RUNNER, "run", "spec.yaml", "--engine", "docker", "--cluster", "local:3", "--trust"],
        cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as run:  # fmt: skip
        until(lambda: len(containers()) >= 2 or run.poll() is not None, "two containers")
        cleaned = runner("clean", "--cluster", "local:1", cwd=tmp_path)
        _, err = run.communicate(timeout=110)
    assert cleaned.returncode == 0, cleaned.stderr
    assert run.returncode in (0, 4), err
    (folder,) = (tmp_path / "results").iterdir()
    trials = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    assert {each["status"] for each in trials} <= {"OK", "INVALID"}, err
    assert {each["cell"]["lab"] for each in trials} == {"poll", "mine", "built"}
    assert containers() == []
    client.close()


def test_the_daemon_of_no_host_builds_without_trust(tmp_path: Path) -> None:
    lay(tmp_path)
    done = runner("run", "spec.yaml", "--engine", "docker", "--cluster", "local:3", cwd=tmp_path)
    assert done.returncode == 2
    assert "Type --trust if it is yours" in done.stderr
