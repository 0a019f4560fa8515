"""Three hosts in network namespaces of their own (hosts.sh), a scheduler, a worker a host, TLS."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from distributed import Client, Security

from runner.cluster.on_host import FOLDERS
from runner.paths import CACHE, ROOT
from tests.faults.mounts import SmallDisk
from tests.faults.runs import RUNNER

SCRIPT = Path(__file__).with_name("hosts.sh")
HOSTS = (1, 2, 3)
SECONDS = 200
DISK = 16 << 20
"""More than the folder of a grade takes."""
_WORKER = ("--nworkers", "1", "--nthreads", "1", "--resources", "host=1", "--no-nanny")


@cache
def lack() -> str:
    """Why there can be no such hosts here; empty where there can."""
    missing = [name for name in ("ip", "nsenter") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not found (Debian: iproute2, util-linux)"
    if os.geteuid() != 0:
        return "network namespaces of the machine need root"
    bridge = f"iolt{os.getpid()}"
    tried = subprocess.run(
        ["ip", "link", "add", bridge, "type", "bridge"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    subprocess.run(["ip", "link", "delete", bridge], capture_output=True, check=False)
    return f"no bridge can be made: {tried.stderr.strip()}" if tried.returncode else ""


def until(met: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Looks again and again, for some minutes at most."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def workers_of(url: str, security: Security) -> dict[str, float]:
    """The names of those that are registered, and when the scheduler heard of each."""
    with Client(url, security=security, set_as_default=False) as client:
        workers = client.sync(client.scheduler.identity, n_workers=-1)["workers"].values()
    return {str(each["name"]): float(each["last_seen"]) for each in workers}


class Cluster:
    """Its scheduler runs on the machine itself, its workers in the hosts."""

    def __init__(self, folder: Path, ahead: Mapping[int, int] | None = None) -> None:
        self.folder = folder
        self._ahead = ahead or {}
        self.name = f"{os.getpid() % 1_000_000:x}"
        self.net = f"10.{203 + os.getpid() // 250 % 40}.{os.getpid() % 250}"
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.small: tuple[int, ...] = ()
        """The hosts that have a small disk of their own, from their next start on."""
        self.preload: dict[int, Path] = {}
        """For some hosts a script that changes what their worker does, from its next start on."""
        made = Security.temporary()
        for file, text in (("ca", made.tls_ca_file), ("key", made.tls_client_key),
                           ("cert", made.tls_client_cert)):  # fmt: skip
            (folder / f"{file}.pem").write_text(str(text))
        settings = folder / "settings" / "iolab"
        settings.mkdir(parents=True)
        (settings / "clusters").write_text(f"# hosts.sh\n{self.net}.0/24\n")

    @property
    def _keys(self) -> tuple[str, ...]:
        files = (("ca-file", "ca"), ("cert", "cert"), ("key", "key"))
        return tuple(w for name, f in files for w in (f"--tls-{name}", f"{self.folder}/{f}.pem"))

    @property
    def words(self) -> list[str]:
        """What is typed behind `runner run`."""
        files = (("ca", "ca"), ("cert", "cert"), ("key", "key"))
        keys = [w for name, f in files for w in (f"--tls-{name}", f"{self.folder}/{f}.pem")]
        return ["--cluster", self.url, *keys, "--engine", "process"]

    @property
    def environment(self) -> dict[str, str]:
        own = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self.folder / "settings")}
        return {**os.environ, **own}

    def hosts(self, *words: str) -> None:
        subprocess.run(["sh", str(SCRIPT), words[0], self.name, *words[1:]], check=True)

    def start(self) -> None:
        """What does not run of it."""
        if self._scheduler is None or self._scheduler.poll() is not None:
            file = self.folder / "scheduler.json"
            file.unlink(missing_ok=True)
            self._scheduler = self._dask(
                (), "scheduler", "--host", f"{self.net}.1", "--port", "0", "--protocol", "tls",
                "--no-dashboard", "--scheduler-file", str(file),
            )  # fmt: skip
            until(lambda: file.exists() and file.read_text().endswith("}"), "the scheduler")
            self.url = str(json.loads(file.read_text())["address"])
            for number in list(self._workers):
                self.kill(number)
        before = self._heard()
        until(lambda: self._all_started(before), "the workers")

    def _all_started(self, before: dict[str, float]) -> bool:
        """A worker ends if its name is taken: by one that was cut off, until the scheduler knows.
        So each has to be there, and has been heard of since."""
        for number in HOSTS:
            if number not in self._workers or self.ended(number):
                inside: tuple[str, ...] = (
                    "nsenter",
                    f"--net=/run/netns/iolab-{self.name}-{number}",
                )
                inside += self._small_disk if number in self.small else ()
                if ahead := self._ahead.get(number):
                    inside += ("unshare", "--time", "--monotonic", str(ahead))
                script = self.preload.get(number)
                more = ("--preload", str(script)) if script else ()
                self._workers[number] = self._dask(
                    inside, "worker", self.url, "--name", f"lab-{number}", *_WORKER,
                    "--no-dashboard", "--local-directory", str(self.folder / f"lab-{number}"),
                    *more,
                )  # fmt: skip
        heard = self._heard()
        return not any(map(self.ended, HOSTS)) and all(
            heard.get(f"lab-{n}", 0.0) > before.get(f"lab-{n}", 0.0) for n in HOSTS
        )

    @property
    def _small_disk(self) -> tuple[str, ...]:
        """It is all that the worker's host can write to, but for programs that are built."""
        boxes = FOLDERS / "boxes"
        script = (
            f"mkdir -p {FOLDERS} && mount -t tmpfs -o size={DISK} tmpfs {FOLDERS} && mkdir {boxes} "
            f'&& mkdir -p {CACHE}/boxes && mount --bind {boxes} {CACHE}/boxes && exec "$@"'
        )
        return ("unshare", "--mount", "sh", "-c", script, "sh")

    def disk(self, number: int) -> SmallDisk:
        return SmallDisk(Path(f"/proc/{self._workers[number].pid}/root{FOLDERS}"))

    def _heard(self) -> dict[str, float]:
        """When the scheduler has last heard of each worker."""
        security = Security(
            tls_ca_file=f"{self.folder}/ca.pem", tls_client_cert=f"{self.folder}/cert.pem",
            tls_client_key=f"{self.folder}/key.pem", require_encryption=True,
        )  # fmt: skip
        return workers_of(self.url, security)

    def _dask(self, inside: tuple[str, ...], *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}.log").open("ab")
        return subprocess.Popen(
            [*inside, sys.executable, "-m", "dask", *words, *self._keys], stdout=log, stderr=log,
            env=self.environment, cwd=self.folder, start_new_session=True,
        )  # fmt: skip

    def kill(self, number: int) -> None:
        """The worker of host N, and with it what it runs."""
        worker = self._workers.pop(number)
        worker.kill()
        worker.wait()

    def kill_scheduler(self) -> None:
        assert self._scheduler is not None
        self._scheduler.kill()
        self._scheduler.wait()

    def ended(self, number: int) -> bool:
        return self._workers[number].poll() is not None

    def boxes(self, number: int) -> list[int]:
        """The processes of boxes that the worker of host N has started."""
        return self._children(number, b"shim")

    def gradings(self, number: int) -> list[int]:
        """The runners that the worker of host N has started."""
        return self._children(number, b"--on-host")

    def _children(self, number: int, mark: bytes) -> list[int]:
        found: list[int] = []
        pid = self._workers[number].pid if number in self._workers else 0
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return [child for child in found if mark in _command(child)]

    def measuring(self) -> int:
        """The host on which a trial runs: waited for."""
        return _first(lambda n: len(self.boxes(n)) >= 2, "a server and its load generator")

    def grading(self) -> int:
        """The host on which a submission is graded: waited for."""
        return _first(lambda n: bool(self.gradings(n)), "a runner that grades")

    def run(self, *words: str, command: str = "run") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*RUNNER, command, *words, *self.words], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def cleaned(self) -> list[str]:
        """What `runner clean` says, a line a host."""
        done = subprocess.run(
            [*RUNNER, "clean", *self.words[:-2]], cwd=self.folder, env=self.environment, text=True,
            capture_output=True, check=False, timeout=110,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [line for line in done.stderr.splitlines() if line.startswith("clean: host ")]

    def close(self) -> None:
        for process in (*self._workers.values(), self._scheduler):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
        self.hosts("down")


def _first(met: Callable[[int], bool], what: str) -> int:
    busy: list[int] = []

    def found() -> bool:
        busy[:] = [number for number in HOSTS if met(number)]
        return bool(busy)

    until(found, what)
    return busy[0]


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@contextmanager
def cluster(folder: Path, ahead: Mapping[int, int] | None = None) -> Iterator[Cluster]:
    """`ahead`: for some hosts by how many seconds their clock is ahead of the machine's."""
    made = Cluster(folder, ahead)
    try:
        made.hosts("up", made.net)
        made.start()
        yield made
    finally:
        made.close()
