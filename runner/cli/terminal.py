"""stdout and stderr as a run needs them: they may be closed, full, or know few characters, and the
run goes on all the same.

What cannot be written is remembered and not raised: a command that prints must not be the reason
why a finished run is not sealed. `runner.cli.main` asks at the end.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from typing import TextIO, cast

import click

from runner.untrusted import clean_lines


def out(text: str) -> None:
    """To stdout, for people: no line of it is a command to a CI runner."""
    click.echo(_disarmed(text), nl=not text.endswith("\n"))


def safe(text: str) -> str:
    """A message that may name a folder, or quote a server: no control character, no command."""
    return _disarmed(clean_lines(text))


def tell(line: str) -> None:
    """One line to the user; stdout stays for data. It may quote a server or a compiler."""
    click.echo(safe(line), err=True)


def silent(_line: str) -> None:
    """Instead of `tell`, with --quiet."""


def _disarmed(text: str) -> str:
    from runner.report import disarmed  # the reports are slow to load, and --help needs none

    return disarmed(text)


class Stream(io.TextIOBase):
    """Writes to what `inner` writes to. It has no `buffer`, or click would choose an encoding of
    its own."""

    def __init__(self, inner: TextIO) -> None:
        self._inner = inner
        self.refusal: OSError | None = None
        """The first error; after it nothing more is written."""
        try:
            self._descriptor: int | None = inner.fileno()
        except (OSError, ValueError):
            self._descriptor = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._inner.encoding or "utf-8"

    @property
    def gone(self) -> bool:
        """Whether the reader went away, which is no fault: `runner list | head`."""
        return self.refusal is not None and self.refusal.errno == errno.EPIPE

    def write(self, text: str | bytes) -> int:
        """As bytes click writes what a shell completes. With no bytes it only asks whether this
        takes bytes alone: then it would choose an encoding of its own."""
        if text == b"":
            raise TypeError("a stream of text")
        content = text if isinstance(text, bytes) else text.encode(self.encoding, "replace")
        if self.refusal is None:
            try:
                self._put(content)
            except OSError as error:
                self.refusal = error
        return len(text)

    def _put(self, content: bytes) -> None:
        if self._descriptor is None:
            self._inner.write(content.decode(self.encoding))
            return
        while content:
            try:
                content = content[os.write(self._descriptor, content) :]
            except BlockingIOError:  # another program made the terminal so
                select.select([], [self._descriptor], [])

    def flush(self) -> None:
        if self._descriptor is None:
            self._inner.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._inner.isatty()

    def fileno(self) -> int:
        return self._inner.fileno()


@contextlib.contextmanager
def lasting() -> Iterator[Stream | None]:
    """Within it, printing never raises. Yields stdout, None where it was closed at the start."""
    _hold_numbers()
    before = sys.stdout, sys.stderr
    for stream in before:
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.flush()
    stdout = Stream(sys.stdout) if sys.stdout is not None else None
    stderr = Stream(sys.stderr) if sys.stderr is not None else None
    sys.stdout, sys.stderr = cast("TextIO", stdout), cast("TextIO", stderr)
    try:
        yield stdout
    finally:
        sys.stdout, sys.stderr = before


def _hold_numbers() -> None:
    """A standard stream that is closed leaves its number to the next file that is opened, and what
    a compiler says would go there."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
