"""Attacks by zip archives: each is refused with the reason, writes nothing, and reaches nothing."""

from __future__ import annotations

import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.grade.intake.unzip import LIST_BYTES_MAX
from tests.grade.packing import (
    ENCRYPTED,
    FAT,
    FILES,
    LINK,
    SERVER,
    UTF8,
    Entry,
    deflated,
    raw_zip,
    zip64_extra,
    zipped,
)
from tests.grade.taking import refused, taken

DEFLATE = zipfile.ZIP_DEFLATED
GOOD = Entry(b"server.c")
MIB = 1 << 20
MORE = deflated(bytes(500_000))


def special(mode: int) -> bytes:
    return raw_zip(GOOD, Entry(b"notes", attributes=mode << 16))


def claimed(entry: Entry, *numbers: int) -> bytes:
    """The sizes are in the field of zip64 alone."""
    return raw_zip(
        Entry(entry.name, entry.data, extra=zip64_extra(*numbers), size=0xFFFFFFFF)
        if len(numbers) == 1
        else Entry(
            entry.name, entry.data, extra=zip64_extra(*numbers), size=0xFFFFFFFF,
            packed_size=0xFFFFFFFF,
        )
    )  # fmt: skip


def shared(count: int) -> bytes:
    """Every member is the first one's data."""
    first = Entry(b"server.c", bytes(MIB), DEFLATE, packed=deflated(bytes(MIB)))
    return raw_zip(
        first,
        *(
            Entry(b"%d.h" % n, first.data, DEFLATE, packed=first.packed, offset=0)
            for n in range(count)
        ),
    )


def quoting() -> bytes:
    """A member whose data is the next member, header and all, as in the best known bomb."""
    inner = raw_zip(Entry(b"b.h", bytes(1000)))
    inner = inner[: inner.index(b"PK\1\2")]
    outer = Entry(b"server.c", inner)
    at = 30 + len(outer.name)
    return raw_zip(outer, Entry(b"b.h", bytes(1000), offset=at))


