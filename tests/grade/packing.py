"""Submissions as students and attackers pack them: whole ones with Python's libraries, false ones
byte by byte, because no library writes them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runner.grade.intake.tar_header import BLOCK

SERVER = b"#include <stdio.h>\nint main(void) { return 0; }\n"
FILES = {"server.c": SERVER, "net/lines.h": b"#define LINES 3\n", "README.md": b"# Mine\r\n"}
UTF8, ENCRYPTED = 0x800, 0x1
UNIX, FAT = 3, 0
LINK = (stat.S_IFLNK | 0o777) << 16


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return out.getvalue()


PACKERS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "zip": zipped,
    "zip-stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "tar": tarred,
    "tar-gnu": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "tar-ustar": lambda files: tarred(files, tarfile.USTAR_FORMAT),
    "tar.gz": lambda files: gzip.compress(tarred(files)),
    "tar.bz2": lambda files: bz2.compress(tarred(files)),
    "tar.xz": lambda files: lzma.compress(tarred(files)),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of a zip archive. What is None is as it should be."""

    name: bytes
    data: bytes = SERVER
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    host: int = UNIX
    attributes: int = 0o644 << 16
    extra: bytes = b""
    packed: bytes | None = None
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    own_name: bytes | None = None
    """In the header before the data."""
    offset: int | None = None

    @property
    def body(self) -> bytes:
        return self.data if self.packed is None else self.packed

    def fields(self) -> tuple[int, int, int]:
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        packed_size = len(self.body) if self.packed_size is None else self.packed_size
        return crc, packed_size, len(self.data) if self.size is None else self.size


def deflated(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def raw_zip(*entries: Entry, before: bytes = b"", after: bytes = b"") -> bytes:
    out, listed = bytearray(before), bytearray()
    for entry in entries:
        offset = len(out) if entry.offset is None else entry.offset
        own_name = entry.name if entry.own_name is None else entry.own_name
        lengths = (len(own_name), len(entry.extra))
        if entry.offset is None:
            out += struct.pack(
                "<4s5H3I2H", b"PK\3\4", 20, entry.flags, entry.method, 0, 0x21,
                *entry.fields(), *lengths,
            )  # fmt: skip
            out += own_name + entry.extra + entry.body
        listed += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", entry.host << 8 | 20, 20, entry.flags, entry.method, 0, 0x21,
            *entry.fields(), len(entry.name), len(entry.extra), 0, 0, 0, entry.attributes, offset,
        )  # fmt: skip
        listed += entry.name + entry.extra
    begin = len(out) - len(before)
    count = min(len(entries), 0xFFFF)
    out += listed
    out += struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(listed), begin, 0)
    return bytes(out + after)


def zip64_extra(*numbers: int) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def tar_header(
    name: bytes, *, size: int | bytes = 0, kind: bytes = b"0", link: bytes = b"", good: bool = True
) -> bytes:
    """A size in bytes is written as it is."""
    digits = size if isinstance(size, bytes) else b"%011o\0" % size
    block = bytearray(BLOCK)
    block[0 : len(name)] = name
    block[100:136] = b"0104755\0" + b"0000000\0" * 2 + digits  # setuid, of root
    block[136:148] = b"%011o\0" % 0
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % (sum(block) + (0 if good else 1))
    return bytes(block)


def tar_member(name: bytes, data: bytes = SERVER, *, kind: bytes = b"0") -> bytes:
    return tar_header(name, size=len(data), kind=kind) + data + bytes(-len(data) % BLOCK)


def raw_tar(*parts: bytes, end: bytes = bytes(2 * BLOCK)) -> bytes:
    return b"".join(parts) + end


def pax(**fields: str) -> bytes:
    records = (_record(key, value) for key, value in fields.items())
    return tar_member(b"pax", b"".join(records), kind=b"x")


def _record(key: str, value: str) -> bytes:
    rest = f" {key}={value}\n".encode()
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length += 1
    return str(length).encode() + rest
