"""One server, many load generators, with real sockets between three hosts."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram

from runner.engine.doorway import _lack
from tests.cluster.lab import HOSTS, Cluster, cluster, lack, until
from tests.cluster.page import block
from tests.cluster.test_hosts import RAN, ended, host_of, records
from tests.faults.runs import RUNNER

HEAD = """\
version: 1
defaults: {repeat: 1, budget: 1s, disturbance: 100%, warmup: 100ms, duration: 1500ms}
experiments:
"""
ONE = """\
  - id: one
    title: One host sends the load
    server: {lab: epoll}
    fleet: {hosts: 1, active: 20, loop: open, rate: 400}
    expect: [{metric: errors, of: {}, at_most: 0}]
"""
TWO = """\
  - id: two
    title: Two hosts send it
    server: {lab: epoll}
    fleet: {hosts: 2, active: 20, loop: open, rate: 400}
    expect: [{metric: errors, of: {}, at_most: 0}]
"""
ALONE = """\
  - id: alone
    title: The server's machine sends it
    server: {lab: poll}
    fleet: {active: 1, loop: open, rate: 20}
"""
AHEAD_SECONDS = 500
"""The clock of host 3 is another one (time_namespaces(7))."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        bool(lack() or _lack()), reason=f"NO LOAD OF OTHER HOSTS WAS TRIED: {lack() or _lack()}"
    ),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("load"), ahead={3: AHEAD_SECONDS}) as made:
        for name, text in (("one", ONE), ("both", ONE + TWO), ("two", ALONE + TWO)):
            (made.folder / f"{name}.yaml").write_text(HEAD + text)
        yield made


@pytest.fixture
def three(shared: Cluster) -> Cluster:
    shared.start()
    return shared


def counted(encoded: str) -> int:
    return int(HdrHistogram.decode(encoded).get_total_count())


def merged(record: dict[str, Any]) -> HdrHistogram:
    whole = HdrHistogram(1_000, 3_600_000_000_000, 3)
    for each in record["record"]["fleets"]:
        whole.add(HdrHistogram.decode(each["latency"]))
    return whole


def loaded(three: Cluster, results: Path, hosts: Sequence[int]) -> None:
    """Returns when a trial runs on these hosts: their examination, with boxes too, is over then."""
    until(
        lambda: any(results.iterdir()) and all(map(three.boxes, hosts)),
        "a server and its load generators",
    )


def of(folder: Path, experiment: str) -> list[dict[str, Any]]:
    return [each for each in records(folder) if each["experiment"] == experiment]


def test_two_hosts_and_one_give_the_same_figures(three: Cluster, tmp_path: Path) -> None:
    out, _ = ended(three.run("both.yaml", "--results", str(tmp_path)))
    (folder,) = tmp_path.iterdir()
    (one,), (two,) = of(folder, "one"), of(folder, "two")
    assert {one["status"], two["status"]} <= RAN, (one["reason"], two["reason"])
    assert host_of(one) == "lab-1 (load: lab-2)"
    assert host_of(two) == "lab-1 (load: lab-2, lab-3)"
    assert len(two["record"]["fleets"]) == 2
    for each in (one, two):
        assert each["metrics"]["rate"] == pytest.approx(400, rel=0.05)
        assert each["metrics"]["errors"] == 0
    # Merged without loss: every reply of either host is in the histogram that was judged.
    latency = merged(two)
    replies = [each["requests"] for each in two["record"]["fleets"]]
    assert min(replies) > 0
    assert latency.get_total_count() == sum(replies)
    assert two["metrics"]["p99"] == latency.get_value_at_percentile(99.0)
    assert [counted(each["latency"]) for each in two["record"]["fleets"]] == replies
    _clocks_and_floor(two["record"]["apart"], three)
    assert "verdicts: 2 PASS" in out or "INVALID" in out


def test_the_example_of_the_page_runs(three: Cluster, tmp_path: Path) -> None:
    (three.folder / "example.yaml").write_text(block("yaml", "loaded-by-two"))
    words = ("--repeat", "1", "--set", "defaults.duration=1s", "--set", "defaults.disturbance=100%")
    ended(three.run("example.yaml", *words, "--results", str(tmp_path)))
    (folder,) = tmp_path.iterdir()
    found = of(folder, "loaded-by-two")[-1]
    assert found["status"] in RAN, found["reason"]
    assert found["metrics"]["errors"] == 0
    assert found["metrics"]["rate"] > 0
    assert found["record"]["apart"]["floor"]["connections"] == 100
    assert found["record"]["placement"]["path"] == "network between hosts"


