"""A run folder of a stranger: nothing outside of it is quoted, no change of it is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner import machine
from runner.cli.claims import SAME
from runner.records.outcome import Outcome, Status
from runner.results import RunFolder, Signer, seal
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
    here = machine.gather()
    about = {
        "format": 2, "id": "ab", "spec": "own.yaml", "spec_hash": suite.hash, "seed": 1,
        "quick": False, "trials": 8, "options": {"spec": str(spec)},
        "engine": {"name": "process"}, "host": {name: here[name] for name in SAME},
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
            folder.append(Outcome(trial, cell, block, Status.OK, "", metrics))


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


@pytest.fixture
def forged(tmp_path: Path) -> RunFolder:
    """Its two broken servers were made to pass after it was sealed."""
    folder = begun(tmp_path, "own.yaml")
    measured(folder, 4, errors=3)
    seal(folder, (), None, complete=True)
    text = folder.trials.read_text().replace('"errors": 3', '"errors": 0')
    folder.trials.write_text(text)
    return folder


READ = {
    "report": (6, "report RUN"),
    "show": (0, "show RUN"),
    "claims --run": (6, "claims --run RUN"),
    "compare": (6, "compare RUN RUN"),
    "baseline": (6, "baseline RUN -o DIR/base.json"),
    "list": (0, "list --results DIR"),
    "claims": (5, "claims --results DIR"),
}


@pytest.mark.parametrize(("code", "words"), READ.values(), ids=READ)
def test_every_command_that_reads_a_forged_run_says_so(
    forged: RunFolder, code: int, words: str
) -> None:
    typed = words.replace("RUN", str(forged.path)).replace("DIR", str(forged.path.parent))
    found = told(*typed.split())
    assert found.code == code, found.all
    assert "changed since it was sealed" in found.err
    assert not (forged.path.parent / "base.json").exists()


def test_the_reports_of_a_forged_run_are_marked(forged: RunFolder) -> None:
    told("report", str(forged.path))
    for name in ("table.txt", "report.md"):
        assert "CHANGED since it was sealed" in (forged.path / name).read_text()
    assert "<error" in (forged.path / "junit.xml").read_text()
    assert json.loads((forged.path / "report.json").read_text())["changed"] is True
    again = told("report", str(forged.path))
    assert again.code == 6, "a report makes no seal that fits"
    assert "complete, CHANGED" in told("list", "--results", str(forged.path.parent)).out


def test_a_signature_that_does_not_fit_is_a_change(tmp_path: Path) -> None:
    folder = begun(tmp_path, "own.yaml")
    measured(folder, 4)
    seal(folder, (), Signer(bytes(range(32))), complete=False)
    manifest = folder.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"complete": false', '"complete": true'))
    for words in (("report",), ("run", "--dry-run", "--resume")):
        found = told(*words, str(folder.path))
        assert (found.code, "signature does not fit" in found.err) == (6, True), found.all


def test_a_folder_without_a_manifest_is_called_unsealed(tmp_path: Path) -> None:
    folder = begun(tmp_path, "own.yaml")
    measured(folder, 4)
    for command in ("report", "show"):
        assert "is not sealed (the run was killed" in told(command, str(folder.path)).err
