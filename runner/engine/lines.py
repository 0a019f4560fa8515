"""Lines of an untrusted stream: bounded in length, in number and in time.

`LineReader` and `Tail` do no I/O: a producer feeds them bytes (a pipe through `pump`, a Docker
attach socket after demultiplexing), a consumer reads text.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import Protocol

from runner.engine.box import Role, SilenceError
from runner.untrusted import clean, clean_lines

LINE_MAX = 1 << 20
UNREAD_MAX = 1024
UNREAD_BYTES_MAX = 8 << 20
RECORD_MAX, RECORD_BYTES_MAX = 400_000, 96 << 20
"""Of a tracer, whose record is read at the end. A nonblocking server makes tens of thousands of
calls a second."""
TAIL_MAX = 4 << 10
CUT = " [cut]"


class Sink(Protocol):
    """Takes the bytes of a stream, then its end."""

    def feed(self, chunk: bytes) -> None: ...

    def close(self) -> None: ...


class LineReader:
    """Splits what it is fed into lines and hands them out, in order, to one or more readers.

    A line beyond LINE_MAX is cut and marked. Of unread lines the oldest are kept, at most `lines`
    lines and `size` bytes; further lines are counted in `dropped`.
    """

    def __init__(self, lines: int = UNREAD_MAX, size: int = UNREAD_BYTES_MAX) -> None:
        self._most, self._most_bytes = lines, size
        self._changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._unread = 0
        self._partial = bytearray()
        self._cut = False
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many lines came while too many were unread."""
        return self._dropped

    def feed(self, chunk: bytes) -> None:
        with self._changed:
            if self._closed:
                return
            *ended, rest = chunk.split(b"\n")
            for piece in ended:
                self._extend(piece)
                self._end_line()
            self._extend(rest)
            if ended:
                self._changed.notify_all()

    def close(self) -> None:
        """The stream has ended; a last line without its newline counts. Idempotent."""
        with self._changed:
            if self._partial and not self._closed:
                self._end_line()
            self._closed = True
            self._changed.notify_all()

    def read_line(self, timeout: float) -> str | None:
        """The next line without its newline, None at the end of the stream. Raises SilenceError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._lines or self._closed, max(0.0, timeout)):
                raise SilenceError(f"no line within {timeout:g} s")
            if not self._lines:
                return None
            line = self._lines.popleft()
            self._unread -= len(line)
        return clean(line)

    def _extend(self, piece: bytes) -> None:
        room = LINE_MAX - len(CUT) - len(self._partial)
        self._cut = self._cut or len(piece) > room
        self._partial += piece[:room]

    def _end_line(self) -> None:
        line = bytes(self._partial) + (CUT.encode() if self._cut else b"")
        self._partial.clear()
        self._cut = False
        if len(self._lines) >= self._most or self._unread + len(line) > self._most_bytes:
            self._dropped += 1
            return
        self._lines.append(line)
        self._unread += len(line)


def reader_for(role: Role) -> LineReader:
    """For the stdout of a box with a program of that role."""
    return LineReader(RECORD_MAX, RECORD_BYTES_MAX) if role == "tracer" else LineReader()


class Tail:
    """The last TAIL_MAX bytes of a stream: its log, for an error message."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = bytearray()
        self._ended = threading.Event()

    def feed(self, chunk: bytes) -> None:
        with self._lock:
            self._kept += chunk[-TAIL_MAX:]
            del self._kept[:-TAIL_MAX]

    def close(self) -> None:
        self._ended.set()

    def text(self, timeout: float = 0.0) -> str:
        """The kept text; waits up to `timeout` for the stream's end first."""
        self._ended.wait(max(0.0, timeout))
        with self._lock:
            kept = bytes(self._kept)
        return clean_lines(kept)


class Head:
    """The first bytes of a stream, and whether it has ended."""

    def __init__(self, most: int) -> None:
        self.kept = bytearray()
        self.ended = threading.Event()
        self._most = most

    def feed(self, chunk: bytes) -> None:
        self.kept += chunk[: self._most - len(self.kept)]

    def close(self) -> None:
        self.ended.set()


def pump(fd: int, sink: Sink) -> threading.Thread:
    """Reads the descriptor to its end in a thread of its own, into the sink; then closes both."""

    def run() -> None:
        try:
            while chunk := os.read(fd, 1 << 16):
                sink.feed(chunk)
        except OSError:
            pass  # a socket that was reset has ended like one that was closed
        finally:
            os.close(fd)
            sink.close()

    thread = threading.Thread(target=run, name=f"pump-{fd}", daemon=True)
    thread.start()
    return thread