def unlisted() -> bytes:
    """A list of members that is longer than that of any submission."""
    name = b"%07d" + b"x" * 60
    return raw_zip(GOOD, *(Entry(name % n, b"", offset=0) for n in range(LIST_BYTES_MAX // 110)))


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "slip": (lambda: raw_zip(Entry(b"../../secret.c")), "leads out of the submission by .."),
    "slip within": (lambda: raw_zip(Entry(b"a/../../b.c")), "leads out of the submission by .."),
    "slip in what is left out": (lambda: raw_zip(GOOD, Entry(b".git/../../x")), "by .."),
    "slip as a folder": (lambda: raw_zip(GOOD, Entry(b"../evil/", b"")), "by .."),
    "slip behind a hidden character": (lambda: raw_zip(Entry("\u200b../x".encode())), "by .."),
    "slip of Windows": (lambda: raw_zip(Entry(b"..\\..\\secret.c", host=FAT)), "by .."),
    "absolute": (lambda: raw_zip(Entry(b"/etc/cron.d/x")), "begins with /"),
    "absolute of Windows": (lambda: raw_zip(Entry(b"\\evil.c", host=FAT)), "begins with /"),
    "drive": (lambda: raw_zip(Entry(b"C:\\evil.c", host=FAT)), "begins with a drive letter"),
    "drive, relative": (lambda: raw_zip(Entry(b"c:evil.c")), "begins with a drive letter"),
    "backslash": (lambda: raw_zip(GOOD, Entry(b"a\\..\\b.h")), "holds a backslash"),
    "NUL": (lambda: raw_zip(Entry(b"server.c\0.txt")), "holds a control character"),
    "escape": (lambda: raw_zip(GOOD, Entry(b"\x1b]0;me\x07.h")), "holds a control character"),
    "newline": (lambda: raw_zip(GOOD, Entry(b"a\n::error::b.h")), "holds a control character"),
    "long name": (lambda: raw_zip(Entry(b"x" * 256 + b".c")), "the name is longer than 255 bytes"),
    "long path": (
        lambda: raw_zip(Entry(b"/".join([b"y" * 250] * 5))),
        "the path is longer than 1024 bytes",
    ),
    "deep": (lambda: raw_zip(Entry(b"d/" * 17 + b"x.c")), "more than 16 folders deep"),
    "no name": (lambda: raw_zip(Entry(b"")), "a file without a name"),
    "name of dots": (lambda: raw_zip(Entry(b"././.")), "a file without a name"),
    "false UTF-8": (lambda: raw_zip(Entry(b"\xff.c", flags=UTF8)), "is damaged"),
    "link": (
        lambda: raw_zip(Entry(b"server.c", b"/etc/shadow", attributes=LINK)),
        "is a symbolic link",
    ),
    "link of a host without links": (
        lambda: raw_zip(Entry(b"server.c", b"../secret.c", host=FAT, attributes=LINK)),
        "is a symbolic link",
    ),
    "link as a folder": (
        lambda: raw_zip(Entry(b"d", b"/tmp", attributes=LINK), Entry(b"d/evil.c")),
        "d: is a symbolic link",
    ),
    "FIFO": (lambda: special(stat.S_IFIFO), "is a FIFO"),
    "socket": (lambda: special(stat.S_IFSOCK), "is a socket"),
    "device": (lambda: special(stat.S_IFCHR), "is a device"),
    "disk": (lambda: special(stat.S_IFBLK), "is a device"),
    "unknown kind": (lambda: special(stat.S_IFMT(0o150000)), "is of an unknown kind"),
    "twice": (lambda: raw_zip(GOOD, Entry(b"server.c", b"other")), "is there twice"),
    "twice by dots": (lambda: raw_zip(GOOD, Entry(b"./server.c", b"other")), "is there twice"),
    "twice but for what is not seen": (
        lambda: raw_zip(GOOD, Entry("server\u2060.c".encode())),
        "is there twice",
    ),
    "capitals": (lambda: raw_zip(GOOD, Entry(b"Server.C")), "only in capitals"),
    "capitals of folders": (lambda: raw_zip(Entry(b"a/x.c"), Entry(b"A/y.c")), "only in capitals"),
    "accents": (
        lambda: raw_zip(GOOD, Entry("\u00e9.h".encode()), Entry("e\u0301.h".encode())),
        "is there twice",
    ),
    "long s": (lambda: raw_zip(GOOD, Entry("\u017ferver.c".encode())), "only in capitals"),
    "file and folder": (lambda: raw_zip(GOOD, Entry(b"server.c/x.h")), "a file and a folder"),
    "folder and file": (lambda: raw_zip(Entry(b"a/x.c"), Entry(b"a")), "a file and a folder"),
    "encrypted": (lambda: raw_zip(Entry(b"server.c", flags=ENCRYPTED)), "is encrypted"),
    "strongly encrypted": (lambda: raw_zip(Entry(b"server.c", flags=0x41)), "is encrypted"),
    "unusual method": (
        lambda: zipped({"server.c": SERVER}, zipfile.ZIP_LZMA),
        "compressed by an unusual method",
    ),
    "method that is not": (lambda: raw_zip(Entry(b"server.c", method=99)), "an unusual method"),
    "smaller than stated": (
        lambda: raw_zip(Entry(b"server.c", b"12", DEFLATE, packed=deflated(b"12"), size=1000)),
        "its size is not the one",
    ),
    "larger than stated": (
        lambda: raw_zip(Entry(b"server.c", b"12", DEFLATE, packed=MORE, crc=0)),
        "its size is not the one",
    ),
    "stored, of another size": (
        lambda: raw_zip(Entry(b"server.c", size=len(SERVER) + 1)),
        "its size is not the one",
    ),
    "padded": (
        lambda: raw_zip(Entry(b"server.c", b"1", packed=bytes(5000))),
        "has more data than its size can need",
    ),
    "zip64 states an exabyte": (lambda: claimed(GOOD, 1 << 60), "is larger than 16 MiB"),
    "zip64 states less": (lambda: claimed(GOOD, 5), "its size is not the one"),
    "zip64 states more": (lambda: claimed(GOOD, 5000, 5000), "cut short"),
    "zip64 states nothing": (
        lambda: raw_zip(Entry(b"server.c", size=0xFFFFFFFF, extra=b"\1\0\0\0")),
        "is damaged",
    ),
    "checksum": (lambda: raw_zip(Entry(b"server.c", crc=1)), "its checksum is wrong"),
    "data that is no deflate": (
        lambda: raw_zip(Entry(b"server.c", SERVER, DEFLATE, packed=b"\xff" * 40)),
        "its data is wrong",
    ),
    "data that ends early": (
        lambda: raw_zip(Entry(b"server.c", SERVER, DEFLATE, packed=deflated(SERVER)[:-9])),
        "its data is cut short",
    ),
    "cut short": (lambda: zipped(FILES)[:-30], "is damaged or cut short"),
    "half": (lambda: zipped(FILES)[:90], "is damaged or cut short"),
    "its list lies elsewhere": (
        lambda: raw_zip(GOOD).replace(b"PK\1\2", b"PK\1\3"),
        "is damaged or cut short",
    ),
    "data that lies elsewhere": (
        lambda: raw_zip(GOOD, Entry(b"b.h", offset=1 << 30)),
        "is not where the archive states",
    ),
    "another name before the data": (
        lambda: raw_zip(Entry(b"server.c", own_name=b"Zerver.c")),
        "the archive's list says something else",
    ),
    "shared data": (lambda: shared(20), "members that share their data"),
    "quoted headers": (quoting, "members that share their data"),
    "joined archives": (
        lambda: zipped(FILES) + zipped({"x.c": b""}),
        "other data before its first",
    ),
    "one large file": (
        lambda: raw_zip(Entry(b"server.c", bytes(16 * MIB + 1), DEFLATE, packed=b"")),
        "is larger than 16 MiB",
    ),
    "a bomb of three": (
        lambda: zipped({f"{n}.h": bytes(11 * MIB) for n in range(3)}),
        "its files are larger than 32 MiB together",
    ),
    "a bomb of programs": (
        lambda: zipped({f"{n}.zip": b"\x7fELF" + bytes(11 * MIB) for n in range(3)}),
        "its files are larger than 32 MiB together",
    ),
    "many files": (
        lambda: raw_zip(*(Entry(b"%d.c" % n, b"") for n in range(1001))),
        "holds more than 1,000 files",
    ),
    "many programs": (
        lambda: raw_zip(*(Entry(b"%d" % n, b"\x7fELF") for n in range(1001))),
        "holds more than 1,000 files",
    ),
    "many folders": (
        lambda: raw_zip(*(Entry(b"%d/" % n, b"") for n in range(20_001))),
        "holds more than 20,000 files",
    ),
    "a long list": (unlisted, "holds too many files, or is damaged"),
    "an archive in an archive in an archive": (
        lambda: zipped({"a.zip": zipped({"b.zip": zipped(FILES)})}),
        "holds no files but what is not graded (b.zip: an archive within the submission)",
    ),
    "an attack one archive deeper": (
        lambda: zipped({"a.zip": raw_zip(Entry(b"../../secret.c"))}),
        "a.zip: ../../secret.c: the name leads out",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_and_reaches_nothing(attack: str, tmp_path: Path) -> None:
    make, reason = ATTACKS[attack]
    within = tmp_path / "course" / "spring"
    within.mkdir(parents=True)
    path = within / "alice.zip"
    path.write_bytes(make())
    assert reason in refused(path, within)
    assert [each.name for each in tmp_path.iterdir()] == ["course"]


def test_neither_rights_nor_owners_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "alice.zip"
    modes = (stat.S_IFREG | 0o6777, 0, stat.S_IFREG)
    names = (b"server.c", b"a.h", b"b.h")
    path.write_bytes(
        raw_zip(
            *(Entry(name, attributes=mode << 16) for name, mode in zip(names, modes, strict=True))
        )
    )
    assert taken(path, tmp_path).files == 3


def test_a_bomb_does_not_fill_the_memory(tmp_path: Path) -> None:
    """Of 64 MiB that are there, more are stated, or fewer, or as many as are accepted."""
    packed = deflated(bytes(64 * MIB))
    path = tmp_path / "alice.zip"
    for size in (1 << 30, 100, 15 * MIB):
        path.write_bytes(raw_zip(Entry(b"server.c", b"", DEFLATE, packed=packed, size=size, crc=0)))
        tracemalloc.start()
        try:
            refused(path, tmp_path)
            assert tracemalloc.get_traced_memory()[1] < 48 * MIB
        finally:
            tracemalloc.stop()
