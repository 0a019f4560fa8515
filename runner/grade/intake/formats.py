"""What a file is, by its first bytes. Its name is not asked: students rename, and browsers do."""

from __future__ import annotations

from enum import StrEnum

from runner.grade.intake.refusal import IntakeError
from runner.grade.intake.tar_header import BLOCK, is_header

ARCHIVE_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz")
HEAD_BYTES = BLOCK
WANTED = "hand in a folder, a .zip or a .tar.gz"


class Format(StrEnum):
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"


_BEGINS = {
    b"PK\x03\x04": Format.ZIP,
    b"PK\x05\x06": Format.ZIP,  # without any member
    b"\x1f\x8b": Format.GZIP,
    b"BZh": Format.BZIP2,
    b"\xfd7zXZ\0": Format.XZ,
}
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"\x04\x22\x4d\x18": "packed with lz4",
    b"\x1f\x9d": "packed with compress",
    b"LZIP": "packed with lzip",
    b"MSCF": "a CAB archive",
    b"PK\x07\x08": "a part of a zip archive in several parts",
    b"\x7fELF": "a compiled program",
    b"MZ": "a program for Windows, or an archive that unpacks itself",
    b"%PDF": "a PDF document",
}


def without_suffixes(name: str) -> str:
    """The name of an archive without .tar.gz and the like."""
    while name.lower().endswith(ARCHIVE_SUFFIXES):
        name = name[: name.rindex(".")]
    return name


def format_of(head: bytes) -> Format | None:
    for begin, known in _BEGINS.items():
        if head.startswith(begin):
            return known
    return Format.TAR if is_header(head[:BLOCK]) else None


def required_format(head: bytes) -> Format:
    """Raises IntakeError, which says what the file is instead of an archive."""
    found = format_of(head)
    if found is not None:
        return found
    if not head:
        raise IntakeError(f"is empty; {WANTED}")
    for begin, what in _OTHERS.items():
        if head.startswith(begin):
            raise IntakeError(f"is {what}; {WANTED}")
    if head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise IntakeError(f"is a web page and no archive; {WANTED}")
    if b"\0" not in head:
        raise IntakeError(f"is one text file and no archive; {WANTED} that holds it")
    raise IntakeError(f"is neither a zip nor a tar archive, or it is damaged; {WANTED}")
