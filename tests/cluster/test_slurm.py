"""Slurm for real: its controller and two nodes start the workers of a run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.lab import until
from tests.cluster.slurm import NODES, Slurm, lack, slurm
from tests.cluster.test_hosts import LABS, RAN, SPEC, ended, host_of, records

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(lack()), reason=f"SLURM WAS NOT TRIED: {lack()}"),
]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    with slurm(tmp_path_factory.mktemp("slurm")) as made:
        (made.folder / "spec.yaml").write_text(SPEC)
        yield made


def test_a_run_over_two_nodes_says_which_measured_which(nodes: Slurm, tmp_path: Path) -> None:
    assert set(nodes.jobs()) == set(NODES)
    out, err = ended(nodes.run("spec.yaml", "--results", str(tmp_path)))
    assert "cluster: 2 hosts, engine process: lab-1, lab-2" in err
    assert "4 trials" in out
    (folder,) = tmp_path.iterdir()
    found = records(folder)
    assert {each["trial"] for each in found if each["status"] in RAN} == {
        f"e/lab={lab}#1" for lab in LABS
    }
    assert {host_of(each) for each in found} == set(NODES)


def test_a_job_that_is_cancelled_is_a_host_that_is_lost(nodes: Slurm, tmp_path: Path) -> None:
    run = nodes.run("spec.yaml", "--results", str(tmp_path))
    until(lambda: any(records(each) for each in tmp_path.iterdir()), "the first record")
    jobs = nodes.jobs()
    assert nodes.on_head("scancel", jobs["lab-2"]).wait(30) == 0
    out, err = ended(run)
    assert "cluster: host lab-2 was lost" in err
    (folder,) = tmp_path.iterdir()
    whole = [each for each in records(folder) if each["status"] in RAN]
    assert {each["trial"] for each in whole} == {f"e/lab={lab}#1" for lab in LABS}
    assert "4 trials" in out


def test_the_end_of_the_program_ends_its_jobs(nodes: Slurm) -> None:
    nodes.stop()
    until(lambda: not nodes.jobs(), "the end of all jobs")
    until(lambda: not _workers_of(nodes.url), "the end of their workers")


def _workers_of(url: str) -> bytes:
    """The processes of workers of this scheduler, on any node."""
    words = ["pgrep", "-f", f"dask_worker {url}"]
    return subprocess.run(words, check=False, capture_output=True).stdout
