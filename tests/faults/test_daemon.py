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
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import docker
import pytest

from runner.engine.box import Program
from runner.engine.images import image_of
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.paths import FLEET, LABS
from runner.records.outcome import Status
from runner.spec import SUBMISSION
from tests.engine.test_docker_daemon import Daemon
from tests.faults import graded_class
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


@pytest.fixture(scope="module")
def static_fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return static(sorted(FLEET.glob("*.c")), tmp_path_factory.mktemp("static") / "fleet")


def static(files: Sequence[Path], into: Path) -> Path:
    subprocess.run(["cc", "-static", "-std=gnu11", "-O1", "-I", str(LABS), "-o", str(into),
                    *map(str, files), "-lm"], check=True)  # fmt: skip
    return into


def put_programs(
    folder: Path, server: Sequence[Path], static_fleet: Path, programs: Sequence[Program]
) -> None:
    """The server, the fleet and the shell that tries the limit, under the names of their images:
    every one of the `programs` is this server."""
    files = {
        "labs/server/server": static(server, folder / "server"),
        "usr/local/bin/fleet": static_fleet,
        "bin/sh": static([Path(__file__).parent / "sh.c"], folder / "sh"),
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, file in files.items():
            tar.add(file, name)
    with closing(docker.from_env(timeout=60)) as client:
        for program, path in (
            *((program, "/labs/server/server") for program in programs),
            (FLEET_PROGRAM, "/usr/local/bin/fleet"),
        ):
            repository, tag = image_of(program).ref.split(":")
            changes = ["LABEL iolab=1", f'ENTRYPOINT ["{path}"]']
            archive.seek(0)
            client.api.import_image(archive, repository=repository, tag=tag, changes=changes)


def test_a_daemon_that_is_restarted_costs_no_more_than_a_repeat(
    daemon: Daemon, static_fleet: Path, tmp_path: Path
) -> None:
    epoll = LABS / "epoll"
    server = [epoll / "server.c", LABS / "lab.c"]
    put_programs(tmp_path, server, static_fleet, [Program("server", epoll, "c")])
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
    invalid = [m for m in measured if m.status is not Status.OK]
    assert invalid, "the daemon was away"
    assert {m.status for m in invalid} == {Status.ERROR}, [m.reason for m in invalid]
    last = {m.trial: m.status for m in measured}
    assert set(last.values()) == {Status.OK}


def test_a_daemon_that_is_restarted_costs_a_class_no_point(
    daemon: Daemon, static_fleet: Path, tmp_path: Path
) -> None:
    folder = graded_class.lay(tmp_path)
    homes = [tmp_path / "small" / "reference"]
    for name in graded_class.NAMES:  # an image is named after the folder of its program
        home = tmp_path / name / SUBMISSION
        homes.append(shutil.copytree(tmp_path / "class" / name, home))
    programs = [Program("server", home, "c") for home in homes]
    put_programs(tmp_path, [graded_class.SERVER], static_fleet, [*programs, *TRACE_PROGRAMS])
    run = graded_class.grading(tmp_path, "docker", jobs=1)
    run.until(" left]")
    daemon.stop()
    asking = threading.Event()
    while run.process.poll() is None and not _missed(folder):
        asking.wait(0.05)  # nothing tells: ask again
    again = Daemon(daemon.folder)
    try:
        ended = run.end()
    finally:
        again.stop()
    graded_class.assert_whole(ended, folder)


def _missed(folder: Path) -> bool:
    """Whether the runner of a submission has missed the daemon."""
    logs = [path.read_text(encoding="utf-8") for path in (folder / ".logs").glob("*.log")]
    return any("does not answer" in log or "runner: " in log for log in logs)


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
