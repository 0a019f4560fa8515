"""Files that are no submission: the reason says what they are, and what to hand in."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from runner.grade.intake import IntakeError, intake
from tests.grade.packing import FILES, SERVER, raw_zip, zipped
from tests.grade.taking import archive, refused, taken


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (SERVER, "one text file"),
        (b"<!DOCTYPE html><title>Log in</title>", "a web page"),
        (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
        (b"%PDF-1.7\n\0", "a PDF"),
        (b"\x7fELF\2\1\1" + bytes(500), "a compiled program"),
        (b"MZ\x90" + bytes(500), "a program for Windows"),
        (b"\x28\xb5\x2f\xfd\0", "packed with zstd"),
        (gzip.compress(SERVER), "what it holds is no tar archive"),
        (gzip.compress(zipped(FILES)), "what it holds is no tar archive"),
        (b"\x93\x94\x95" + bytes(600), "neither a zip nor a tar archive"),
        (raw_zip(), "holds no files"),
        (gzip.compress(bytes(10240)), "holds no files"),
        (zipped({"hw/": b""}), "holds no files"),
        (zipped({"a.out": b"\x7fELF"}), "holds no files but what is not graded (a.out: compiled"),
        (zipped({"server.c": "int main".encode("utf-16")}), "saved as UTF-16"),
        (zipped({"server.c": b"\x7fELF\2"}), "server.c: is a compiled program, named like"),
    ],
    ids=range(18),
)
def test_what_is_no_submission_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    assert reason in refused(archive(tmp_path, "alice.zip", content), tmp_path)


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "alic", tmp_path)


def test_a_text_that_begins_like_a_program_is_a_text(tmp_path: Path) -> None:
    packed = zipped({"server.c": b"MZ;", "MZ.txt": b"MZ"})
    assert taken(archive(tmp_path, "a.zip", packed), tmp_path).files == 2


def test_the_reason_is_one_that_is_raised(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"^alice\.zip: is empty; hand in a folder, a \.zip or"):
        intake(archive(tmp_path, "alice.zip", b""), tmp_path / "copy")
