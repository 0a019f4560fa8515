"""Own servers that run already: only their owner drives them, and what is not seen is said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.cli.exit_codes import Exit
from runner.cli.targets import FILE
from runner.paths import LABS
from runner.results import config
from tests.cli.inside import told
from tests.labs.servers import free_port

SPEC = """\
version: 1
defaults: {repeat: 1, max_repeat: 1, warmup: 20ms, duration: 50ms, disturbance: 100%, budget: 0s}
servers:
  target: {connect: "ADDRESS"}
experiments:
  - id: target
    title: A server that runs already
    measure: ceiling
    server: {lab: [epoll, target]}
    fleet: {connections: 120}
    expect:
      - {metric: served, of: {}, equals: 120}
      - {metric: threads, of: {lab: target}, equals: 1}
      - {ratio: memory_per_connection, of: {lab: target}, to: {lab: epoll}, at_most: 10}
"""


def typed(folder: Path, address: str, *words: str) -> tuple[int, str]:
    spec = folder / "spec.yaml"
    spec.write_text(SPEC.replace("ADDRESS", address), encoding="utf-8")
    done = told("run", str(spec), "--results", str(folder / "results"), *words)
    return done.code, " ".join(done.all.split())


@pytest.fixture
def running() -> Iterator[str]:
    """The address of a server that the runner did not start."""
    port = free_port()
    words = [sys.executable, str(LABS / "epoll/server.py")]
    env = {"PORT": str(port), "PYTHONPATH": str(LABS), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("READY")
        yield f"127.0.0.1:{port}"
        server.terminate()


@pytest.mark.parametrize("engine", ["process", pytest.param("docker", marks=pytest.mark.docker)])
def test_it_stands_beside_a_lab_and_says_what_is_not_seen(
    tmp_path: Path, running: str, engine: str
) -> None:
    code, said = typed(tmp_path, running, "--i-own-this-target", "--engine", engine)
    assert code == Exit.NOTHING_RAN, said
    report = told("report", "--results", str(tmp_path / "results"), "-o", "json=-").out
    verdicts = [
        (each["outcome"], each["findings"][0]["reason"]) for each in json.loads(report)["verdicts"]
    ]
    reason = f"is not seen: the server at {running} runs outside of the runner's boxes"
    assert verdicts == [
        ("PASS", ""),
        ("SKIP", f"threads {reason}"),
        ("SKIP", f"memory_per_connection {reason}"),
    ]


def test_without_the_owner_s_word_nothing_is_sent(tmp_path: Path) -> None:
    code, said = typed(tmp_path, "127.0.0.1:9")
    assert code == Exit.USAGE
    assert "127.0.0.1:9: a load generator can harm a server; type --i-own-this-target" in said
    assert not (tmp_path / "results").exists()


def test_another_machine_must_be_declared_by_the_user(tmp_path: Path) -> None:
    code, said = typed(tmp_path, "192.0.2.7:80", "--i-own-this-target")
    folder = config()
    assert code == Exit.USAGE
    assert folder is not None
    assert f"write the line 192.0.2.7 into {folder / FILE}" in said
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text("# mine\n192.0.2.7  # the test network\n", encoding="utf-8")
    code, said = typed(tmp_path, "192.0.2.7:80", "--i-own-this-target", "--filter", "none")
    (folder / FILE).unlink()
    assert "write the line" not in said


def test_where_nothing_listens_that_is_said(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    words = ("--i-own-this-target", "--engine", "process", "--filter", "target/lab=target*")
    code, said = typed(tmp_path, address, *words)
    assert code == Exit.FAILED
    assert f"nothing listens at {address}: start the server first" in said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (
            "measure: trace",
            "'target' is an address, whose processes are not observed; it can be in",
        ),
        ("measure: conformance", "'target' is no folder, and only a folder keeps the contract"),
    ],
)
def test_what_needs_its_processes_is_refused(tmp_path: Path, key: str, said: str) -> None:
    spec = tmp_path / "spec.yaml"
    head = SPEC.replace("ADDRESS", "127.0.0.1:9").partition("    measure:")[0]
    text = f"{head}    {key}\n    server: {{lab: [epoll, target]}}\n"
    spec.write_text(text, encoding="utf-8")
    done = told("validate", str(spec))
    assert done.code == Exit.USAGE
    assert said in done.all
