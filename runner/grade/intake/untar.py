"""The members of a tar archive, as GNU tar, bsdtar, busybox and Python write it: ustar headers,
with long names by POSIX (pax) or by GNU.

Python's `tarfile` is not used: some versions that are in use follow a forged size backwards for
ever, or take minutes for one header, and it reads extended headers of any size into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runner.grade.intake.formats import WANTED
from runner.grade.intake.member import Kind, Member
from runner.grade.intake.names import text_of
from runner.grade.intake.refusal import IntakeError
from runner.grade.intake.tar_header import BLOCK, ZEROS, Header, header_of, is_header
from runner.grade.intake.unpack import Stream

EXTENDED_BYTES_MAX = 1 << 20
"""Of one extended header. macOS puts a file's attributes there."""
_KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"5": Kind.FOLDER,
    b"1": Kind.HARD_LINK,
    b"2": Kind.LINK,
    b"3": Kind.DEVICE,
    b"4": Kind.DEVICE,
    b"6": Kind.FIFO,
    b"S": Kind.SPARSE,
}
_WITHOUT_DATA = (Kind.FOLDER, Kind.HARD_LINK, Kind.LINK, Kind.DEVICE, Kind.FIFO)
_EXTENDED = (b"x", b"g", b"L", b"K")
_SPARSE = b"GNU.sparse."
"""Begins the names of the fields of a sparse file, and stands for all of them."""
_DAMAGED = "is damaged: an extended header of the tar archive is wrong; make it anew"


def tar_members(stream: Stream) -> Iterator[Member]:
    """Raises IntakeError."""
    extended: dict[bytes, bytes] = {}
    while True:
        block = stream.read(BLOCK)
        if stream.position <= BLOCK and block != ZEROS and not is_header(block):
            raise IntakeError(f"is compressed, and what it holds is no tar archive; {WANTED}")
        if len(block) < BLOCK:
            raise IntakeError("is cut short: its end is missing; make it anew")
        if block == ZEROS:
            stream.drain()
            return
        header = header_of(block)
        if header.kind in _EXTENDED:
            extended |= _extended(header, stream)
        else:
            yield from _member(header, extended, stream)
            extended = {}


def _member(header: Header, extended: dict[bytes, bytes], stream: Stream) -> Iterator[Member]:
    name = extended.get(b"path", header.name)
    kind = _KINDS.get(header.kind, Kind.OTHER)
    if kind is Kind.FILE and name.endswith(b"/"):
        kind = Kind.FOLDER  # as tar wrote them before there was a kind
    if _SPARSE in extended:
        kind = Kind.SPARSE
    size = 0 if kind in _WITHOUT_DATA else _size(header, extended)
    begin = stream.position
    yield Member(text_of(name), kind, size, partial(stream.exactly, size))
    stream.skip_to(begin + _padded(size))


def _size(header: Header, extended: dict[bytes, bytes]) -> int:
    if b"size" not in extended:
        return header.size
    digits = extended[b"size"]
    if not digits.isdigit() or len(digits) > 18:
        raise IntakeError(_DAMAGED)
    return int(digits)


def _extended(header: Header, stream: Stream) -> dict[bytes, bytes]:
    """What it says of the next member. What is said of all members ('g', a comment of git's) and
    the target of a link ('K') change nothing here."""
    if header.size > EXTENDED_BYTES_MAX:
        raise IntakeError("has a header in its tar archive that is larger than 1 MiB; make it anew")
    data = stream.exactly(_padded(header.size))[: header.size]
    if header.kind == b"L":
        return {b"path": data.partition(b"\0")[0]}
    return dict(_records(data)) if header.kind == b"x" else {}


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The fields that matter here, of records `LENGTH KEY=VALUE` and a newline, where the length is
    that of the whole record. A size that is no number, or a name with NUL in it, is refused where
    it is used."""
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        digits = data[at:space]
        end = at + int(digits) if space > at and digits.isdigit() else 0
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not space < end <= len(data) or data[end - 1 : end] != b"\n" or not equals:
            raise IntakeError(_DAMAGED)
        if key in (b"path", b"size"):
            yield key, value
        elif key.startswith(_SPARSE):
            yield _SPARSE, value
        at = end


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