def _clocks_and_floor(apart: dict[str, Any], three: Cluster) -> None:
    near, far = apart["hosts"]
    assert (near["name"], far["name"]) == ("lab-2", "lab-3")
    assert near["address"] == f"{three.net}.12"
    assert apart["address"].startswith(f"{three.net}.11:")
    assert abs(near["ahead_least_ns"]) < 1e9
    for bound in ("ahead_least_ns", "ahead_most_ns"):
        assert far[bound] / 1e9 == pytest.approx(AHEAD_SECONDS, abs=1)
    assert far["ahead_least_ns"] < far["ahead_most_ns"]
    assert 0 < far["ended_ns"] - far["began_ns"] <= 1.6e9
    assert 0.5 < apart["overlap"] <= 1
    floor = apart["floor"]
    assert floor["connections"] == 20
    assert floor["rate"] > 400, "a null server is no faster than the load that is sent"
    assert floor["round_trip_ns"] > 0


def test_a_load_host_that_begins_late_makes_the_trial_invalid(
    three: Cluster, tmp_path: Path
) -> None:
    three.kill(2)
    three.preload[2] = Path(__file__).with_name("late.py")
    three.start()
    try:
        ended(three.run("two.yaml", "--filter", "two", "--results", str(tmp_path)))
    finally:
        three.preload.clear()
        three.kill(2)
    (folder,) = tmp_path.iterdir()
    found = of(folder, "two")
    assert {each["status"] for each in found} == {"INVALID"}
    assert "all load hosts measured during " in found[0]["reason"]
    assert "(99% are needed)" in found[0]["reason"]
    apart = found[0]["record"]["apart"]
    assert apart["skew_ns"] > 300e6
    assert apart["overlap"] < 0.85


def test_a_lost_server_host_is_an_error_and_the_plan_goes_on(
    three: Cluster, tmp_path: Path
) -> None:
    run = three.run("two.yaml", "--results", str(tmp_path))
    loaded(three, tmp_path, HOSTS)
    three.kill(1)
    out, err = ended(run, 0, 3, 4)
    assert "host lab-1 was lost" in err
    assert "given up: " in err
    (folder,) = tmp_path.iterdir()
    (alone,) = of(folder, "alone")
    assert alone["status"] in RAN
    lost = of(folder, "two")
    assert {each["status"] for each in lost} == {"ERROR"}
    assert "FAIL" not in out
    until(lambda: not any(map(three.boxes, HOSTS)), "the end of all boxes")


def test_a_lost_load_host_is_an_error_and_another_team_begins_anew(
    three: Cluster, tmp_path: Path
) -> None:
    run = three.run("one.yaml", "--results", str(tmp_path))
    loaded(three, tmp_path, (1, 2))
    three.kill(2)
    ended(run)
    (folder,) = tmp_path.iterdir()
    error, *again = of(folder, "one")
    assert error["status"] == "ERROR"
    assert host_of(error) == "lab-1 (load: lab-2)"
    assert {host_of(each) for each in again} == {"lab-1 (load: lab-3)"}
    assert again[-1]["status"] in RAN


def test_the_load_dies_with_a_coordinator_that_is_only_stopped(
    three: Cluster, tmp_path: Path
) -> None:
    """For Dask it has not ended: only the lease does."""
    (three.folder / "long.yaml").write_text(
        HEAD.replace("1500ms", "100s").replace("budget", "timeout: 200s, budget") + ONE
    )
    run = three.run("long.yaml", "--results", str(tmp_path))
    loaded(three, tmp_path, (1, 2))
    run.send_signal(signal.SIGSTOP)
    try:
        until(lambda: not any(map(three.boxes, HOSTS)), "the end of the load and of its server")
    finally:
        run.kill()
        run.communicate()


def test_without_a_cluster_it_is_a_skip_that_says_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(HEAD + TWO)
    done = subprocess.run(
        [*RUNNER, "run", "two.yaml", "--engine", "process", "--results", str(tmp_path / "r")],
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert "`hosts: 2` needs 2 hosts beside the server's, and there are 0" in done.stdout
    assert "type --cluster ADDRESS" in done.stdout
    ((record,),) = [
        [json.loads(line) for line in path.read_text().splitlines()]
        for path in tmp_path.glob("r/*/trials.jsonl")
    ]
    assert record["status"] == "SKIP"
