"""docs/scale.md: each way to start workers is parsed, and rendered where its library renders."""

from __future__ import annotations

import ast
import inspect
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
from tests.cluster.page import PAGE, block


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
    code = code.replace('"eth0"', '"lo"')
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


def test_kubernetes_gives_each_worker_whole_cpus() -> None:
    cluster = yaml.safe_load(block("yml", "DaskCluster"))
    worker, scheduler = cluster["spec"]["worker"], cluster["spec"]["scheduler"]
    (box,) = worker["spec"]["containers"]
    require_fit(options(["tcp://h:1", *box["args"][1:]]))
    assert box["resources"]["requests"] == box["resources"]["limits"]
    assert float(box["resources"]["limits"]["cpu"]).is_integer()
    boxes = [each for part in (worker, scheduler) for each in part["spec"]["containers"]]
    # The image's own entry point is the lab: without a command `dask` would be a word of it.
    dockerfile = (ROOT / "images" / "runner" / "Dockerfile").read_text()
    assert "python3 -m venv /opt/iolab" in dockerfile
    assert [each["command"] for each in boxes] == [["/opt/iolab/bin/dask"]] * 2
    assert not any(image.endswith(":latest") or ":" not in image
                   for image in (each["image"] for each in boxes))  # fmt: skip


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """With no field but those that are named: Kubernetes would drop it without a word."""
    made = {
        key: strict(value) if isinstance(value, dict) and key != "enum" else value
        for key, value in schema.items()
    }
    if "properties" in schema and schema.get("x-kubernetes-preserve-unknown-fields") is not True:
        made["additionalProperties"] = False
    return made


def test_kubernetes_takes_every_field_of_the_page() -> None:
    operator = Path(str(pytest.importorskip("dask_kubernetes.operator").__file__)).parent
    jsonschema = pytest.importorskip("jsonschema")
    (file,) = (operator / "deployment").rglob("crds/daskcluster.yaml")
    (version,) = yaml.safe_load(file.read_text())["spec"]["versions"]
    schema = strict(version["schema"]["openAPIV3Schema"])
    whole = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    schema["properties"] |= {**whole, "metadata": {"type": "object"}}
    cluster = yaml.safe_load(block("yml", "DaskCluster"))
    jsonschema.validate(cluster, schema)
    cluster["spec"]["worker"]["spec"]["afinity"] = {}
    with pytest.raises(jsonschema.ValidationError, match="afinity"):
        jsonschema.validate(cluster, schema)


def test_what_the_operator_makes_of_the_page_is_one_fit_worker_a_node() -> None:
    made = pytest.importorskip("dask_kubernetes.operator.controller.controller")
    cluster = yaml.safe_load(block("yml", "DaskCluster"))
    name, spec = cluster["metadata"]["name"], cluster["spec"]
    group = made.build_default_worker_group_spec(name, spec["worker"], {}, {})
    workers = [
        made.build_worker_deployment_spec(
            group["metadata"]["name"],
            "default",
            name,
            uuid,
            group["spec"]["worker"]["spec"],
            {},
            {},
        )["spec"]
        for uuid in ("one", "two")
    ]
    for worker in workers:
        pod = worker["template"]["spec"]
        (box,) = pod["containers"]
        given = {each["name"]: each["value"] for each in box["env"]}
        words = [word.replace("$(DASK_WORKER_NAME)", given["DASK_WORKER_NAME"])
                 for word in box["args"]]  # fmt: skip
        command = options([given["DASK_SCHEDULER_ADDRESS"], *words[1:]])
        require_fit(command)
        assert command["name"] == given["DASK_WORKER_NAME"]
        assert worker["replicas"] == 1
        (rule,) = pod["affinity"]["podAntiAffinity"][
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]
        assert rule["topologyKey"] == "kubernetes.io/hostname"
        for other in workers:
            labels = other["template"]["metadata"]["labels"]
            assert rule["labelSelector"]["matchLabels"].items() <= labels.items()
    scheduler = made.build_scheduler_deployment_spec(name, spec["scheduler"]["spec"], {}, {})
    service = made.build_scheduler_service_spec(name, spec["scheduler"]["service"], {}, {})
    labels = scheduler["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert given["DASK_SCHEDULER_ADDRESS"].startswith(f"tcp://{service['metadata']['name']}.")
    (port,) = service["spec"]["ports"]
    (served,) = scheduler["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert port["targetPort"] == served["name"]
    assert port["port"] == served["containerPort"] == 8786


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
