"""Own servers in images of the user's: one that is there, one that is built, and each mistake."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from runner.cli.exit_codes import Exit
from runner.engine.docker import DockerEngine
from runner.engine.images.archive import packed
from runner.paths import LABS
from tests.cli.inside import told
from tests.servers.test_commands import run, served

pytestmark = pytest.mark.docker
BARE = "iolab-tests/bare:1"
"""An image that holds one program and nothing else, not even a shell."""
SPEC = f"""\
version: 1
defaults: {{repeat: 1, max_repeat: 1, warmup: 20ms, duration: 50ms, disturbance: 100%, budget: 0s}}
servers:
  bare: {{image: "{BARE}", port: 80, environment: {{MY_PORT: 80}}}}
  built: {{build: built}}
  command: {{image: "{BARE}", command: [/program]}}
  absent: {{image: "iolab-tests/absent:1"}}
  no-program: {{image: "{BARE}", command: [redis-server]}}
  failing: {{build: failing/Dockerfile.own}}
experiments:
  - id: images
    title: Servers in images
    server: {{lab: [bare, built, command, absent, no-program, failing]}}
    fleet: {{active: 2}}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A server that needs no library, and takes its port from another variable if that is there."""
    folder = tmp_path_factory.mktemp("static")
    lab = (LABS / "lab.c").read_text(encoding="utf-8")
    text = lab.replace("getenv(", "own_setting(")
    own = (
        "#include <stdlib.h>\nstatic char *own_setting(const char *name)\n"
        '{\n    char *own = getenv("MY_PORT");\n    return own ? own : getenv(name);\n}\n'
    )
    (folder / "lab.c").write_text(own + text, encoding="utf-8")
    words = [
        "cc",
        "-static",
        "-O1",
        f"-I{LABS}",
        "-o",
        "program",
        f"{LABS}/epoll/server.c",
        "lab.c",
    ]
    subprocess.run(words, cwd=folder, check=True, timeout=60)
    return (folder / "program").read_bytes()


@pytest.fixture(scope="module")
def bare(program: bytes) -> Iterator[str]:
    with_client = docker.from_env() if DockerEngine.refusal() is None else None
    assert with_client is not None
    dockerfile = b'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n'
    context = packed({"Dockerfile": dockerfile}, {"program": program})
    list(
        with_client.api.build(
            fileobj=io.BytesIO(context), custom_context=True, tag=BARE, rm=True, decode=True
        )
    )
    yield BARE
    with_client.images.remove(BARE, force=True)
    with_client.close()


@pytest.fixture
def spec(tmp_path: Path, program: bytes) -> Path:
    (tmp_path / "built").mkdir()
    (tmp_path / "built/program").write_bytes(program)
    (tmp_path / "built/program").chmod(0o755)
    dockerfile = 'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n'
    (tmp_path / "built/Dockerfile").write_text(dockerfile, encoding="utf-8")
    (tmp_path / "failing").mkdir()
    text = f"FROM {BARE}\nRUN make\n"
    (tmp_path / "failing/Dockerfile.own").write_text(text, encoding="utf-8")
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path / "spec.yaml"


@pytest.mark.usefixtures("bare")
def test_images_serve_and_mistakes_are_clear(spec: Path) -> None:
    done, rows = run(spec, "--engine", "docker", "--trust")
    assert rows.keys() >= {"bare", "built", "command"}, done.all
    assert served({name: rows[name] for name in ("bare", "built", "command")}), done.all
    said = {name: (rows[name]["status"], rows[name]["reason"]) for name in rows}
    assert said["absent"] == (
        "SKIP",
        "no image iolab-tests/absent:1 on this machine; type: docker pull iolab-tests/absent:1",
    )
    why = f"no-program: the image {BARE} has no program redis-server"
    assert said["no-program"] == ("FAIL", why)
    assert said["failing"][0] == "FAIL"
    assert said["failing"][1].startswith("built-failing: ")


@pytest.mark.usefixtures("bare")
def test_an_image_without_a_shell_says_so_when_it_is_traced(spec: Path) -> None:
    done = told("trace", "bare", "--spec", str(spec), "--engine", "docker", "--trust")
    assert done.code == Exit.FAILED
    assert f"bare: the image {BARE} has no shell (sh), from which a traced server is" in done.all


def test_the_daemon_builds_nothing_without_trust(spec: Path) -> None:
    done = told("run", str(spec), "--engine", "docker", "--filter", "images/lab=built*")
    assert done.code == Exit.USAGE
    assert "the daemon follows this file as root and with the network. Type --trust" in done.all


def test_with_processes_an_image_is_skipped(spec: Path) -> None:
    words = ("--engine", "process", "--filter", "images/lab=b*")
    done, rows = run(spec, *words)
    assert done.code == Exit.NOTHING_RAN
    assert {row["reason"] for row in rows.values()} == {
        "Docker, where an image runs; type: --engine docker"
    }
