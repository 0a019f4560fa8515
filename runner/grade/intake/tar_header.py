"""A header of a tar archive: 512 bytes of fixed fields, by POSIX (ustar), GNU or older tar."""

from __future__ import annotations

from dataclasses import dataclass

from runner.grade.intake.refusal import IntakeError

BLOCK = 512
ZEROS = bytes(BLOCK)
"""Ends an archive."""
_CHECKSUM = slice(148, 156)
_SIZE_MAX = 1 << 62


@dataclass(frozen=True, slots=True)
class Header:
    name: bytes
    kind: bytes
    size: int


def is_header(block: bytes) -> bool:
    """Whether the checksum is right. Old programs added up signed bytes."""
    stated = _octal(block[_CHECKSUM]) if len(block) == BLOCK and block != ZEROS else None
    if stated is None:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    return stated == sum(rest) or stated == sum(rest) - 256 * sum(byte > 127 for byte in rest)


def header_of(block: bytes) -> Header:
    """Raises IntakeError."""
    if not is_header(block):
        raise IntakeError("is damaged: a header of the tar archive is wrong; make it anew")
    size = _number(block[124:136])
    if size is None:
        raise IntakeError("is damaged: a size in the tar archive is no number; make it anew")
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    return Header(name, block[156:157], size)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes) -> int | None:
    """Octal digits; or binary, marked by the first bit, for a size that has too many of them."""
    if field[0] == 0x80:
        number = int.from_bytes(field[1:], "big")
        return number if number < _SIZE_MAX else None
    return _octal(field)


def _octal(field: bytes) -> int | None:
    digits = _text(field).strip()
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        return None
    return int(digits, 8)
