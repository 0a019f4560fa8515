"""What is read of a run folder: regular files of known names, by bounded parts, typed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from runner.cli.outputs import IN_FOLDER
from runner.records.outcome import Outcome, Status
from runner.results import (
    EVIDENCE,
    REPORTS,
    IntegrityError,
    ResultsError,
    RunFolder,
    Signer,
    read_manifest,
    reading,
    seal,
    verify,
)
from runner.spec import Cell
from tests.cli.inside import told
from tests.runs.strange import made

KEY = Signer(bytes(range(32)))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return made(tmp_path)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


ODD = {
    "a FIFO": fifo,
    "a link to a device": link_to("/dev/zero"),
    "a link to a file": link_to("/etc/passwd"),
    "a link to nothing": link_to("/no/such/file"),
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("name", [*EVIDENCE, "manifest.json"])
@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_what_is_no_regular_file_is_named_and_not_waited_for(
    folder: RunFolder, name: str, odd: Callable[[Path], None]
) -> None:
    seal(folder, (), KEY, complete=True)
    path = folder.path / name
    path.unlink(missing_ok=True)
    odd(path)
    given = (folder.path.name, "--results", str(folder.path.parent))
    for command in ("show", "report", "verify"):
        found = told(command, *given)
        assert "Traceback" not in found.err
        assert "root:" not in found.all, "nothing of the link's target is shown"
        if command == "verify" or name in ("run.json", "effective.yaml", "trials.jsonl"):
            assert found.code in (2, 3, 6), (command, found)
            assert name in found.all
    assert told("list", "--results", str(folder.path.parent)).code == 0


def test_a_manifest_names_no_file_but_those_of_a_run_folder(folder: RunFolder) -> None:
    seal(folder, (), KEY, complete=True)
    path = folder.path / "manifest.json"
    sealed = json.loads(path.read_text())
    for kind, named in (
        ("reports", {"../../../../etc/passwd": "0" * 64}),
        ("reports", {"/dev/zero": "0" * 64}),
        ("evidence", {"sub/trials.jsonl": ["0" * 64]}),
    ):
        path.write_text(json.dumps({**sealed, kind: named}))
        with pytest.raises(IntegrityError, match="is not a manifest: "):
            read_manifest(folder)
        found = told("verify", str(folder.path), "--allow-unsigned")
        assert (found.code, found.out) == (6, ""), found


def test_no_file_is_read_for_a_manifest_that_its_signature_does_not_fit(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(folder, (), KEY, complete=True)
    manifest = read_manifest(folder)
    assert manifest is not None
    (folder.path / "manifest.json").write_text(replace(manifest, seed=2).as_text())

    def read(path: Path) -> None:
        raise AssertionError(f"{path} was read")

    for name in ("line_hashes", "file_hash"):
        monkeypatch.setattr(import_module("runner.results.verify"), name, read)
    found = verify(folder)
    assert (found.genuine, found.faults) == (False, ())


def test_the_reports_of_a_folder_are_those_that_a_manifest_may_name() -> None:
    assert tuple(IN_FOLDER) == REPORTS


def test_a_line_without_end_is_passed_over_and_named(folder: RunFolder) -> None:
    whole = len(list(folder.measurements()))
    content = folder.trials.read_bytes()
    with folder.trials.open("wb") as file:
        file.seek(200 << 20)
        file.write(b"\n" + content)
    assert len(list(folder.measurements())) == whole
    (unreadable,) = folder.unreadable()
    assert (unreadable.number, unreadable.torn) == (1, False)
    assert "is longer than" in unreadable.what
    with folder.trials.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(ResultsError, match="larger than"):
        list(folder.measurements())


def test_very_many_different_lines_are_told_at_once(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for the best match among them would take the square of their number."""
    folder.trials.write_text("{}\n" * 9_000)
    seal(folder, (), KEY, complete=True)
    folder.trials.write_text("[]\n" * 9_000)

    def match(*_: object, **__: object) -> None:
        raise AssertionError("the square of nine thousand")

    monkeypatch.setattr(import_module("runner.results.verify"), "SequenceMatcher", match)
    (fault,) = verify(folder).faults
    assert (fault.line, fault.what) == (1, "from here on 9000 lines stand where 9000 were sealed")


