"""A program for every test of the process engine, and a way to see what is left of one."""

from __future__ import annotations

import os
import select
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from runner.engine.box import Box, Nofile, Program
from runner.engine.compile import binary, shim
from runner.engine.process import ProcessEngine, visible
from runner.paths import ROOT

SOURCE = Path(__file__).parent / "probe.c"
NOBODY = 65534
NAMESPACES = ("user", "net", "pid", "mount", "ipc", "uts", "uid")
EVERYTHING = (*NAMESPACES, "account", "seccomp", "memory", "pids", "cpuset")


def probe_in(folder: Path) -> Program:
    """A lab folder of the name `probe` whose server does what its first argument says."""
    lab = folder / "probe"
    lab.mkdir(exist_ok=True)
    shutil.copyfile(SOURCE, lab / "server.c")
    return Program("server", lab, "c")


def box_of(program: Program, *args: str, **changes: object) -> Box:
    box = Box(program, args, {}, Nofile(256, 512), 256 << 20, 64, (), "test")
    return replace(box, **changes)  # type: ignore[arg-type]


@cache
def compiled() -> tempfile.TemporaryDirectory[str]:
    """The shim and the probe, compiled once for all tests."""
    folder = tempfile.TemporaryDirectory(prefix="iolab-tests-")
    shim(Path(folder.name))
    binary(probe_in(Path(folder.name)), None, Path(folder.name))
    return folder


def engine_in(folder: Path, without: Iterable[str] = ()) -> ProcessEngine:
    labs = folder / "labs"
    labs.mkdir(exist_ok=True)
    if not (folder / "cache").exists():
        shutil.copytree(Path(compiled().name) / "bin", folder / "cache" / "bin")
    return ProcessEngine(folder / "cache", labs, tuple(without))


def without_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """No box without namespaces starts where it could open the checkout. One in /tmp, where each
    box has files of its own, is open to all of them: these tests are about the other paths."""
    every = visible._of_runner
    monkeypatch.setattr(
        visible, "_of_runner", lambda: [each for each in every() if not each.is_relative_to(ROOT)]
    )


def marked(marker: str) -> set[int]:
    """The processes with this word among their arguments, the test's own excepted."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if marker.encode() in words and int(path.parent.name) != os.getpid():
            found.add(int(path.parent.name))
    return found


class Ends:
    """Descriptors of processes: their end can be waited for, whatever becomes of the pids."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._fds = [os.pidfd_open(pid) for pid in pids]

    def wait(self, seconds: float = 20) -> bool:
        for fd in self._fds:
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            if not poll.poll(seconds * 1000):
                return False
            os.close(fd)
        return True
