"""The one socket that carries a container's stdin, stdout and stderr.

It is attached before the start, so that no output is lost and the daemon needs to keep no log. The
output is a sequence of frames: a byte that names the stream, three of padding, the length in four
bytes big-endian, then that many bytes.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from runner.engine.lines import Sink

ALL_STREAMS = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
STDERR = 2
_HEADER = 8
_POLL_SECONDS = 5.0


class Demultiplexer:
    """Decodes the frames, in chunks of any size, and stores none of them."""

    def __init__(self, stdout: Sink, stderr: Sink) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._sink = stdout
        self._header = bytearray()
        self._left = 0

    def feed(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        while rest:
            if self._left == 0:
                missing = _HEADER - len(self._header)
                self._header += rest[:missing]
                rest = rest[missing:]
                if len(self._header) == _HEADER:
                    self._sink = self._stderr if self._header[0] == STDERR else self._stdout
                    self._left = int.from_bytes(self._header[4:], "big")
                    self._header.clear()
            else:
                payload = rest[: self._left]
                rest = rest[self._left :]
                self._left -= len(payload)
                self._sink.feed(bytes(payload))

    def close(self) -> None:
        self._stdout.close()
        self._stderr.close()


class Attachment:
    """The socket with a thread that reads it to its end."""

    def __init__(self, response: Any, stdout: Sink, stderr: Sink) -> None:
        # The SDK hands out a file object over a plain socket, and a TLS socket as it is.
        self._response = response
        self._socket: socket.socket = getattr(response, "_sock", response)
        # A writer never waits longer than this for a box that does not read; the reader continues.
        self._socket.settimeout(_POLL_SECONDS)
        self._frames = Demultiplexer(stdout, stderr)
        self._reader = threading.Thread(target=self._read, name="docker-attach", daemon=True)
        self._reader.start()

    def write(self, data: bytes) -> None:
        """A box that no longer reads is no error: its exit will show why."""
        with suppress(OSError):
            self._socket.sendall(data)

    def close(self) -> None:
        """Ends the reader as well. Idempotent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._reader is not threading.current_thread():
            self._reader.join(_POLL_SECONDS)
        with suppress(OSError):
            self._response.close()

    def _read(self) -> None:
        while True:
            try:
                chunk = self._socket.recv(1 << 16)
            except TimeoutError:
                continue  # no output for a while
            except OSError:
                break
            if not chunk:
                break
            self._frames.feed(chunk)
        self._frames.close()
