"""Submissions to select-echo, from perfect to poor, and the score that each must get.

Each is one of the assignment's own servers with the mistake of a student. However noisy the machine
is, no score may change from one grading to the next: `make stability`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .homework import HOMEWORK

SELECT = HOMEWORK / "select-echo"


@dataclass(frozen=True, slots=True)
class Submission:
    """`changes` are made in the server: what is replaced, and by what."""

    name: str
    score: float
    origin: Path
    changes: tuple[tuple[str, str], ...] = ()

    def written(self, folder: Path) -> Path:
        """The submission as a folder below `folder`."""
        text = self.origin.read_text(encoding="utf-8")
        for before, after in self.changes:
            assert text.count(before) == 1, f"{self.name}: {before}"
            text = text.replace(before, after)
        path = folder / self.name
        path.mkdir(parents=True)
        (path / self.origin.name).write_text(text, encoding="utf-8")
        shutil.copymode(self.origin, path / self.origin.name)
        return path

    def __str__(self) -> str:
        return self.name


_C, _PYTHON = SELECT / "reference" / "server.c", SELECT / "reference" / "server.py"
_SEND = "ssize_t sent = send(fd, buffer, (size_t)received, 0);"
_IN_PIECES = """ssize_t sent = 0, n = 1;
    for (; sent < received && n > 0; sent += n > 0 ? n : 0)
        n = send(fd, buffer + sent, (size_t)(received - sent < PIECE ? received - sent : PIECE), 0);
    if (sent == 0)
        sent = n;"""

SUBMISSIONS = (
    Submission("perfect", 100, _C),
    Submission("perfect-in-python", 100, _PYTHON),
    # A reply of 64 bytes takes four calls: less than 0.6 of the reference's rate, more than 0.3.
    Submission("sixteen-bytes-a-call", 94, _C, (
        ("BUFFER = 64 * 1024 }", "BUFFER = 64 * 1024, PIECE = 16 }"), (_SEND, _IN_PIECES),
    )),
    Submission("sleeps-for-each-request", 88, _C, (
        (_SEND, f"usleep(100);\n    {_SEND}"),
    )),
    Submission("spins-at-the-descriptor-limit", 90, _C, (
        ("(is_shortage(errno) && !refuse_with_spare(errno))", "is_shortage(errno)"),
        ("static bool refuse_with_spare(int error)",
         "__attribute__((unused)) static bool refuse_with_spare(int error)"),
    )),
    Submission("writes-outside-the-set", 85, _C, (
        ("Build: -O2", "Build: -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"),
        ("if (fd >= FD_SETSIZE) {", "if (fd >= 1 << 30) {"),
        ("*pending[FD_SETSIZE];", "*pending[1 << 16];"),
    )),
    Submission("sleeps-in-send", 82, _C, (
        ("accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)",
         "accept4(listener, NULL, NULL, SOCK_CLOEXEC)"),
    )),
    Submission("never-sleeps", 64, _C, (
        ("select(highest + 1, &readable, &writable, NULL, NULL)",
         "select(highest + 1, &readable, &writable, NULL, &(struct timeval){0})"),
    )),
    Submission("leaks-descriptors", 26, _C, (
        ("= NULL;\n    close(fd);", "= NULL;\n    shutdown(fd, SHUT_RDWR);"),
    )),
    Submission("starter", 25, SELECT / "starter" / "server.c"),
    Submission("loses-the-rest", 11, _C, (
        ("return sent == received || keep(fd, buffer + sent, (size_t)(received - sent));",
         "return sent == received || (size_t)sent <= sizeof buffer;"),
        ("static bool keep(", "__attribute__((unused)) static bool keep("),
    )),
    Submission("poll-instead", 44, HOMEWORK / "threads-vs-events" / "reference" / "server.c"),
    Submission("echoes-nothing", 0, _C, ((_SEND, "ssize_t sent = received;"),)),
    Submission("never-says-ready", 0, _C, (("    say_ready(listener);\n", ""),)),
    Submission("does-not-compile", 0, _C, (("fd_set readable = readers", "fd_set readable = "),)),
)  # fmt: skip
