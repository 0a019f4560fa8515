"""Attacks by tar archives: each is refused with the reason, writes nothing, and reaches nothing."""

from __future__ import annotations

import binascii
import bz2
import gzip
import lzma
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.grade.intake import take
from runner.grade.intake.unpack import STREAMS_MAX, UNPACKED_BYTES_MAX
from tests.grade.packing import FILES, pax, raw_tar, tar_header, tar_member, tarred
from tests.grade.taking import refused, taken

GOOD = tar_member(b"server.c")
NOISE = random.Random(1).randbytes(200_000)
MIB = 1 << 20


def extended(data: bytes, kind: bytes = b"x") -> bytes:
    return raw_tar(tar_member(b"pax", data, kind=kind), GOOD)


def link(kind: bytes, target: bytes) -> bytes:
    return raw_tar(tar_header(b"server.c", kind=kind, link=target))


def greedy_xz() -> bytes:
    """Its header asks for a dictionary of nearly 4 GiB."""
    packed = bytearray(lzma.compress(tarred(FILES)))
    at = (
        12  # past the header of the stream is that of the block: length, flags, filter, its options
    )
    length = (packed[at] + 1) * 4
    assert packed[at + 2 : at + 4] == b"\x21\x01"
    packed[at + 4] = 40
    packed[at + length - 4 : at + length] = binascii.crc32(packed[at : at + length - 4]).to_bytes(
        4, "little"
    )
    return bytes(packed)


