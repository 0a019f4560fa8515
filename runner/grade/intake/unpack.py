"""A compressed file as a stream of bounded length that is read forward, once.

The bounds are counts of bytes, not times: the same file is always accepted or always refused.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from runner.grade.intake.formats import Format
from runner.grade.intake.refusal import IntakeError

UNPACKED_BYTES_MAX = 256 << 20
"""Of the whole stream, with what is then left out. A few seconds of unpacking."""
XZ_MEMORY_MAX = 128 << 20
"""`xz -9` needs 65 MiB to unpack; a header can ask for 4 GiB."""
STREAMS_MAX = 1000
"""Compressed streams in one file, as programs that compress in parallel write them. Each costs as
much as a few megabytes of data, even if it is empty."""
_CHUNK = 64 << 10
_DAMAGED = "is damaged: its compressed data is wrong; make it anew"
_GREEDY = f"needs more than {XZ_MEMORY_MAX >> 20} MiB of memory to unpack; make it with gzip"
_SHORT = "is cut short; make it anew, and upload all of it"


class _Engine(Protocol):
    """What bz2 and lzma offer."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /, max_length: int = ...) -> bytes: ...


class _Gzip:
    """zlib's object in the manner of the other two."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def needs_input(self) -> bool:
        return not self._engine.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._engine.unused_data

    def decompress(self, data: bytes, /, max_length: int = _CHUNK) -> bytes:
        return self._engine.decompress(self._engine.unconsumed_tail + data, max_length)


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY_MAX)


_ENGINES: dict[Format, Callable[[], _Engine]] = {
    Format.GZIP: _Gzip,
    Format.BZIP2: bz2.BZ2Decompressor,
    Format.XZ: _xz,
}


class Stream:
    """The unpacked bytes of a file. Raises IntakeError for damage and beyond UNPACKED_BYTES_MAX."""

    def __init__(self, file: BinaryIO, packed: Format) -> None:
        self._chunks = _chunks(file, _ENGINES.get(packed))
        self._ready = bytearray()
        self._received = 0

    @property
    def position(self) -> int:
        return self._received - len(self._ready)

    def read(self, length: int) -> bytes:
        """So many bytes, or fewer at the end. The caller bounds the length."""
        while len(self._ready) < length and (chunk := self._next()):
            self._ready += chunk
        taken = bytes(self._ready[:length])
        del self._ready[:length]
        return taken

    def exactly(self, length: int) -> bytes:
        taken = self.read(length)
        if len(taken) < length:
            raise IntakeError(_SHORT)
        return taken

    def skip_to(self, position: int) -> None:
        while self._received < position:
            self._ready.clear()
            chunk = self._next()
            if not chunk:
                raise IntakeError(_SHORT)
            self._ready += chunk
        del self._ready[: position - self.position]

    def drain(self) -> None:
        """Reads to the end, where the checksums are."""
        self._ready.clear()
        while self._next():
            pass

    def _next(self) -> bytes:
        chunk = next(self._chunks, b"")
        self._received += len(chunk)
        if self._received > UNPACKED_BYTES_MAX:
            raise IntakeError(
                f"unpacks to more than {UNPACKED_BYTES_MAX >> 20} MiB; hand in the sources alone"
            )
        return chunk


def _chunks(file: BinaryIO, make: Callable[[], _Engine] | None) -> Iterator[bytes]:
    if make is None:
        yield from iter(lambda: file.read(_CHUNK), b"")
        return
    data = file.read(_CHUNK)
    streams = 0
    while data:
        streams += 1
        if streams > STREAMS_MAX:
            raise IntakeError(f"consists of more than {STREAMS_MAX} streams; make it anew")
        engine = make()
        yield from _one_stream(file, engine, data)
        data = _after(file, engine.unused_data)


def _one_stream(file: BinaryIO, engine: _Engine, data: bytes) -> Iterator[bytes]:
    while True:
        try:
            chunk = engine.decompress(data, _CHUNK)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            raise IntakeError(_GREEDY if "Memory" in str(error) else _DAMAGED) from None
        if chunk:
            yield chunk
        if engine.eof:
            return
        data = file.read(_CHUNK) if engine.needs_input else b""
        if engine.needs_input and not data and not chunk:
            raise IntakeError(_SHORT)


def _after(file: BinaryIO, data: bytes) -> bytes:
    """The beginning of the next stream, past zeros: tapes and disks leave these behind."""
    while True:
        data = data.lstrip(b"\0")
        if data:
            return data
        data = file.read(_CHUNK)
        if not data:
            return b""
