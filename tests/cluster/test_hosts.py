"""Three hosts in namespaces of their own: what a run is when one of its parts is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.paths import LABS as LABS_FOLDER
from tests.cluster.lab import HOSTS, Cluster, cluster, lack, until
from tests.faults.runs import RUNNER

SPEC = """\
version: 1
defaults: {repeat: 1, budget: 1s, disturbance: 100%, warmup: 50ms, duration: 1500ms}
experiments:
  - id: e
    title: Do they serve?
    server: {lab: [poll, epoll, select, blocking], language: [c]}
    fleet: {active: 1, loop: open, rate: 20}
    expect:
      - {metric: errors, of: {}, at_most: 0}
"""
"""A trial that lasts long enough to be disturbed. On a busy machine it may be INVALID, and is not
run again for want of time: no part of what these tests are about."""
RAN = {"OK", "INVALID"}
LABS = ("poll", "epoll", "select", "blocking")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(lack()), reason=f"A CLUSTER OF THREE HOSTS WAS NOT TRIED: {lack()}"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("hosts")) as made:
        (made.folder / "spec.yaml").write_text(SPEC)
        yield made


@pytest.fixture
def three(shared: Cluster) -> Cluster:
    """With all that an earlier test took away."""
    shared.start()
    return shared


def records(folder: Path) -> list[dict[str, Any]]:
    file = folder / "trials.jsonl"  # there after the first trial
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def host_of(record: dict[str, Any]) -> str:
    return str(record["record"]["placement"]["host"])


def ended(process: subprocess.Popen[str], *codes: int) -> tuple[str, str]:
    out, err = process.communicate(timeout=240)
    assert process.returncode in (codes or (0, 4)), err
    assert "Traceback" not in err
    return out, err


def test_a_run_over_three_hosts_behind_tls(three: Cluster, tmp_path: Path) -> None:
    out, err = ended(three.run("spec.yaml", "--results", str(tmp_path)))
    assert "cluster: 3 hosts, engine process: lab-1, lab-2, lab-3" in err
    assert "4 trials" in out
    (folder,) = tmp_path.iterdir()
    assert {host_of(each) for each in records(folder)} == {"lab-1", "lab-2", "lab-3"}
    assert "Figures of two hosts are of two machines" in out


def test_a_killed_host_is_an_error_and_another_measures_its_part(
    three: Cluster, tmp_path: Path
) -> None:
    run = three.run("spec.yaml", "--results", str(tmp_path))
    lost = three.measuring()
    three.kill(lost)
    out, err = ended(run)
    assert f"cluster: host lab-{lost} was lost" in err
    (folder,) = tmp_path.iterdir()
    found = records(folder)
    (error,) = [each for each in found if each["status"] == "ERROR"]
    assert host_of(error) == f"lab-{lost}"
    again = [each for each in found if each["trial"] == error["trial"]][-1]
    assert again["status"] in RAN
    assert host_of(again) != host_of(error)
    assert {each["status"] for each in found} <= {*RAN, "ERROR"}
    assert "4 trials (repeated: 1 ERROR)" in out


def test_a_host_that_is_cut_off_is_given_up_and_ends_its_trial(
    three: Cluster, tmp_path: Path
) -> None:
    run = three.run("spec.yaml", "--results", str(tmp_path))
    lost = three.measuring()
    three.hosts("cut", str(lost))
    try:
        out, err = ended(run)
        until(lambda: not three.boxes(lost), "the end of the boxes of the host that is cut off")
    finally:
        three.hosts("mend", str(lost))
        three.kill(lost)
    assert f"cluster: host lab-{lost} was lost" in err
    (folder,) = tmp_path.iterdir()
    assert Counter(each["status"] in RAN for each in records(folder)) == {True: 4, False: 1}
    assert "4 trials (repeated: 1 ERROR)" in out


def test_without_its_scheduler_a_run_ends_and_can_be_gone_on_with(
    three: Cluster, tmp_path: Path
) -> None:
    run = three.run("spec.yaml", "--results", str(tmp_path))
    three.measuring()
    three.kill_scheduler()
    _, err = ended(run, 3)
    assert "no host is left" in err
    assert "run --resume" in err
    until(lambda: not any(map(three.boxes, HOSTS)), "the end of all boxes")
    (folder,) = tmp_path.iterdir()
    assert {each["status"] for each in records(folder)} <= {*RAN, "ERROR"}
    three.start()
    ended(three.run("--resume", str(folder)))
    assert {each["trial"] for each in records(folder) if each["status"] in RAN} == {
        f"e/lab={lab}#1" for lab in LABS
    }


def test_a_killed_coordinator_leaves_nothing_running(three: Cluster, tmp_path: Path) -> None:
    run = three.run("spec.yaml", "--results", str(tmp_path))
    three.measuring()
    run.kill()
    run.communicate()
    until(lambda: not any(map(three.boxes, HOSTS)), "the end of all boxes")
    (folder,) = tmp_path.iterdir()
    before = [each["trial"] for each in records(folder) if each["status"] == "OK"]
    out, _ = ended(three.run("--resume", str(folder)))
    assert "4 trials" in out
    assert all([each["trial"] for each in records(folder)].count(t) == 1 for t in before)


def test_a_disk_that_fills_in_mid_trial_is_no_fault_of_a_server(
    three: Cluster, tmp_path: Path
) -> None:
    three.small = (1,)
    three.kill(1)
    three.start()
    words = ("spec.yaml", "--set", "defaults.repeat=2", "--set", "defaults.duration=500ms")
    run = three.run(*words, "--results", str(tmp_path))
    until(lambda: len(three.boxes(1)) >= 2, "a trial on the host with the small disk")
    three.disk(1).fill()
    ended(run)
    (folder,) = tmp_path.iterdir()
    assert {each["status"] for each in records(folder)} <= RAN, "boxes need no disk"
    shutil.copytree(LABS_FOLDER / "poll", three.folder / "mine")
    (three.folder / "mine.yaml").write_text(
        SPEC.replace("experiments:", "servers: {mine: {folder: mine}}\nexperiments:").replace(
            "[poll, epoll, select, blocking]", "[mine, epoll]"
        )
    )
    _, err = ended(three.run("mine.yaml", "--results", str(tmp_path / "mine")))
    three.small = ()
    three.kill(1)
    assert "cluster: host lab-1 is left out: its worker failed: OSError" in err
    (folder,) = (tmp_path / "mine").iterdir()
    assert {host_of(each) for each in records(folder)} <= {"lab-2", "lab-3"}
    assert {each["status"] for each in records(folder)} <= RAN


def test_clean_asks_every_host(three: Cluster) -> None:
    said = three.cleaned()
    for number, line in zip(HOSTS, said, strict=True):
        assert f"clean: host lab-{number}: 0 left-over boxes of engine process" in line


def test_a_network_that_is_not_declared_is_refused(three: Cluster, tmp_path: Path) -> None:
    done = subprocess.run(
        [*RUNNER, "run", "spec.yaml", *three.words, "--results", str(tmp_path)], text=True,
        env={**three.environment, "XDG_CONFIG_HOME": str(tmp_path)}, cwd=three.folder,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"{three.net}.1 is not on this machine" in done.stderr
    assert str(tmp_path / "iolab" / "clusters") in done.stderr


def test_a_certificate_of_another_authority_is_let_in_nowhere(
    three: Cluster, tmp_path: Path
) -> None:
    from distributed import Security

    other = Security.temporary()
    words = ["--cluster", three.url]
    for option, text in (("ca", other.tls_ca_file), ("cert", other.tls_client_cert),
                         ("key", other.tls_client_key)):  # fmt: skip
        (tmp_path / option).write_text(str(text))
        words += [f"--tls-{option}", str(tmp_path / option)]
    done = subprocess.run(
        [*RUNNER, "run", "spec.yaml", *words], text=True, env=three.environment,
        cwd=three.folder, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"runner: --cluster {three.url}: ")
    assert len(done.stderr.splitlines()) == 1
