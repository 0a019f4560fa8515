"""From a spec to a verdict on real boxes: probes run in both engines, and claims are ruled upon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.results import latest
from tests.cli.inside import told
from tests.cli.test_run import ENGINES, runner

SPEC = """\
version: 1
experiments:
  - id: calls
    title: What has this kernel?
    claims: [C14]
    measure: probe
    probe: {name: kernel_has, language: [c, python]}
    repeat: 1
    expect:
      - {finding: state, of: {}, where: {family: epoll}, equals: present}
  - id: beside
    title: Does B wait while A thinks?
    claims: [C2]
    measure: probe
    probe: {name: neighbours}
    server: {lab: blocking}
    limits: {nofile: 64}
    repeat: 1
  - id: io-uring
    title: Who copies?
    claims: [C18]
    measure: probe
    probe: {name: arrival}
    repeat: 1
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_probes_run_in_boxes_and_decide_claims(tmp_path: Path, engine: str) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    done = runner("run", "spec.yaml", "--engine", engine, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "For the findings type: runner claims C14" in done.stdout
    kept = {m.cell.experiment: m.record for m in latest(tmp_path / "results").measurements()}
    assert {"idle-began", "idle-ended"} <= set(kept["beside"].samples or ())
    models = {finding["model"]: finding["case"] for finding in kept["io-uring"].findings or ()}
    assert models["posix_aio"] == "message"
    assert models["io_uring"] == "message", "the box of this probe, and no other, is granted it"
    ruled = told("claims", "--json", "--results", str(tmp_path / "results"))
    standing = {row["id"]: row["standing"] for row in json.loads(ruled.out)}
    assert (standing["C2"], standing["C6"]) == ("SUPPORTED",) * 2
    assert standing["C14"] == "NUANCED"  # measured here, and documented of illumos
    assert standing["C9"] == "NO EVIDENCE"
