"""The daemon freezes or stops in the middle of a run: errors with a name, soon, and no traceback.

Never the machine's own daemon: the test starts one for itself, with folders of its own.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import EngineError, Program, Running
from runner.engine.docker import DockerEngine
from runner.engine.images import image_of
from tests.engine.boxes import box_of

pytestmark = [
    pytest.mark.docker,
    pytest.mark.alone,  # a daemon that must be up within seconds
    pytest.mark.slow,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("dockerd") is None,
        reason="A DAEMON THAT STOPS WAS NOT TRIED: starting one needs root and dockerd",
    ),
]
SECONDS = 2


class Daemon:
    """A dockerd with no network, no firewall rules, and nothing in common with the machine's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"
        (folder / "daemon.json").write_text(json.dumps({}))
        self._log = (folder / "log").open("w+")
        self._process = subprocess.Popen(
            [
                "dockerd", f"--config-file={folder}/daemon.json", f"--host={self.host}",
                f"--data-root={folder}/data", f"--exec-root={folder}/exec",
                f"--pidfile={folder}/pid", "--bridge=none", "--iptables=false",
                "--ip-forward=false", "--shutdown-timeout=1",
                "--containerd-namespace=iolab-test", "--containerd-plugins-namespace=iolab-test-p",
            ],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        ready = threading.Event()
        for _ in range(300):
            if DockerEngine.refusal() is None:
                return
            if self._process.poll() is not None:
                break
            ready.wait(0.1)  # nothing tells when a daemon listens: ask again
        self.stop()
        log = (folder / "log").read_text()[-300:]
        pytest.skip(f"A DAEMON THAT STOPS WAS NOT TRIED: no second dockerd here: {log}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(60)
        self._log.close()
        # dockerd mounts its data folder onto itself, and leaves it so where it did not come up.
        subprocess.run(["umount", "--lazy", str(self.folder / "data")], check=False,
                       stderr=subprocess.DEVNULL)  # fmt: skip


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr("runner.engine.daemon.connection.CALL_SECONDS", SECONDS)
    found = Daemon(tmp_path)
    yield found
    found.stop()


def engine_with(probe: Program, folder: Path) -> DockerEngine:
    """The probe as a single static file, under the name that its image would have."""
    binary = folder / "server"
    source = probe.folder / "server.c"
    subprocess.run(["cc", "-static", "-O1", "-o", str(binary), str(source)], check=True)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(binary, "labs/server/server")
    engine = DockerEngine()
    engine.client.api.timeout = 60
    repository, tag = image_of(probe).ref.split(":")
    changes = ["LABEL iolab=1", 'ENTRYPOINT ["/labs/server/server"]']
    archive.seek(0)
    engine.client.api.import_image(archive, repository=repository, tag=tag, changes=changes)
    assert engine.prepare([probe], print) == {}
    return engine


def started(engine: DockerEngine, probe: Program) -> Running:
    running = engine.launch(box_of(probe, "serve", "127.0.0.1", "9000"))
    assert running.read_line(20) == "READY"
    engine.client.api.timeout = SECONDS
    return running


def test_a_daemon_that_stops(daemon: Daemon, docker_probe: Program, tmp_path: Path) -> None:
    engine = engine_with(docker_probe, tmp_path)
    running = started(engine, docker_probe)
    daemon.stop()
    _everything_fails_soon(engine, running, docker_probe)


def test_a_daemon_that_freezes(daemon: Daemon, docker_probe: Program, tmp_path: Path) -> None:
    engine = engine_with(docker_probe, tmp_path)
    running = started(engine, docker_probe)
    daemon.send(signal.SIGSTOP)
    for call in (running.exited, running.stop):
        began = time.monotonic()
        with pytest.raises(EngineError, match="does not answer"):
            call(5.0)
        assert time.monotonic() - began < 5 * SECONDS
    daemon.send(signal.SIGCONT)
    assert str(running.stop(20)) == "exit code 0"
    engine.close()


def _everything_fails_soon(engine: DockerEngine, running: Running, probe: Program) -> None:
    box = box_of(probe, "stubborn")
    calls = (
        lambda: running.read_line(SECONDS),
        lambda: running.exited(SECONDS),
        lambda: running.stop(SECONDS),
        running.usage,
        lambda: engine.launch(box),
        lambda: engine.launch(box, running),
        lambda: engine.prepare([probe], print),
        engine.environment,
        engine.nofile_max,
    )
    for call in calls:
        began = time.monotonic()
        with pytest.raises(EngineError, match=r"does not answer|has ended"):
            call()
        assert time.monotonic() - began < 2 * SECONDS
    running.write_line("to nobody")
    said: list[str] = []
    assert engine.sweep(said.append) == 0
    assert len(said) == 1
    running.remove()
    engine.close()
    assert DockerEngine.refusal() is not None
