"""The members of a zip archive.

Python's `zipfile` reads the list at the archive's end, within a bound. The data is read here, so
that what the list says of a member is held against its own header and its content.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import BinaryIO

from runner.grade.intake.member import Kind, Member, kind_of
from runner.grade.intake.names import text_of
from runner.grade.intake.refusal import IntakeError, about

LIST_BYTES_MAX = 4 << 20
"""Of the list of members. The 20,000 members that are accepted at most need about 2 MiB."""
_LOCAL = struct.Struct("<4s5H3I2H")  # the header in front of a member's data
_DOS_HOSTS = (0, 6, 10, 11, 14)  # FAT, HPFS, NTFS, MVS, VFAT
_UTF8 = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_DAMAGED = (
    "is damaged or cut short: the list of its members, at its end, is wrong; make it anew, and "
    "upload all of it"
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def zip_members(file: BinaryIO) -> Iterator[Member]:
    """Raises IntakeError."""
    listed = _listed(file)
    _require_apart(listed)
    for info in listed:
        name = _name(info)
        kind = kind_of(info.external_attr >> 16)
        if kind is Kind.FILE and name.endswith("/"):
            kind = Kind.FOLDER
        yield Member(name, kind, info.file_size, partial(_content, file, info, name))


class _Bounded(io.BufferedReader):
    """zipfile reads the whole list in one call, of whatever length the archive states."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LIST_BYTES_MAX:
            raise IntakeError(
                "holds too many files, or is damaged; hand in the sources alone, in a new archive"
            )
        return super().read(size)


def _listed(file: BinaryIO) -> list[zipfile.ZipInfo]:
    reader = _Bounded(file)  # type: ignore[arg-type]  # raw or not, it is only read and sought
    try:
        with zipfile.ZipFile(reader) as archive:
            return archive.infolist()
    except IntakeError:
        raise
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        ValueError,  # a name that is not the UTF-8 that it states
        OSError,  # a seek to before 0
        struct.error,
        OverflowError,
        IndexError,
        EOFError,
    ):
        raise IntakeError(_DAMAGED) from None
    finally:
        reader.detach()


def _require_apart(listed: list[zipfile.ZipInfo]) -> None:
    """Bombs let many members share one piece of data. Two archives in one file have other members
    for every program that reads them."""
    begins = ((info, info.header_offset + _LOCAL.size + len(_raw(info))) for info in listed)
    spans = sorted((info.header_offset, data + info.compress_size) for info, data in begins)
    if spans and spans[0][0] != 0:
        raise IntakeError("has other data before its first member; make the archive anew")
    if any(end > begin for (_, end), (begin, _) in pairwise(spans)):
        raise IntakeError("has members that share their data, as bombs do; make the archive anew")


def _raw(info: zipfile.ZipInfo) -> bytes:
    """The name as it is written. zipfile cuts it at a NUL, and keeps the original."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _name(info: zipfile.ZipInfo) -> str:
    """Some programs on Windows (PowerShell 5.1) write backslashes between folders."""
    name = info.orig_filename if info.flag_bits & _UTF8 else text_of(_raw(info))
    if info.create_system in _DOS_HOSTS and "/" not in name:
        name = name.replace("\\", "/")
    return name


def _content(file: BinaryIO, info: zipfile.ZipInfo, name: str) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise about(name, "is encrypted; make the archive without a password")
    if info.compress_type not in _METHODS:
        raise about(name, "is compressed by an unusual method; make the archive with deflate")
    packed = _packed(file, info, name)
    content = packed
    if info.compress_type == zipfile.ZIP_DEFLATED:
        content = _inflated(packed, info.file_size, name)
    if len(content) != info.file_size:
        raise about(name, "its size is not the one that the archive states; make the archive anew")
    if zlib.crc32(content) != info.CRC:
        raise about(name, "is damaged: its checksum is wrong; make the archive anew")
    return content


def _packed(file: BinaryIO, info: zipfile.ZipInfo, name: str) -> bytes:
    """The data behind the member's own header, which must say the same as the list."""
    if info.compress_size > info.file_size + (info.file_size >> 8) + 1024:
        raise about(name, "has more data than its size can need; make the archive anew")
    try:
        file.seek(info.header_offset)
        header = file.read(_LOCAL.size)
        begin, _, flags, method, *_, name_length, extra_length = _LOCAL.unpack(header)
        own_name = file.read(name_length)
        file.seek(extra_length, io.SEEK_CUR)
        packed = file.read(info.compress_size)
    except (struct.error, OSError, ValueError, OverflowError):
        raise about(name, "is not where the archive states; make the archive anew") from None
    if begin != b"PK\x03\x04" or len(packed) != info.compress_size:
        raise about(name, "is cut short or not where the archive states; make the archive anew")
    if own_name != _raw(info) or method != info.compress_type or flags & _ENCRYPTED:
        raise about(name, "the archive's list says something else than the member's own header")
    return packed


def _inflated(packed: bytes, size: int, name: str) -> bytes:
    engine = zlib.decompressobj(wbits=-15)
    try:
        content = engine.decompress(packed, size + 1)
    except zlib.error:
        raise about(name, "is damaged: its data is wrong; make the archive anew") from None
    if len(content) <= size and not engine.eof:
        raise about(name, "is damaged: its data is cut short; make the archive anew")
    return content
