"""The scripts of images/platforms in a container as course platforms make it: no privileges, half a
CPU, 768 MB, 1024 processes, no Docker."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from runner.engine.images.archive import packed
from runner.engine.images.debian import apt_options, ensure_debian
from runner.paths import ROOT
from tests.grade.hostile_class import hostile, outside
from tests.grade.platforms import Gradescope, PrairieLearn

pytestmark = [
    pytest.mark.docker,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif("WHOLE" not in os.environ, reason="an image, minutes; WHOLE=1 runs it"),
]
IMAGE = "iolab/tests-platform"
DOCKERFILE = """\
FROM debian:bookworm-slim
LABEL iolab=1
ARG PIP_CERT
ARG PIP_INDEX_URL
COPY etc /etc
COPY lab /lab
RUN sh /lab/images/platforms/install
"""
"""With the settings of this machine for Debian's and Python's packages."""
NEEDED = ("runner", "labs", "images/platforms", "requirements")
LEFT = """\
for each in /proc/[0-9]*/status; do awk '/^Uid:/ && $2 > 60000 { print FILENAME }' "$each"; done
ls /tmp/iolab-boxes
find /tmp /var/tmp /dev/shm /dev/mqueue -uid +60000
awk 'FNR > 1' /proc/sysvipc/*
"""


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    client = docker.from_env()
    _build(client)
    made = client.containers.run(
        IMAGE, ["sleep", "infinity"], detach=True, init=True, network_mode="none",
        nano_cpus=500_000_000, mem_limit="768m", memswap_limit="768m", pids_limit=1024,
        labels={"iolab": "1"},
    )  # fmt: skip
    try:
        _put(made, "/lab", {name: ROOT / name for name in NEEDED})
        yield made
    finally:
        made.remove(force=True)
        client.close()


def _build(client: docker.DockerClient) -> None:
    ensure_debian(client, print)
    apt = [each.split("=", 1) for each in apt_options().replace("-o ", "").split()]
    files = {
        "Dockerfile": DOCKERFILE.encode(),
        "etc/apt/apt.conf.d/90tests": "".join(f'{k} "{v}";\n' for k, v in apt).encode(),
        **{
            f"lab/{name}": (ROOT / name).read_bytes()
            for name in ("images/platforms/install", "requirements/run.txt")
        },
    }
    settings = {
        name: os.environ[name] for name in ("PIP_INDEX_URL", "http_proxy", "https_proxy")
        if name in os.environ
    }  # fmt: skip
    if "PIP_CERT" in os.environ:
        files["etc/tests.crt"] = Path(os.environ["PIP_CERT"]).read_bytes()
        settings["PIP_CERT"] = "/etc/tests.crt"
    said = []
    for event in client.api.build(
        fileobj=io.BytesIO(packed(files, {})), custom_context=True, tag=IMAGE, rm=True,
        forcerm=True, network_mode="host", buildargs=settings, decode=True,
    ):  # fmt: skip
        said.append(str(event.get("stream", "")))
        assert "error" not in event, f"{event['error']} {''.join(said[-30:])}"


def _put(container: Container, at: str, paths: Mapping[str, Path]) -> None:
    """Files and folders at these names below `at`, owned by root."""
    archive = io.BytesIO()

    def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        member.uid = member.gid = 0
        return None if "__pycache__" in member.name else member

    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, path in paths.items():
            tar.add(path, name, filter=kept)
    assert container.exec_run(["mkdir", "-p", at]).exit_code == 0
    assert container.put_archive(at, archive.getvalue())


def _sh(container: Container, script: str) -> str:
    done = container.exec_run(["sh", "-c", script])
    assert isinstance(done.output, bytes)
    assert done.exit_code == 0, done.output.decode()
    return done.output.decode()


def _left(container: Container) -> str:
    return _sh(container, LEFT).strip()


def test_gradescope_shows_all_untimed_points_of_the_reference(container: Container) -> None:
    _put(container, "/autograder/source", {name: ROOT / name for name in NEEDED})
    scripts = ROOT / "images" / "platforms" / "gradescope"
    server = ROOT / "labs" / "homework" / "select-echo" / "reference" / "server.c"
    _put(container, "/autograder", {"run_autograder": scripts / "run_autograder"})
    _put(container, "/autograder/submission", {"server.c": server})
    said = _sh(container, "mkdir /autograder/results; cd /autograder && ./run_autograder 2>&1")
    results = json.loads(_sh(container, "cat /autograder/results/results.json"))
    Gradescope.model_validate(results)
    assert (results["score"], sum(test["max_score"] for test in results["tests"])) == (88, 88), said
    grade = json.loads(_sh(container, "cat /autograder/grades/select-echo/submission/grade.json"))
    assert [row["ruling"] for row in grade["proof"]] == ["PROVEN"] * len(grade["proof"])
    columns = {seen["column"] for row in grade["proof"] for seen in row["seen"] if seen["agrees"]}
    assert {"enforced", "untraced", "traced"} <= columns
    lacks = " ".join(grade["lacks"])
    for sentence in ("no network namespace", "no PID namespace", "no mount namespace"):
        assert sentence in lacks
    assert _left(container) == ""


@pytest.mark.parametrize("attack", ["reads_everything.c", "outlives_its_box.c"])
def test_prairielearn_is_told_nothing_that_a_submission_stole(
    container: Container, attack: str, tmp_path: Path
) -> None:
    """And nothing of the submission is left."""
    with outside(tmp_path) as there:
        student = hostile(there, attack)
        _sh(container, "rm -rf /grade")
        _put(container, "/grade", {"tests": tmp_path / "small", "student": student})
        said = _sh(container, "/lab/images/platforms/prairielearn/entrypoint 2>&1")
        results = _sh(container, "cat /grade/results/results.json")
        PrairieLearn.model_validate_json(results)
        assert json.loads(results)["score"] == 1.0, said
        assert there.marker not in results + said
    assert _left(container) == ""


def test_a_fork_bomb_has_a_grade_and_leaves_nothing(container: Container, tmp_path: Path) -> None:
    """Its 64 processes share half a CPU with the runner, which must still end them."""
    with outside(tmp_path) as there:
        _sh(container, "rm -rf /grade")
        student = hostile(there, "fork_bomb.c")
        _put(container, "/grade", {"tests": tmp_path / "small", "student": student})
        said = _sh(container, "/lab/images/platforms/prairielearn/entrypoint 2>&1")
        results = json.loads(_sh(container, "cat /grade/results/results.json"))
    assert results.get("gradable", True), said
    assert _left(container) == ""


def test_a_grader_that_fails_costs_no_attempt(container: Container) -> None:
    _sh(container, "rm -rf /grade && mkdir -p /grade/student")
    _sh(container, "/lab/images/platforms/prairielearn/entrypoint no-such-assignment 2>&1")
    results = json.loads(_sh(container, "cat /grade/results/results.json"))
    assert results["gradable"] is False