def zeros(length: int) -> bytes:
    """A compressed member of so many bytes that would be left out, made by parts."""
    engine = zlib.compressobj(1, zlib.DEFLATED, 31)
    part = bytes(MIB)
    begin = engine.compress(GOOD + tar_header(b"film.mp4", size=length))
    return (
        begin + b"".join(engine.compress(part) for _ in range(length // MIB + 1)) + engine.flush()
    )


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "slip": (lambda: raw_tar(tar_member(b"../../secret.c")), "leads out of the submission by .."),
    "absolute": (lambda: raw_tar(tar_member(b"/etc/cron.d/x")), "begins with /"),
    "slip by pax": (lambda: raw_tar(pax(path="../secret.c"), GOOD), "by .."),
    "absolute by pax": (lambda: raw_tar(pax(path="/root/x"), GOOD), "begins with /"),
    "slip by GNU": (
        lambda: raw_tar(tar_member(b"././@LongLink", b"../" * 50 + b"x\0", kind=b"L"), GOOD),
        "by ..",
    ),
    "NUL by pax": (lambda: raw_tar(pax(path="server.c\0.txt"), GOOD), "a control character"),
    "newline by pax": (lambda: raw_tar(pax(path="a\nb.c"), GOOD), "a control character"),
    "no name": (lambda: raw_tar(tar_member(b"")), "a file without a name"),
    "symbolic link": (lambda: link(b"2", b"/etc/shadow"), "is a symbolic link"),
    "link within": (lambda: link(b"2", b"main.c"), "is a symbolic link"),
    "through a link": (
        lambda: raw_tar(tar_header(b"d", kind=b"2", link=b"/tmp"), tar_member(b"d/evil.c")),
        "d: is a symbolic link",
    ),
    "hard link": (lambda: link(b"1", b"/etc/shadow"), "is a hard link"),
    "hard link within": (
        lambda: raw_tar(GOOD, tar_header(b"main.c", kind=b"1", link=b"server.c")),
        "main.c: is a hard link",
    ),
    "device": (lambda: raw_tar(GOOD, tar_header(b"null", kind=b"3")), "is a device"),
    "disk": (lambda: raw_tar(GOOD, tar_header(b"sda", kind=b"4")), "is a device"),
    "FIFO": (lambda: raw_tar(tar_header(b"server.c", kind=b"6")), "is a FIFO"),
    "sparse by GNU": (lambda: raw_tar(tar_member(b"server.c", kind=b"S")), "is a sparse file"),
    "sparse by pax": (
        lambda: raw_tar(pax(**{"GNU.sparse.realsize": str(1 << 50)}), GOOD),
        "is a sparse file",
    ),
    "unknown kind": (lambda: raw_tar(tar_member(b"server.c", kind=b"Z")), "of an unknown kind"),
    "twice": (lambda: raw_tar(GOOD, GOOD), "is there twice"),
    "capitals": (lambda: raw_tar(GOOD, tar_member(b"SERVER.c")), "only in capitals"),
    "a size below zero": (
        lambda: raw_tar(tar_header(b"server.c", size=b"\xff" * 12)),
        "a size in the tar archive is no number",
    ),
    "a size beyond all": (
        lambda: raw_tar(tar_header(b"server.c", size=b"\x80" + b"\xff" * 11)),
        "a size in the tar archive is no number",
    ),
    "a size of words": (
        lambda: raw_tar(tar_header(b"server.c", size=b"12 + 34\0\0\0\0\0")),
        "a size in the tar archive is no number",
    ),
    "an exabyte": (
        lambda: raw_tar(tar_header(b"server.c", size=b"\x80" + (1 << 60).to_bytes(11, "big"))),
        "is larger than 16 MiB",
    ),
    "an exabyte that is left out": (
        lambda: raw_tar(
            GOOD, tar_header(b"film.mp4", size=b"\x80" + (1 << 60).to_bytes(11, "big"))
        ),
        "is cut short",
    ),
    "a size by pax below zero": (lambda: raw_tar(pax(size="-512"), GOOD), "an extended header"),
    "a size by pax of words": (lambda: raw_tar(pax(size="1e9"), GOOD), "an extended header"),
    "a size by pax of many digits": (
        lambda: raw_tar(pax(size="9" * 500_000), GOOD),
        "an extended header",
    ),
    "a size by pax that swallows the next header": (
        lambda: raw_tar(pax(size="1000"), GOOD, tar_member(b"x.h")),
        "a header of the tar archive is wrong",
    ),
    "a record of no length": (lambda: extended(b"0 path=x\n"), "an extended header"),
    "a record that is longer than all": (lambda: extended(b"99 path=x\n"), "an extended header"),
    "a record of negative length": (lambda: extended(b"-9 path=x\n"), "an extended header"),
    "a record without a key": (lambda: extended(b"6 abc\n"), "an extended header"),
    "a record without an end": (lambda: extended(b"9 path=xx"), "an extended header"),
    "a record of spaces": (lambda: extended(b" " * 100_000), "an extended header"),
    "a large extended header": (
        lambda: raw_tar(tar_header(b"pax", size=(1 << 33) - 1, kind=b"x"), GOOD),
        "a header in its tar archive that is larger than 1 MiB",
    ),
    "a wrong checksum": (
        lambda: raw_tar(GOOD, tar_header(b"x.h", good=False)),
        "a header of the tar archive is wrong",
    ),
    "cut in its data": (
        lambda: raw_tar(tar_member(b"server.c", NOISE), end=b"")[:90_000],
        "cut short",
    ),
    "cut between members": (lambda: raw_tar(GOOD, end=b""), "its end is missing"),
    "cut in a header": (lambda: raw_tar(GOOD, GOOD[:100], end=b""), "its end is missing"),
    "gzip, cut": (lambda: gzip.compress(raw_tar(tar_member(b"a.c", NOISE)))[:-9], "cut short"),
    "bzip2, cut": (lambda: bz2.compress(raw_tar(tar_member(b"a.c", NOISE)))[:-9], "cut short"),
    "xz, cut": (lambda: lzma.compress(raw_tar(tar_member(b"a.c", NOISE)))[:-9], "cut short"),
    "gzip, a wrong checksum": (
        lambda: gzip.compress(raw_tar(GOOD))[:-8] + bytes(8),
        "its compressed data is wrong",
    ),
    "gzip, wrong data": (
        lambda: gzip.compress(raw_tar(GOOD))[:20] + b"\xff" * 100,
        "its compressed data is wrong",
    ),
    "bzip2, wrong data": (
        lambda: bz2.compress(raw_tar(GOOD))[:30] + b"\xff" * 100,
        "its compressed data is wrong",
    ),
    "more behind the compressed data": (
        lambda: gzip.compress(raw_tar(GOOD)) + b"#!/bin/sh",
        "its compressed data is wrong",
    ),
    "xz that wants 4 GiB of memory": (greedy_xz, "needs more than 128 MiB of memory"),
    "many empty streams": (
        lambda: gzip.compress(b"") * STREAMS_MAX + gzip.compress(raw_tar(GOOD)),
        "consists of more than 1000 streams",
    ),
    "a bomb that is left out": (
        lambda: zeros(UNPACKED_BYTES_MAX),
        "unpacks to more than 256 MiB",
    ),
    "extended headers without a member": (
        lambda: gzip.compress(pax(path="x.c") * 5000),
        "its end is missing",
    ),
    "many folders": (
        lambda: raw_tar(*(tar_header(b"%d/" % n, kind=b"5") for n in range(20_001))),
        "holds more than 20,000 files",
    ),
    "a tar archive in two archives": (
        lambda: tarred({"a.tar": tarred({"b.tgz": gzip.compress(tarred(FILES))})}),
        "holds no files but what is not graded (b.tgz",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_and_reaches_nothing(attack: str, tmp_path: Path) -> None:
    make, reason = ATTACKS[attack]
    within = tmp_path / "course" / "spring"
    within.mkdir(parents=True)
    path = within / "alice.tar.gz"
    path.write_bytes(make())
    assert reason in refused(path, within)
    assert [each.name for each in tmp_path.iterdir()] == ["course"]


def test_neither_rights_nor_owners_are_taken_over(tmp_path: Path) -> None:
    """Each header of these tests says: root's, setuid, for everybody."""
    path = tmp_path / "alice.tar"
    path.write_bytes(raw_tar(GOOD, tar_member(b"x.h")))
    assert taken(path, tmp_path).files == 2


def test_a_comment_of_git_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "alice.tar"
    comment = tar_member(b"pax_global_header", b"19 comment=0123456\n", kind=b"g")
    path.write_bytes(raw_tar(comment, GOOD))
    assert taken(path, tmp_path).files == 1


def test_what_follows_the_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "alice.tar"
    path.write_bytes(raw_tar(GOOD) + raw_tar(tar_member(b"../evil.c")))
    assert taken(path, tmp_path).files == 1


def test_a_bomb_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "alice.tgz"
    path.write_bytes(zeros(64 * MIB))
    tracemalloc.start()
    try:
        assert taken(path, tmp_path).dropped == ("film.mp4: larger than 1 MiB, and no source",)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_an_archive_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "alice.tar"
    with path.open("wb") as file:
        file.truncate(take.ARCHIVE_BYTES_MAX + 1)
    assert "is larger than 128 MiB" in refused(path, tmp_path)
