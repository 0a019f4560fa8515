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
from unittest.mock import patch

import docker
import pytest
import yaml

from runner.engine.banner import needs
from runner.engine.box import Box, Nofile, Program
from runner.engine.compile import binary
from runner.engine.docker import DockerEngine
from runner.engine.docker.limits import container_options
from runner.engine.docker.ways import Ways
from runner.engine.images import write_env
from runner.measure import FLEET_PROGRAM
from runner.paths import CACHE, LABS, ROOT, SECCOMP_PROFILE

FILE = ROOT / "docker-compose.yml"
PROJECT = f"iolabtest{os.getpid()}"
KNOWN = {
    "cap_drop", "command", "entrypoint", "environment", "image", "mem_limit", "pids_limit", "ports",
    "read_only", "security_opt", "stop_signal", "tmpfs", "ulimits", "user",
}  # fmt: skip
"""Keys that mean the same to Compose v1 and in v2's specification, `deploy` and its like do not."""


def servers() -> dict[str, Program]:
    """By the name of its service: a lab's own in C, `-python` for the twin; a lab that is in Python
    alone needs no ending, and a form has the lab's name before it."""
    found = {}
    for source in sorted(LABS.glob("*/server*.*")):
        lab, form = source.parent.name, source.stem.removeprefix("server").removeprefix("_")
        if source.suffix == ".c":
            found[lab] = Program("server", source.parent, "c")
        elif source.suffix == ".py":
            twin = "-python" if (source.parent / "server.c").exists() else ""
            name = f"{lab}-{form}" if form else f"{lab}{twin}"
            found[name] = Program("server", source.parent, "python", form)
    return found


SERVERS = servers()


