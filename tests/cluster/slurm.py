"""A Slurm cluster of one controller and two nodes (slurm.sh), each with a worker by the program of
docs/scale.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from distributed import Security

from runner.paths import ROOT
from tests.cluster import lab
from tests.cluster.page import block
from tests.faults.runs import RUNNER

SCRIPT = Path(__file__).with_name("slurm.sh")
NODES = ("lab-1", "lab-2")
_PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "munged", "unshare")


def lack() -> str:
    """Why there can be no such cluster here; empty where there can."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not found (Debian: slurm-wlm, munge, util-linux)"
    if find_spec("dask_jobqueue") is None:
        return "dask-jobqueue is not installed; type: make slurm"
    return lab.lack()


class Slurm:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"s{os.getpid() % 1_000_00:x}"
        self.net = f"10.{203 + os.getpid() // 250 % 40}.{os.getpid() % 250}"
        self.url = ""
        self._head: subprocess.Popen[str] | None = None
        made = Security.temporary()
        for file, text in (("ca", made.tls_ca_file), ("key", made.tls_client_key),
                           ("cert", made.tls_client_cert)):  # fmt: skip
            (folder / f"{file}.pem").write_text(str(text))
        settings = folder / "settings" / "iolab"
        settings.mkdir(parents=True)
        (settings / "clusters").write_text(f"{self.net}.0/24\n")

    def script(self, command: str, *words: str) -> None:
        subprocess.run(
            ["sh", str(SCRIPT), command, str(self.folder), self.name, *words], check=True
        )

    @property
    def _environment(self) -> dict[str, str]:
        path = os.environ.get("PYTHONPATH", "")
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{path}" if path else str(ROOT),
            "XDG_CONFIG_HOME": str(self.folder / "settings"),
            "SLURM_CONF": str(self.folder / "slurm.conf"),
        }

    def on_head(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", str(SCRIPT), "run", str(self.folder), self.name, *words], cwd=self.folder,
            env=self._environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def start(self) -> None:
        """The program of the page, with the folder, the nodes and the CPUs of these hosts."""
        program = block("python", "SLURMCluster").replace("/shared/iolab", str(self.folder))
        program = program.replace("jobs=3", "jobs=2").replace("job_cpu=4", "job_cpu=2")
        program = program.replace('"8GB"', '"2GB"').replace("04:00:00", "00:30:00")
        program = program.replace("scheduler_address)", "scheduler_address, flush=True)")
        self._head = self.on_head(sys.executable, "-c", program)
        assert self._head.stdout is not None
        self.url = self._head.stdout.readline().strip()
        assert self.url.startswith(f"tls://{self.net}.11:"), self._head.communicate()[1]

    def stop(self) -> None:
        """Enter ends the cluster."""
        if self._head is not None and self._head.poll() is None:
            self._head.communicate("\n", timeout=60)

    def jobs(self) -> dict[str, str]:
        """Of those that run: the node, and the id of its job."""
        asked = self.on_head("squeue", "--noheader", "--states=R", "--format=%N %i")
        lines = asked.communicate()[0].splitlines()
        return dict(line.split(maxsplit=1) for line in lines)

    def run(self, *words: str) -> subprocess.Popen[str]:
        keys = [w for name in ("ca", "cert", "key") for w in (f"--tls-{name}", f"{name}.pem")]
        return self.on_head(
            *RUNNER, "run", *words, "--cluster", self.url, *keys, "--engine", "process"
        )

    def workers(self) -> set[str]:
        security = Security(
            tls_ca_file=f"{self.folder}/ca.pem", tls_client_cert=f"{self.folder}/cert.pem",
            tls_client_key=f"{self.folder}/key.pem", require_encryption=True,
        )  # fmt: skip
        return set(lab.workers_of(self.url, security))


def describe(folder: Path) -> str:
    """The logs, for a failure."""
    return json.dumps({f.name: f.read_text()[-2000:] for f in folder.glob("*.log")}, indent=1)


@contextmanager
def slurm(folder: Path) -> Iterator[Slurm]:
    made = Slurm(folder)
    try:
        made.script("up", made.net)
        made.start()
        lab.until(lambda: made.workers() == set(NODES), "a worker on each node")
        yield made
    finally:
        made.stop()
        made.script("down")
