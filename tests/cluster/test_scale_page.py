"""docs/scale.md: each way to start workers is parsed, and rendered where its library renders."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from distributed import Scheduler, Security, SSHCluster, Worker
from distributed.cli.dask_worker import main as dask_worker

from runner.cluster.link import START
from runner.paths import ROOT, SPEC
from runner.plan import Host, expand
from runner.plan.spread import makespan, spread
from runner.spec import load

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def block(language: str, word: str) -> str:
    (found,) = [each for each in blocks(language) if word in each]
    return found


def options(command: list[str]) -> dict[str, Any]:
    """Of `dask worker`, as its own command line reads them."""
    with dask_worker.make_context("dask worker", command, resilient_parsing=True) as context:
        return dict(context.params)


def require_fit(worker: dict[str, Any]) -> None:
    assert (worker["nthreads"], worker["nanny"]) == (1, False)
    assert worker["resources"] == "host=1"
    assert str(worker["n_workers"] or 1) == "1"


def test_the_line_by_hand_is_one_of_dask() -> None:
    line = block("sh", "dask worker").replace("\\\n", " ").splitlines()[-1]
    words = line.split()
    require_fit(options(words[2:]))
    assert START in line


def test_slurm_starts_one_worker_a_node(tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    made = Security.temporary()
    for name, text in (("ca", made.tls_ca_file), ("key", made.tls_scheduler_key),
                       ("cert", made.tls_scheduler_cert)):  # fmt: skip
        (tmp_path / f"{name}.pem").write_text(str(text))
    code = block("python", "SLURMCluster").partition("cluster.scale(")[0]
    scope: dict[str, Any] = {}
    code += "\nwith cluster: script = cluster.job_script()\n"
    code = code.replace(
        'protocol="tls://"', 'protocol="tls://", scheduler_options={"dashboard": False}'
    )
    exec(code.replace("/shared/iolab", str(tmp_path)), scope)  # noqa: S102 - the page's own
    script = str(scope["script"])
    assert "#SBATCH --exclusive" in script
    assert "#SBATCH --cpus-per-task=4" in script
    (line,) = [each for each in script.splitlines() if "dask_worker" in each]
    require_fit(options(line.partition("dask_worker ")[2].split()))
    assert " tls://" in line
    assert f"--tls-ca-file {tmp_path}/ca.pem" in line


def test_ssh_takes_what_the_page_gives() -> None:
    (call,) = [
        each
        for each in ast.walk(ast.parse(block("python", "SSHCluster")))
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "SSHCluster"
    ]
    given = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    assert set(map(str, given)) <= set(inspect.signature(SSHCluster).parameters)
    assert given["worker_options"] == {"nthreads": 1, "resources": {"host": 1}}
    assert set(given["worker_options"]) <= set(inspect.signature(Worker).parameters)
    assert set(given["scheduler_options"]) <= set(inspect.signature(Scheduler).parameters)


def test_kubernetes_gives_each_worker_whole_cpus_and_a_node() -> None:
    cluster = yaml.safe_load(block("yml", "DaskCluster"))
    assert (cluster["apiVersion"], cluster["kind"]) == ("kubernetes.dask.org/v1", "DaskCluster")
    worker, scheduler = cluster["spec"]["worker"], cluster["spec"]["scheduler"]
    (box,) = worker["spec"]["containers"]
    require_fit(options(["tcp://h:1", *box["args"][2:]]))
    assert box["resources"]["requests"] == box["resources"]["limits"]
    assert float(box["resources"]["limits"]["cpu"]).is_integer()
    (rule,) = worker["spec"]["affinity"]["podAntiAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert rule["topologyKey"] == "kubernetes.io/hostname"
    assert scheduler["service"]["selector"]["dask.org/cluster-name"] == cluster["metadata"]["name"]
    images = [each["image"] for part in (worker, scheduler) for each in part["spec"]["containers"]]
    assert not any(image.endswith(":latest") or ":" not in image for image in images)


def test_the_times_of_the_page_are_those_of_the_plan() -> None:
    suite = load(SPEC)
    plan = expand(suite, Host(20_000, (0, 1)))
    parts = [part.seconds(0.5) for part in spread(suite, plan)]
    assert f"{len(plan.trials)} trials in {len(parts)} parts" in " ".join(PAGE.split())
    times = [makespan(parts, hosts) for hosts in (1, 2, 3, 5, 10)]
    said = (
        "{:.0f} s on one host, {:.0f} s on two, {:.0f} s on three, {:.0f} s on five, and {:.0f} s"
    )
    assert said.format(*times) in " ".join(PAGE.split())
