"""A Docker daemon that is restarted in mid-run: a trial's ERROR, and the rest of the plan is run.

Never the machine's own daemon: the test starts one for itself, with folders of its own, and puts
the two programs that it needs into it as single static files.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from runner.engine.box import Program
from runner.engine.images import image_of
from runner.paths import FLEET, LABS
from runner.records.outcome import Status
from tests.engine.test_docker_daemon import Daemon
from tests.faults.runs import Run, assert_sound, folder_of

pytestmark = [
    pytest.mark.docker,
    pytest.mark.alone,  # a daemon that must be up within seconds
    pytest.mark.slow,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("dockerd") is None,
        reason="A DAEMON THAT STOPS WAS NOT TRIED: starting one needs root and dockerd",
    ),
]
SPEC = """\
version: 1
defaults: {repeat: 4}
experiments:
  - id: daemon
    title: A plan whose daemon is restarted
    measure: ceiling
    server: {lab: epoll}
    limits: {nofile: 256}
    expect:
      - {metric: limit, of: {}, equals: EMFILE}
"""


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    folder = tmp_path / "d"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
    found = Daemon(folder)
    yield found
    found.stop()


def put_programs(folder: Path) -> None:
    """The server, the fleet and the shell that tries the limit, under the names of their images."""
    epoll = Program("server", LABS / "epoll", "c")
    sources = {
        "labs/server/server": [LABS / "epoll" / "server.c", LABS / "lab.c"],
        "usr/local/bin/fleet": sorted(FLEET.glob("*.c")),
        "bin/sh": [Path(__file__).parent / "sh.c"],
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, files in sources.items():
            out = folder / Path(name).name
            subprocess.run(["cc", "-static", "-std=gnu11", "-O1", "-I", str(LABS), "-o", str(out),
                            *map(str, files), "-lm"], check=True)  # fmt: skip
            tar.add(out, name)
    with closing(docker.from_env(timeout=60)) as client:
        for program, path in (
            (epoll, "/labs/server/server"),
            (Program("fleet", FLEET, "c"), "/usr/local/bin/fleet"),
        ):
            repository, tag = image_of(program).ref.split(":")
            changes = ["LABEL iolab=1", f'ENTRYPOINT ["{path}"]']
            archive.seek(0)
            client.api.import_image(archive, repository=repository, tag=tag, changes=changes)


def test_a_daemon_that_is_restarted_costs_no_more_than_a_repeat(
    daemon: Daemon, tmp_path: Path
) -> None:
    put_programs(tmp_path)
    (tmp_path / "daemon.yaml").write_text(SPEC)
    run = Run(tmp_path, "daemon.yaml", "--quick", "--engine", "docker")
    run.until("[1/")
    daemon.stop()
    run.until("waiting up to ")
    again = Daemon(daemon.folder)
    try:
        ended = run.end()
    finally:
        again.stop()
    assert_sound(ended)
    assert "engine docker answers again, the run goes on" in ended.err
    measured = list(folder_of(tmp_path).measurements())
    assert len({m.trial for m in measured}) == 4
    spoilt = [m for m in measured if m.status is not Status.OK]
    assert spoilt, "the daemon was away"
    assert {m.status for m in spoilt} == {Status.ERROR}, [m.reason for m in spoilt]
    last = {m.trial: m.status for m in measured}
    assert set(last.values()) == {Status.OK}


def test_a_daemon_that_stays_away_ends_in_errors_soon(
    daemon: Daemon,
) -> None:
    """With no patience left every trial that remains says so, and the exit code is 3."""
    from runner.engine.docker import DockerEngine
    from runner.session.wait_for_engine import WaitForEngine

    engine = DockerEngine()
    daemon.stop()
    said: list[str] = []
    waiting = WaitForEngine(engine, said.append, patience=0.5)
    waiting.wait()
    waiting.wait()
    engine.close()
    assert [line.partition(":")[0] for line in said] == [
        "engine docker does not answer",
        "engine docker is still away",
    ], "said once, and not waited for again"
    assert not engine.stays(0.0)
