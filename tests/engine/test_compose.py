"""docker-compose.yml: valid for both generations of Compose, safe, and it works by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.engine.docker import DockerEngine
from runner.engine.images import write_env
from runner.paths import ROOT

FILE = ROOT / "docker-compose.yml"
LABS = ("blocking", "thread", "select", "poll", "epoll")
SERVERS = {name for lab in LABS for name in (lab, f"{lab}-python")}
PROJECT = f"iolabtest{os.getpid()}"


def available(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(params=[("docker-compose",), ("docker", "compose")], ids=" ".join)
def compose(request: pytest.FixtureRequest) -> tuple[str, ...]:
    command: tuple[str, ...] = request.param
    if not available(command):
        pytest.skip(f"`{' '.join(command)}` is not installed")
    return command


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / "env"
    write_env(path)
    return path


def run(compose: tuple[str, ...], env: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*compose, "-p", PROJECT, "-f", str(FILE), "--env-file", str(env), *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("IOLAB_")}
    return subprocess.run(
        command, env=clean, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
    return found


def test_it_is_valid_and_has_every_lab_in_both_languages(
    compose: tuple[str, ...], env: Path
) -> None:
    checked = run(compose, env, "config", "--services")
    assert checked.returncode == 0, checked.stderr
    assert set(checked.stdout.split()) == SERVERS | {"fleet"}
    assert "warning" not in checked.stderr.lower()


def test_before_make_setup_it_says_what_to_type(compose: tuple[str, ...], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    refused = run(compose, empty, "config")
    assert refused.returncode != 0
    assert "make setup" in refused.stderr


def test_nothing_is_published_to_the_world_and_no_port_twice(
    services: dict[str, dict[str, Any]],
) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports)) == len(SERVERS)
    assert all(re.fullmatch(r"127\.0\.0\.1:9[01]0\d:9000", port) for port in ports)


def test_all_services_are_held_as_in_a_measured_box(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["user"] == "65534:65534", name
        assert service["ulimits"]["nofile"]["hard"], name
        assert re.fullmatch(r"\$\{IOLAB_[A-Z_]+_IMAGE:\?type make setup\}", service["image"]), name
        if name in SERVERS:
            assert service["stop_signal"] == "SIGTERM", name


def test_the_images_it_names_are_written_by_setup(
    services: dict[str, dict[str, Any]], env: Path
) -> None:
    written = {line.partition("=")[0] for line in env.read_text().splitlines()}
    asked = {re.findall(r"\w+", service["image"])[0] for service in services.values()}
    assert asked <= written


@pytest.fixture
def up(compose: tuple[str, ...], env: Path, docker_engine: DockerEngine) -> Iterator[None]:
    assert docker_engine.name == "docker", "its images are there"
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 9003)) == 0:
            pytest.skip("somebody listens on port 9003 of this machine")
    try:
        started = run(compose, env, "up", "-d", "select")
        assert started.returncode == 0, started.stderr
        yield
    finally:
        stopped = run(compose, env, "down", "--volumes", "--remove-orphans")
        assert stopped.returncode == 0, stopped.stderr


@pytest.mark.docker
@pytest.mark.slow
def test_up_select_and_a_fleet_that_drives_it(
    compose: tuple[str, ...], env: Path, up: None
) -> None:
    assert up is None
    driven = run(
        compose, env, "run", "--rm", "fleet",
        "--connect", "select:9000", "--active", "5", "--warmup", "10ms", "--duration", "100ms",
    )  # fmt: skip
    assert driven.returncode == 0, driven.stderr
    events = [json.loads(line) for line in driven.stdout.splitlines() if line.startswith("{")]
    assert events[-1]["event"] == "result"
    assert events[-1]["requests"] > 0
    assert "READY port=9000 model=select" in run(compose, env, "logs", "select").stdout
    with socket.create_connection(("127.0.0.1", 9003), timeout=10) as client:
        client.sendall(b"hello")
        client.settimeout(10)
        assert client.recv(5) == b"hello"