@pytest.mark.parametrize(
    ("field", "value", "told_of"),
    [
        ("metrics", {"rate": "fast"}, "metrics.rate"),
        ("metrics", {"rate": [1]}, "metrics.rate"),
        ("cell", {"lab": None}, "cell.lab"),
        ("block", "0", "block"),
        ("block", 10**9, "block"),
        ("status", "FINE", "status"),
        ("record", {"granted": {"server": 5}}, "record.granted.server"),
        ("record", {"asked": {"idle": "many"}}, "record.asked.idle"),
        ("format", "2", "format"),
        ("format", [], "format"),
    ],
)
def test_a_field_of_the_wrong_type_costs_its_line_alone(
    folder: RunFolder, field: str, value: object, told_of: str
) -> None:
    lines = folder.trials.read_text().splitlines()
    whole = len(lines)
    lines[2] = json.dumps({**json.loads(lines[2]), field: value})
    folder.trials.write_text("\n".join(lines) + "\n")
    assert len(list(folder.measurements())) == whole - 1
    given = (folder.path.name, "--results", str(folder.path.parent))
    reported = told("report", *given)
    assert f"trials.jsonl:3: {told_of}" in reported.err
    assert re.search(rf"^trials.jsonl:3 +{told_of}", told("show", *given).out, re.MULTILINE)
    assert "1 line unreadable" in told("list", *given[1:]).out


@pytest.mark.parametrize("text", ['{"format": "x"}', '{"format": []}', "null", "[]", "NaN"])
def test_one_bad_folder_is_named_and_the_others_are_listed(folder: RunFolder, text: str) -> None:
    results = folder.path.parent
    (results / "bad").mkdir()
    (results / "bad" / "run.json").write_text(text)
    listed = told("list", "--results", str(results))
    assert listed.code == 0
    assert "bad is not a run folder: run.json" in listed.out
    assert folder.path.name in listed.out
    ruled = told("claims", "--results", str(results))
    assert ruled.code == 5  # the folder that can be read is not of this boot
    assert "claims: skipped: " in ruled.err
    assert told("show", "bad", "--results", str(results)).code == 3


def test_a_cell_from_disk_is_called_by_all_of_its_axes(folder: RunFolder) -> None:
    names = {m.cell.name for m in folder.measurements() if m.cell.experiment == "ceiling"}
    assert len(names) == 4
    assert all("nofile=" in name for name in names)


def test_a_link_that_waits_in_a_strangers_folder_is_not_written_through(
    folder: RunFolder, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    for name in (".report.json.part", "table.txt", ".manifest.json.part"):
        (folder.path / name).symlink_to(mine)
    assert told("report", str(folder.path)).code in (0, 4)
    assert mine.read_text() == "mine"
    assert not (folder.path / "table.txt").is_symlink()
    folder.trials.unlink()
    folder.trials.symlink_to(mine)
    with pytest.raises(ResultsError, match="cannot write"):
        folder.append(Outcome("e#1", Cell("e", ()), 0, Status.OK))
    assert mine.read_text() == "mine"


def test_the_spec_of_a_folder_leads_to_no_other_file(folder: RunFolder) -> None:
    other = folder.path / "other.yaml"
    other.write_text("version: 1\nexperiments: []\n")
    (folder.path / "effective.yaml").write_text("version: 1\ninclude: [other.yaml]\n")
    found = told("report", str(folder.path))
    assert (found.code, "a recorded spec has every include" in found.err) == (2, True), found.err


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b'{"a": 1}\n\n{"a": 2}')
    assert [number for number, _ in reading.objects(path)] == [1, 3]
    assert len(reading.line_hashes(path)) == 3
    assert reading.line_at(path, 3) == b'{"a": 2}'
    assert reading.line_at(path, 4) == b""
