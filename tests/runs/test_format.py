"""The format of a run folder: its schema is checked in, and what older runners wrote is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from runner.cli import cli
from runner.grade.record import schema as grade_schema
from runner.paths import ROOT
from runner.records.json_line import FORMAT, TrialLine, from_json, to_json
from runner.report.schema import schema as report_schema
from runner.results import RunFolder, run_schema, trial_schema
from runner.results.schema import RunFile
from runner.spec import METRICS, RENAMED, load

FORMAT_1 = Path(__file__).parent / "format1"
"""Written by the first runner: its three files, as they were."""


@pytest.mark.parametrize(
    ("file", "of", "schema"),
    [
        ("trials.v2.json", "results", trial_schema()),
        ("run.v2.json", "run", run_schema()),
        ("grade.v1.json", "grade", grade_schema()),
        ("report.v1.json", "report", report_schema()),
    ],
)
def test_the_checked_in_schema_is_the_generated_one(
    file: str, of: str, schema: dict[str, Any]
) -> None:
    assert json.loads((ROOT / "schema" / file).read_text(encoding="utf-8")) == schema, (
        f"type: .venv/bin/runner schema --of {of} > schema/{file}"
    )


def test_a_run_of_format_1_is_read_as_if_it_were_of_today() -> None:
    written = (FORMAT_1 / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    folder = RunFolder(FORMAT_1)
    measured = list(folder.measurements())
    assert len(measured) == len(written) == 4
    for line, measurement in zip(map(json.loads, written), measured, strict=True):
        assert line["format"] == 1
        assert (measurement.session, measurement.trial) == (1, line["trial"])
        today = {RENAMED.get(name, name): value for name, value in line["metrics"].items()}
        assert measurement.metrics == today
        assert TrialLine.model_validate(to_json(measurement)).format == FORMAT
        assert from_json(to_json(measurement)) == measurement
    about = folder.environment()
    assert about.pop("resumes") == []
    assert RunFile.model_validate(about).seed == 42
    assert about["id"] == folder.environment()["id"], "its name is the same at each reading"


OF_TRACE = """
version: 1
experiments:
  - id: trace
    title: What is observed?
    measure: trace
    server: {lab: epoll}
    expect:
      - {metric: tells, equals: readiness}
      - {metric: sleeps_in, equals: epoll}
      - {ratio: border_bytes_per_event, of: {idle: 10}, to: {idle: 300}, at_most: 2}
    fleet: {idle: [10, 300]}
"""


def test_metrics_that_were_renamed_are_read_by_their_names_of_today(tmp_path: Path) -> None:
    old = {
        "format": 2, "trial": "trace/lab=epoll#1", "experiment": "trace", "block": 0, "session": 1,
        "cell": {"lab": "epoll", "language": "c", "idle": 10}, "status": "OK", "reason": "",
        "metrics": dict.fromkeys(RENAMED, 1) | {"tells": "readiness", "idle_cpu": 0.5},
        "record": {},
    }  # fmt: skip
    (tmp_path / "trials.jsonl").write_text(json.dumps(old) + "\n", encoding="utf-8")
    (measurement,) = RunFolder(tmp_path).measurements()
    assert set(measurement.metrics) == {*RENAMED.values(), "idle_cpu"}
    assert measurement.metrics["notification_means"] == "readiness"
    assert set(RENAMED.values()) <= set(METRICS)
    assert not set(RENAMED) & set(METRICS)


def test_expectations_of_renamed_metrics_are_read_by_their_names_of_today(tmp_path: Path) -> None:
    spec = tmp_path / "effective.yaml"
    spec.write_text(OF_TRACE, encoding="utf-8")
    expectations = load(spec, recorded=True).experiments[0].expect
    names = [getattr(each, "metric", None) or getattr(each, "ratio", None) for each in expectations]
    assert names == ["notification_means", "blocks_in", "syscall_bytes_per_event"]


def test_a_run_of_format_1_is_shown_reported_and_not_taken_for_sealed(tmp_path: Path) -> None:
    copy = tmp_path / "results" / "old"
    copy.mkdir(parents=True)
    for file in FORMAT_1.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    said = {}
    for command in ("show", "report", "verify"):
        done = CliRunner().invoke(cli, [command, str(copy)], standalone_mode=False)
        said[command] = (done.output, str(done.exception or ""))
    assert "6.1.0-18-amd64" in said["show"][0]
    assert "4 trials, verdicts: " in said["report"][0]
    assert "has no manifest" in said["verify"][1]
    assert (copy / "trials.jsonl").read_bytes() == (FORMAT_1 / "trials.jsonl").read_bytes()
