"""Submissions as honest students make them: all are accepted, and become the same files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner.grade.intake import intake
from runner.paths import LABS
from tests.grade.packing import FAT, FILES, PACKERS, SERVER, Entry, raw_zip, tarred, zipped
from tests.grade.taking import archive, copied, taken, written


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("above", ["", "./", "alice/", "hw1/hw1/"])
def test_the_same_submission_is_the_same_files_however_it_is_packed(
    packer: str, above: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "alice", FILES)
    expected = taken(folder, tmp_path / "a")
    packed = PACKERS[packer]({above + name: FILES[name] for name in sorted(FILES, key=len)})
    found = taken(archive(tmp_path, f"alice.{packer}", packed), tmp_path / "b")
    assert copied(found) == copied(expected) == FILES
    assert found.sha256 == expected.sha256
    assert (found.files, found.size, found.dropped) == (3, sum(map(len, FILES.values())), ())


def test_the_hash_is_of_names_and_contents(tmp_path: Path) -> None:
    base = {"server.c": SERVER, "a.h": b"12", "b.h": b"3"}
    others: list[Mapping[str, bytes]] = [
        {**base, "server.c": SERVER + b"\n"},
        {"server.c": SERVER, "a.h": b"1", "b.h": b"23"},
        {"server.c": SERVER, "a.h": b"12", "c.h": b"3"},
        {"server.c": SERVER, "a.h": b"12b.h3"},
    ]
    hashes = {
        taken(archive(tmp_path, f"{n}.zip", zipped(files)), tmp_path / str(n)).sha256
        for n, files in enumerate([base, *others])
    }
    assert len(hashes) == 5


@pytest.mark.parametrize("form", ["gnu", "pax", "ustar", "v7", "oldgnu"])
def test_what_tar_itself_writes(form: str, tmp_path: Path) -> None:
    long = "a_folder_of_a_long_name/" * 3 + "lines_of_text.h"
    folder = written(tmp_path / "alice", {**FILES, long: b"1", "net/empty.h": b""})
    (folder / "server.c").chmod(0o4711)
    out = tmp_path / "alice.tgz"
    command = ["tar", "-cz", f"--format={form}", "-f", str(out), "-C", str(tmp_path), "alice"]
    subprocess.run(command, check=True)
    found = taken(out, tmp_path)
    assert copied(found) == {**FILES, long: b"1", "net/empty.h": b""}
    assert found.sha256 == taken(folder, tmp_path / "b").sha256


def test_a_long_name_by_gnu_and_by_pax(tmp_path: Path) -> None:
    name = "/".join(["f" * 90] * 3 + ["h" * 120 + ".h"])
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        packed = tarred({"server.c": SERVER, name: b"x"}, form)
        found = taken(archive(tmp_path, "alice.tar", packed), tmp_path / str(form))
        assert set(copied(found)) == {"server.c", name}


def test_a_mac_packs_its_own_files_beside(tmp_path: Path) -> None:
    files = {
        "hw/server.c": SERVER,
        "hw/.DS_Store": b"\0\0\0\1Bud1",
        "__MACOSX/hw/._server.c": b"\0\5\x16\7",
        "__MACOSX/._hw": b"\0\5\x16\7",
        "hw/re\u0301sume\u0301.txt": b"decomposed",
        "hw/Bildschirmfoto um 3.04\u202fPM.txt": b"",
    }
    found = taken(archive(tmp_path, "alice.zip", zipped(files)), tmp_path)
    assert set(copied(found)) == {"server.c", "résumé.txt", "Bildschirmfoto um 3.04 PM.txt"}
    assert set(found.dropped) == {".DS_Store: hidden", "__MACOSX/: made by macOS (2 files)"}


def test_backslashes_of_windows_are_folders(tmp_path: Path) -> None:
    entries = [
        Entry(b"hw\\", b"", host=FAT, attributes=0x10),
        Entry(b"hw\\server.c", host=FAT, attributes=0x20),
        Entry(b"hw\\net\\lines.h", b"1", host=FAT, attributes=0x20),
    ]
    found = taken(archive(tmp_path, "alice.zip", raw_zip(*entries)), tmp_path)
    assert copied(found) == {"server.c": SERVER, "net/lines.h": b"1"}


@pytest.mark.parametrize(
    "raw",
    [b"r\xe9sum\xe9", "张三".encode("gb18030"), "誠".encode("gbk"), b"r\x82sum\x82", b"\xff"],
)
def test_names_of_other_encodings(raw: bytes, tmp_path: Path) -> None:
    folder = written(tmp_path / "alice", {"server.c": SERVER})
    written(Path(os.fsdecode(os.fsencode(folder) + b"/" + raw)), {"notes.txt": b"1"})
    plain = taken(folder, tmp_path / "a")
    assert plain.files == 2
    entries = (Entry(b"server.c"), Entry(raw + b"/notes.txt", b"1"))
    zip_ = taken(archive(tmp_path, "alice.zip", raw_zip(*entries)), tmp_path / "b")
    subprocess.run(["tar", "-cf", tmp_path / "alice.tar", "-C", folder, "."], check=True)
    tar = taken(tmp_path / "alice.tar", tmp_path / "c")
    assert plain.sha256 == zip_.sha256 == tar.sha256


def test_chinese_names_are_read_as_such(tmp_path: Path) -> None:
    names = ["作业/server.c", "说明.txt"]
    entries = [Entry(name.encode("gbk"), host=FAT) for name in names]
    found = taken(archive(tmp_path, "alice.zip", raw_zip(*entries)), tmp_path)
    assert set(copied(found)) == set(names)


def test_what_is_compiled_or_left_behind_is_named_and_left_out(tmp_path: Path) -> None:
    elf = b"\x7fELF" + bytes(100)
    left_out = {
        "server": elf, "a.out": elf, "server.o": elf, "lab.so": elf, "core": elf,
        "s.exe": b"MZ" + bytes(64), "mac": b"\xcf\xfa\xed\xfe" + bytes(64),
        "__pycache__/server.cpython-311.pyc": b"\0",
        ".git/config": b"[core]", ".git/objects/ab/cd": b"x", ".vscode/settings.json": b"{}",
        "server.c~": SERVER, ".server.c.swp": b"b0VIM", "server.dSYM/Contents/Info.plist": b"<",
        "venv/bin/python": elf, "node_modules/left/pad.js": b"", "Thumbs.db": b"",
        "film.mp4": bytes((1 << 20) + 1), "old.tar.gz": gzip.compress(tarred(FILES)),
        "grades/select-echo/alice/work/labs/submission/server.c": SERVER,
    }  # fmt: skip
    files = {**FILES, **left_out}
    folder = taken(written(tmp_path / "alice", files), tmp_path / "a")
    packed = taken(archive(tmp_path, "alice.zip", zipped(files)), tmp_path / "b")
    for found in (folder, packed):
        assert copied(found) == FILES
        assert {line.partition(":")[0] for line in found.dropped} == {
            _left(name) for name in left_out
        }
    assert folder.sha256 == packed.sha256
    assert "server: compiled, and only sources are graded" in folder.dropped


def _left(name: str) -> str:
    folder, slash, _ = name.partition("/")
    return folder + slash


def test_a_long_list_of_what_was_left_out_is_cut(tmp_path: Path) -> None:
    files = {"server.c": SERVER, **{f"{n}.o": b"" for n in range(100)}}
    found = taken(archive(tmp_path, "alice.zip", zipped(files)), tmp_path)
    assert len(found.dropped) == 41
    assert found.dropped[-1] == "and 60 more"


def test_a_website_packs_an_archive_into_a_folder(tmp_path: Path) -> None:
    for n, packed in enumerate((zipped(FILES), gzip.compress(tarred(FILES)))):
        folder = written(tmp_path / f"alice_{n}", {"hw1.zip": packed, ".DS_Store": b""})
        found = taken(folder, tmp_path / str(n))
        assert copied(found) == FILES
        assert found.dropped == (".DS_Store: hidden",)
        outer = archive(tmp_path, f"{n}.zip", zipped({"alice/hw1.zip": packed}))
        assert taken(outer, tmp_path / f"again-{n}").sha256 == found.sha256


def test_the_folder_beside_its_own_archive(tmp_path: Path) -> None:
    files = {"hw.zip": zipped(FILES), **{f"hw/{name}": FILES[name] for name in FILES}}
    found = taken(archive(tmp_path, "alice.zip", zipped(files)), tmp_path)
    assert copied(found) == FILES
    assert found.dropped == ("hw.zip: an archive within the submission",)


def test_a_name_that_says_another_format_does_not_matter(tmp_path: Path) -> None:
    tar, zip_ = tarred(FILES), zipped(FILES)
    for name, packed in (("a.zip", tar), ("b.tar.gz", zip_), ("c", tar)):
        assert copied(taken(archive(tmp_path, name, packed), tmp_path / f"of-{name}")) == FILES


def test_how_parallel_compressors_and_tapes_write(tmp_path: Path) -> None:
    packed = tarred({"server.c": SERVER, "data.txt": random.Random(1).randbytes(300_000)})
    halves = packed[:150_001], packed[150_001:]
    compressors: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress]
    for n, compress in enumerate(compressors):
        content = b"".join(map(compress, halves)) + bytes(1000)
        assert taken(archive(tmp_path, "alice.tgz", content), tmp_path / str(n)).files == 2


def test_a_zip_written_to_a_pipe(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in FILES.items():
            out.writestr(name, content)
    assert copied(taken(archive(tmp_path, "alice.zip", pipe.content), tmp_path)) == FILES


def test_a_checksum_of_signed_bytes_is_an_old_one(tmp_path: Path) -> None:
    packed = bytearray(tarred({"server.c": SERVER, "über.h": b"1"}, tarfile.GNU_FORMAT))
    at = packed.index("über.h".encode())
    block = packed[at : at + 512]
    block[148:156] = b" " * 8
    total = sum(byte - 256 if byte > 127 else byte for byte in block)
    packed[at + 148 : at + 156] = b"%06o\0 " % total
    assert set(copied(taken(archive(tmp_path, "a.tar", bytes(packed)), tmp_path))) == {
        "server.c",
        "über.h",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("alice.tar.gz", "alice"),
        ("alice.ZIP", "alice"),
        ("alice_1234_assignsubmission_file", "alice_1234_assignsubmission_file"),
        ("a\x1b[2Jb.zip", "a[2Jb"),
        ("..zip", "submission"),
        ("张三.zip", "张三"),
        (f"{'x' * 200}.zip", "x" * 100),
    ],
)
def test_its_name_is_safe_to_show(name: str, shown: str, tmp_path: Path) -> None:
    assert taken(archive(tmp_path, name, zipped(FILES)), tmp_path).name == shown


def test_the_folder_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path / "alice", FILES))
    found = intake(Path(), tmp_path / "copy")
    assert (found.name, found.files) == ("alice", 3)


def test_a_copy_is_plain_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        taken(written(tmp_path / "alice", FILES), tmp_path)
    finally:
        os.umask(before)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    alice, there = written(tmp_path / "alice", FILES), written(tmp_path / "there", {"x": b"1"})
    with pytest.raises(FileExistsError, match="is not empty"):
        intake(alice, there)
    assert [path.name for path in there.iterdir()] == ["x"]


def test_a_copy_that_cannot_be_finished_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(OSError, match="No space left"):
        intake(written(tmp_path / "alice", FILES), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_lab_of_the_project_is_a_submission(tmp_path: Path) -> None:
    found = taken(LABS / "poll", tmp_path)
    assert (found.folder / "server.c").read_bytes() == (LABS / "poll" / "server.c").read_bytes()
