"""A class: every submission of a folder, each graded by a runner of its own.

First the checks that may run side by side, several submissions at once (in a large class, one
submission alone before them, to know how long a submission takes); then what needs a quiet
machine, one submission at a time; at the end what could not be graded, once again: the program that
disturbed the machine may be gone. Each runner is a process with a time limit: one that a submission
takes down, or hangs, costs other submissions nothing but that time, once. What it graded is on
disk, and the same command goes on with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

from runner.grade.folder_names import folder_names
from runner.grade.intake.formats import ARCHIVE_SUFFIXES, without_suffixes
from runner.grade.record import Grade
from runner.grade.workspace import GradeFolder
from runner.results import ResultsError
from runner.untrusted import clean

LOGS = ".logs"
"""Beside the grades: what the runner of each submission printed."""
UNTIMED, ALL = "untimed", "all"
TIME_LIMIT = 600.0
"""Seconds for one runner, or ten times what the assignment expects if that is more. A runner that
needs longer is not started again: a submission that is slow by intent would be as slow again."""
PATIENCE = 30.0
"""Seconds for a runner that was interrupted: it seals what it has."""
WHOLE_FIRST = 10
"""In a class of so many the first submission is graded wholly before the others begin: from then on
it is known how long the timed checks take on this machine, as busy as it is."""
INFRASTRUCTURE = 3
"""The exit code of a runner that failed by no fault of the submission: it is tried once again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission of the class: `name` is that of its folder of grades."""

    name: str
    path: Path


def entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """Every folder and archive in it, by name, and the names of the files that are neither. Raises
    OSError."""
    found: dict[str, list[Path]] = {}
    ignored = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() or path.name.lower().endswith(ARCHIVE_SUFFIXES):
            name = path.name if path.is_dir() else without_suffixes(path.name)
            found.setdefault(name, []).append(path)
        else:
            ignored.append(path.name)
    given = [
        (stem if len(paths) == 1 else path.name, path)
        for stem, paths in found.items()
        for path in paths
    ]
    names = folder_names(name for name, _ in given)
    chosen = [Entry(name, path) for name, (_, path) in zip(names, given, strict=True)]
    return chosen, ignored


@dataclass(frozen=True, slots=True)
class RunnerExit:
    """How the runner of a submission ended. `late`: at its time limit."""

    entry: Entry
    code: int
    seconds: float
    last_line: str
    late: bool = False

    @property
    def failed(self) -> bool:
        """Whether the runner itself failed, whatever the submission earned."""
        return self.code not in (0, 1, 4)


Command = Callable[[Entry, str], Sequence[str]]
"""The command line that grades a submission, all of it or its untimed checks."""
Progress = Callable[[str, RunnerExit, int], None]
"""Receives the phase, how a runner ended, and how many are left in this phase."""


def _silent(_phase: str, _ended: RunnerExit, _left: int) -> None: ...


def _nothing() -> None: ...


@dataclass(slots=True)
class Course:
    """`home` is the folder of the assignment's grades; `limit` how many seconds one runner has,
    `expected` how many it should take, by its phase. `await_engine` returns when an engine that was
    away is back, or will not come back: it is called before anything is tried again."""

    home: Path
    entries: Sequence[Entry]
    command: Command
    limit: float = TIME_LIMIT
    expected: Mapping[str, float] = field(default_factory=dict)
    await_engine: Callable[[], None] = _nothing
    ended: dict[str, RunnerExit] = field(default_factory=dict)
    _live: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _stop: Event = field(default_factory=Event)

    def run(self, jobs: int, progress: Progress, first: Progress = _silent) -> None:
        """`first` receives how the timed checks of the first submission ended, where they are run
        before the others begin. Raises KeyboardInterrupt after every runner has ended."""
        whole = self.entries[:1] if len(self.entries) >= WHOLE_FIRST else []
        try:
            again = self._run_all(UNTIMED, whole, 1, progress, len(self.entries))
            timed = [each for each in whole if each not in again and self._unfinished(each)]
            self._run_all(ALL, timed, 1, first, len(self.entries) - 1)
            self._phase(UNTIMED, [*self.entries[len(whole) :], *again], jobs, progress)
            self._phase(ALL, self._entries_with(self._unfinished), 1, progress)
            self._again(ALL, self._entries_with(self._ungradable), progress)
        except BaseException:
            self._stop.set()
            self._interrupt()
            raise

    def grade_of(self, entry: Entry) -> Grade | None:
        """None where no grade can be read."""
        try:
            return GradeFolder(self.home / entry.name).grade()
        except ResultsError:
            return None

    def _unfinished(self, entry: Entry) -> bool:
        """Whether something is left to be graded."""
        grade = self.grade_of(entry)
        return grade is None or not grade.complete

    def _ungradable(self, entry: Entry) -> bool:
        """Whether there is a grade that says so. A submission that was refused would be refused
        again, and a runner that failed was tried again already."""
        grade = self.grade_of(entry)
        ended = self.ended.get(entry.name)
        if grade is None or grade.gradable or not grade.submission.sha256:
            return False
        return not (ended and ended.failed)

    def _entries_with(self, has: Callable[[Entry], bool]) -> list[Entry]:
        """Without those whose runner met its time limit."""
        late = {name for name, ended in self.ended.items() if ended.late}
        return [each for each in self.entries if each.name not in late and has(each)]

    def _phase(self, phase: str, chosen: Iterable[Entry], jobs: int, progress: Progress) -> None:
        """Where a runner failed it is tried again at the end."""
        todo = list(chosen)
        self._again(phase, self._run_all(phase, todo, jobs, progress, len(todo)), progress)

    def _again(self, phase: str, failed: Sequence[Entry], progress: Progress) -> None:
        if failed:
            self.await_engine()
            self._run_all(phase, failed, 1, progress, len(failed))

    def _run_all(
        self, phase: str, todo: Sequence[Entry], jobs: int, progress: Progress, left: int
    ) -> list[Entry]:
        """Returns the entries whose runner failed before its time limit."""
        failed = []
        with ThreadPoolExecutor(jobs) as pool:
            waiting = {pool.submit(self._run_one, each, phase) for each in todo}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for each in done:
                        ended = each.result()
                        self.ended[ended.entry.name] = ended
                        left -= 1
                        progress(phase, ended, left)
                        if ended.failed and not ended.late:
                            failed.append(ended.entry)
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                self._interrupt()
                raise
        return failed

    def _run_one(self, entry: Entry, phase: str) -> RunnerExit:
        """Runs in a thread of the pool."""
        log = self.home / LOGS / f"{entry.name}.log"
        began = time.monotonic()
        if self._stop.is_set():
            return RunnerExit(entry, -signal.SIGINT, 0.0, "not begun")
        with _opened(log) as file:
            process = subprocess.Popen(
                self.command(entry, phase), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=file, start_new_session=True,
            )  # fmt: skip
            self._live.add(process)
            try:
                code = self._exit_code(process)
            finally:
                self._live.discard(process)
        took = time.monotonic() - began
        if code is None:
            line = f"it took longer than {self.limit:.0f} s; the same command goes on with it"
            return RunnerExit(entry, INFRASTRUCTURE, took, line, late=True)
        return RunnerExit(entry, code, took, _last_line(log) or f"exit code {code}, and no message")

    def _exit_code(self, process: subprocess.Popen[bytes]) -> int | None:
        """None for a runner that was ended at its time limit."""
        try:
            return process.wait(self.limit)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()
        return None

    def _interrupt(self) -> None:
        """Every runner seals what it has, within its patience. A runner that was started in the
        background ignores SIGINT."""
        live = list(self._live)
        for process in live:
            _signal(process, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        for process in live:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)


def _opened(log: Path) -> IO[bytes]:
    """A disk that is full costs the log, and not the class."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")
    except OSError:
        return Path(os.devnull).open("wb")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Only the runner gets the signal: it ends its boxes itself, and an engine removes the boxes of
    a runner that has died."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return clean(lines[-1])[:300] if lines else ""
