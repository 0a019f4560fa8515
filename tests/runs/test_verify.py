"""A sealed folder shows every change by file and line, and by whom it was sealed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.records.outcome import Outcome, Status
from runner.results import IntegrityError, RunFolder, Signer, fingerprint, reseal, seal, verify
from runner.results.manifest import Manifest
from runner.spec import Cell

KEY = Signer(bytes(range(32)))
OTHER = Signer(bytes(range(1, 33)))
REPORTS = ("table.txt", "report.json")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder.create(tmp_path, "suite")
    about = {"format": 2, "id": "ab", "seed": 1, "spec_hash": "cd",
             "engine": {"name": "process", "programs": {"epoll (c)": "sha256:12"}}}  # fmt: skip
    made.begin(about, "version: 1\nexperiments: []\n")
    for number in range(6):
        cell = Cell("e", (("lab", "epoll"),))
        rate = {"rate": 100.0 + number}
        made.append(Outcome(f"e/lab=epoll#{number + 1}", cell, number, Status.OK, "", rate))
    for name in REPORTS:
        made.write(name, name)
    seal(made, REPORTS, KEY, complete=True)
    return made


def faults(folder: RunFolder) -> list[str]:
    return [str(fault) for fault in verify(folder).faults]


def edited(change: Callable[[list[bytes]], object]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        change(lines)
        path.write_bytes(b"".join(lines))

    return edit


def test_an_untouched_folder_is_as_it_was(folder: RunFolder) -> None:
    found = verify(folder)
    assert (found.faults, found.genuine) == ((), True)
    assert found.signer == fingerprint(KEY.public)
    assert found.manifest is not None
    assert found.manifest.programs == {"epoll (c)": "sha256:12"}


@pytest.mark.parametrize(
    ("file", "edit", "told"),
    [
        ("trials.jsonl", edited(lambda lines: lines.__setitem__(2, lines[2].replace(b"102", b"9"))),
         ["trials.jsonl:3: was changed (e/lab=epoll#3)"]),
        ("trials.jsonl", edited(lambda lines: lines.pop(3)),
         ["trials.jsonl:4: the line before it is missing (e/lab=epoll#5)"]),
        ("trials.jsonl", edited(lambda lines: lines.append(lines[0])),
         ["trials.jsonl:7: was added (e/lab=epoll#1)"]),
        ("trials.jsonl", edited(lambda lines: lines.__setitem__(0, b"no json\n")),
         ["trials.jsonl:1: was changed"]),
        ("trials.jsonl", lambda path: path.unlink(), ["trials.jsonl: is missing"]),
        ("effective.yaml", edited(lambda lines: lines.insert(1, b"x: 1\n")),
         ["effective.yaml:2: was added"]),
        ("run.json", edited(lambda lines: lines.__setitem__(3, b'  "seed": 2,\n')),
         ["run.json:4: was changed"]),
        ("resumes.jsonl", lambda path: path.write_text("{}\n"), ["resumes.jsonl: was added"]),
        ("table.txt", lambda path: path.write_text("all passed"),
         ["table.txt: was changed; `runner report` makes it again"]),
    ],
)  # fmt: skip
def test_a_change_is_named_by_file_and_line(
    folder: RunFolder, file: str, edit: Callable[[Path], None], told: list[str]
) -> None:
    edit(folder.path / file)
    assert faults(folder) == told


def test_one_flipped_bit_anywhere_in_the_evidence_is_found(folder: RunFolder) -> None:
    for name in ("trials.jsonl", "run.json", "effective.yaml"):
        path = folder.path / name
        content = path.read_bytes()
        for at in range(0, len(content), 97):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert faults(folder), f"{name}, byte {at}"
        path.write_bytes(content)
    assert faults(folder) == []


def test_a_changed_manifest_does_not_fit_its_signature(folder: RunFolder) -> None:
    path = folder.path / "manifest.json"
    manifest = Manifest.from_text(path.read_text())
    path.write_text(replace(manifest, seed=2).as_text())
    assert not verify(folder).genuine
    path.write_text("{}")
    with pytest.raises(IntegrityError, match="is not a manifest"):
        verify(folder)


def test_rendering_again_never_makes_a_change_look_genuine(folder: RunFolder) -> None:
    folder.write("table.txt", "rendered again")
    reseal(folder, REPORTS, KEY)
    assert (faults(folder), verify(folder).genuine) == ([], True)
    edited(lambda lines: lines.pop())(folder.trials)
    reseal(folder, REPORTS, KEY)
    assert faults(folder) == ["trials.jsonl:6: the line before it is missing"]


@pytest.mark.parametrize("signer", [OTHER, None], ids=["another key", "no key"])
def test_rendering_someone_elses_run_does_not_sign_it(
    folder: RunFolder, signer: Signer | None
) -> None:
    before = (folder.path / "manifest.json").read_bytes()
    folder.write("table.txt", "rendered elsewhere")
    reseal(folder, REPORTS, signer)
    assert (folder.path / "manifest.json").read_bytes() == before
    manifest = json.loads(before)
    manifest["evidence"]["trials.jsonl"].pop()
    (folder.path / "manifest.json").write_text(json.dumps(manifest))
    reseal(folder, REPORTS, KEY)
    assert not verify(folder).genuine, "a forged manifest is not signed anew"


def test_a_key_is_made_once_and_is_the_users_alone(tmp_path: Path) -> None:
    home = tmp_path / "config" / "iolab"
    assert Signer.existing(home) is None
    assert not home.exists(), "looking makes nothing"
    first = Signer.of_user(home)
    assert Signer.of_user(home) == first
    assert (home / "signing.key").stat().st_mode & 0o077 == 0
    assert [path.name for path in home.iterdir()] == ["signing.key"]
    (home / "signing.key").write_text("rubbish")
    with pytest.raises(ValueError, match="holds no key"):
        Signer.of_user(home)
