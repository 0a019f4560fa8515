"""A run folder of a stranger: nothing outside of it is quoted, no change of it is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.measurement import Measurement, Status
from runner.results import RunFolder, seal
from runner.spec import effective, load
from tests.cli.inside import told

SPEC = """\
version: 1
experiments:
  - id: e
    title: t
    server: {lab: [poll, epoll]}
    fleet: {active: 2}
    repeat: 4
    expect:
      - {metric: errors, of: {}, equals: 0, points: 2}
"""
SECRETS = {
    "no YAML": "root:$6$abc:20228:0:99999:7:::\nhunter2:x\n",
    "YAML": "password: hunter2\n",
    "a spec with a fault": SPEC + "password: hunter2\n",
    "a spec": SPEC.replace("title: t", "title: hunter2"),
}


def begun(tmp_path: Path, spec: Path | str) -> RunFolder:
    """As it is when a run begins; `spec` is what run.json says of the path."""
    own = tmp_path / "own.yaml"
    own.write_text(SPEC, encoding="utf-8")
    suite = load(own)
    folder = RunFolder.create(tmp_path / "results", "own")
    about = {
        "format": 2, "id": "ab", "spec": "own.yaml", "spec_hash": suite.hash, "seed": 1,
        "quick": False, "trials": 8, "options": {"spec": str(spec)},
        "engine": {"name": "process"}, "host": {},
    }  # fmt: skip
    folder.begin(about, effective(suite))
    return folder


@pytest.mark.parametrize("content", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=["run", "dry-run"])
def test_resume_quotes_nothing_of_a_file_that_the_folder_names(
    tmp_path: Path, content: str, words: tuple[str, ...]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(content, encoding="utf-8")
    folder = begun(tmp_path, secret)
    found = told("run", "--resume", str(folder.path), "-q", *words)
    assert found.code == 2
    assert "hunter2" not in found.all
    assert f"{secret} is not the spec that this run was begun with (its hash differs)" in found.err
    named = told("run", str(secret), "--resume", str(folder.path), "--dry-run")
    assert named.code == 2, "what the user names may be quoted, and is another spec all the same"


def test_resume_looks_at_the_seal_first(tmp_path: Path) -> None:
    folder = begun(tmp_path, tmp_path / "own.yaml")
    seal(folder, (), None, complete=False)
    about = json.loads((folder.path / "run.json").read_text())
    about["options"]["spec"] = "/nowhere"
    (folder.path / "run.json").write_text(json.dumps(about, indent=2) + "\n")
    found = told("run", "--resume", str(folder.path), "-q", "--dry-run")
    assert (found.code, "run.json:" in found.err, "/nowhere" in found.err) == (6, True, False)


def test_the_spec_that_the_run_was_begun_with_is_gone_on_with(tmp_path: Path) -> None:
    folder = begun(tmp_path, tmp_path / "own.yaml")
    found = told("run", "--resume", str(folder.path), "--dry-run")
    assert found.code == 0, found.err


def measured(folder: RunFolder, blocks: int, errors: int = 0) -> None:
    for block in range(blocks):
        for cell in load(folder.path / "effective.yaml", recorded=True).experiments[0].cells():
            metrics = {"rate": 1000.0 + block, "errors": errors}
            trial = f"{cell.full_name}#{block + 1}"
            folder.append(Measurement(trial, cell, block, Status.OK, "", metrics))


@pytest.mark.parametrize("sealed", [True, False])
def test_a_report_of_a_run_that_was_interrupted_says_so_and_gives_no_points(
    tmp_path: Path, sealed: bool
) -> None:
    folder = begun(tmp_path, "own.yaml")
    measured(folder, 1)
    if sealed:
        seal(folder, (), None, complete=False)
    found = told("report", str(folder.path))
    assert found.code == 4
    assert "INCOMPLETE: the run ended before 6 of its 8 planned trials; 2 trials" in found.out
    assert "0 of 2 points" in found.out
    assert "the run ended before 3 of its 4 repeats" in (folder.path / "junit.xml").read_text()


def test_a_report_of_a_whole_run_passes_and_is_not_called_incomplete(tmp_path: Path) -> None:
    folder = begun(tmp_path, "own.yaml")
    measured(folder, 4)
    seal(folder, (), None, complete=True)
    found = told("report", str(folder.path))
    assert (found.code, "INCOMPLETE" in found.out, found.err) == (0, False, "")
    assert "2 of 2 points" in found.out


def test_a_fact_stays_where_further_repeats_alone_did_not_happen(tmp_path: Path) -> None:
    folder = begun(tmp_path, "own.yaml")
    measured(folder, 5)
    seal(folder, (), None, complete=False)
    found = told("report", str(folder.path))
    assert found.code == 4
    assert "2 of 2 points" in found.out
    assert "INCOMPLETE: the run ended before its further repeats were done" in found.out