def available(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(params=[("docker-compose",), ("docker", "compose")], ids=" ".join)
def compose(request: pytest.FixtureRequest) -> tuple[str, ...]:
    command: tuple[str, ...] = request.param
    if not available(command):
        pytest.skip(f"docker-compose.yml WAS NOT TRIED: `{' '.join(command)}` is not installed")
    return command


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / "env"
    write_env(path)
    return path


def run(compose: tuple[str, ...], env: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """From another folder than the project's: nothing may depend on where one happens to be."""
    command = [*compose, "-p", PROJECT, "-f", str(FILE), "--env-file", str(env), *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("IOLAB_")}
    return subprocess.run(
        command, env=clean, cwd=env.parent, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
    return found


def test_there_is_every_lab_in_every_language_and_form(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {*SERVERS, "fleet"}
    for name, program in SERVERS.items():
        variable = program.folder.name.upper() + ("_PYTHON" if program.language == "python" else "")
        assert services[name]["image"] == f"${{IOLAB_{variable}_IMAGE:?type make images}}"
        started = ["python3", f"/labs/server/{program.server.name}"] if program.form else None
        assert services[name].get("entrypoint") == started


def test_it_is_valid(compose: tuple[str, ...], env: Path) -> None:
    checked = run(compose, env, "config", "--services")
    assert checked.returncode == 0, checked.stderr
    assert set(checked.stdout.split()) == {*SERVERS, "fleet"}
    assert "warning" not in checked.stderr.lower()


def test_it_uses_what_both_generations_understand(services: dict[str, dict[str, Any]]) -> None:
    assert {key for service in services.values() for key in service} <= KNOWN
    top = yaml.safe_load(FILE.read_text())
    assert {key for key in top if not key.startswith("x-")} == {"services"}


def test_before_make_images_it_says_what_to_type(compose: tuple[str, ...], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    refused = run(compose, empty, "config")
    assert refused.returncode != 0
    assert "make images" in refused.stderr


def test_nothing_is_published_to_the_world_and_no_port_twice(
    services: dict[str, dict[str, Any]],
) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports)) == len(SERVERS)
    assert all(re.fullmatch(r"127\.0\.0\.1:9[01]\d\d:9000", port) for port in ports)


@pytest.mark.parametrize("name", SERVERS)
def test_a_service_is_held_as_the_engine_holds_its_box(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    """Only the numbers may differ: they are for trying things out."""
    service, program = services[name], SERVERS[name]
    box = Box(program, (), {}, Nofile(4096, 4096), 1 << 29, 4096, (), name)
    never_asked = docker.DockerClient(base_url="unix:///nowhere", version="1.41")
    with patch.object(never_asked, "version", dict):
        engines = container_options(never_asked, box, "image", None, Ways(None), needs(program))
    host = engines["host_config"]
    assert service.get("entrypoint") == engines.get("entrypoint")
    assert service["user"] == engines["user"]
    assert service["stop_signal"] == engines["stop_signal"]
    assert service["cap_drop"] == host["CapDrop"]
    assert service["read_only"] is host["ReadonlyRootfs"] is True
    assert {each.partition(":")[0] for each in service["tmpfs"]} == set(host["Tmpfs"])
    assert {limit["Name"] for limit in host["Ulimits"]} >= set(service["ulimits"])
    assert {"mem_limit", "pids_limit"} <= set(service)
    assert [each.partition(":")[0] for each in service["security_opt"]] == [
        re.split("[=:]", each)[0] for each in host["SecurityOpt"]
    ]
    assert service["environment"].keys() == {"PORT", "BACKLOG"}


def test_the_load_generator_has_no_rights_either(services: dict[str, dict[str, Any]]) -> None:
    fleet = services["fleet"]
    assert (fleet["user"], fleet["cap_drop"], fleet["read_only"]) == ("65534:65534", ["ALL"], True)
    assert fleet["security_opt"] == ["no-new-privileges:true"]


def test_compose_v2_is_named_first_and_with_the_reason() -> None:
    """The old command fails on a daemon of today, with a traceback that names no remedy."""
    for page in (FILE, ROOT / "README.md", ROOT / "docs" / "guide.md"):
        text = page.read_text(encoding="utf-8")
        typed = re.findall(r"^(?:\$|#  ) (docker[- ]compose) ", text, re.MULTILINE)
        assert set(typed) == {"docker compose"}, page
        assert re.search(r"`docker-compose`.*?Docker 26", text, re.DOTALL), page


def test_what_it_asks_for_is_written_with_the_images(env: Path) -> None:
    written = dict(line.split("=", 1) for line in env.read_text().splitlines())
    asked = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    assert asked <= set(written)
    assert Path(written["IOLAB_SECCOMP_PROFILE"]) == SECCOMP_PROFILE
    json.loads(SECCOMP_PROFILE.read_text())


STARTED = {
    "epoll": (9005, "epoll"),
    "io_uring": (9013, "io_uring"),
    "asyncio-protocol": (9115, "asyncio"),
    "aplay": (9119, "aplay"),
}
"""Services that differ in how they are started, with their ports and what they say they are."""


@pytest.fixture
def up(compose: tuple[str, ...], env: Path, docker_engine: DockerEngine) -> Iterator[None]:
    assert docker_engine.prepare([SERVERS[name] for name in STARTED], print) == {}
    for port, _ in STARTED.values():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"docker-compose.yml WAS NOT TRIED: port {port} is in use")
    try:
        started = run(compose, env, "up", "-d", *STARTED)
        assert started.returncode == 0, started.stderr
        yield
    finally:
        stopped = run(compose, env, "down", "--volumes", "--remove-orphans")
        assert stopped.returncode == 0, stopped.stderr


def fleet(compose: tuple[str, ...], env: Path, *words: str) -> subprocess.CompletedProcess[str]:
    timing = ("--warmup", "10ms", "--duration", "100ms")
    return run(compose, env, "run", "--rm", "fleet", *words, *timing)


def test_the_fleet_by_hand_is_for_people(services: dict[str, dict[str, Any]]) -> None:
    """Not 25 KB of JSON, and no example whose 127.0.0.1 is the fleet's own box."""
    assert services["fleet"]["entrypoint"] == ["/usr/local/bin/fleet", "--summary"]
    program = binary(FLEET_PROGRAM, None, CACHE, print)
    helped = subprocess.run(
        [program, "--summary", "--help"], capture_output=True, text=True, check=True
    )
    examples = [line for line in helped.stdout.splitlines() if line.startswith("  docker compose")]
    named = [re.search(r"--connect (\w+):9000 ", line) for line in examples]
    assert len(examples) >= 3
    assert {found.group(1) for found in named if found} <= set(services)
    assert all(named)
    assert "127.0.0.1:9000" not in "".join(examples)
    written = re.findall(
        r"^#   (docker compose run .*?)(?: +#.*)?$", FILE.read_text(), re.MULTILINE
    )
    assert all("127.0.0.1" not in line for line in written)


def test_a_summary_is_a_few_lines_and_says_by_its_exit_what_was_lost() -> None:
    program = binary(FLEET_PROGRAM, None, CACHE, print)
    words = [str(program), "--summary", "--active", "5", "--duration", "50ms", "--warmup", "10ms"]
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        refused = subprocess.run(
            [*words, "--connect", address], capture_output=True, text=True, check=False
        )
    assert refused.returncode == 1, "all were refused"
    assert "connect_refused 5" in refused.stdout
    assert len(refused.stdout.splitlines()) <= 6
    assert "{" not in refused.stdout


@pytest.mark.docker
@pytest.mark.slow
def test_up_and_a_fleet_that_drives_them(compose: tuple[str, ...], env: Path, up: None) -> None:
    assert up is None
    for name, (port, model) in STARTED.items():
        assert f"READY port=9000 model={model}" in run(compose, env, "logs", name).stdout
        if name == "aplay":
            assert fleet(compose, env, "--connect", "aplay:9000", "--stream").returncode == 0
            continue
        ended = fleet(compose, env, "--connect", f"{name}:9000", "--active", "5")
        assert ended.returncode == 0, ended.stderr
        assert re.search(r"^replies +[1-9]", ended.stdout, re.MULTILINE), ended.stdout
        assert "errors     none" in ended.stdout
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"hello")
            client.settimeout(10)
            assert client.recv(5) == b"hello"
