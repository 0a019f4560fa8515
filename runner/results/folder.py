"""Makes run folders on disk, writes to them and reads them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

from runner.records.json_line import to_json
from runner.records.outcome import Outcome
from runner.results import reading, typed, upgrade
from runner.results.disk import append_lines, write_text
from runner.results.error import HeldError, ResultsError, UnknownRunError
from runner.results.reading import Unreadable, shown
from runner.untrusted import parsed_object

_TRIES, _TRY_SECONDS = 20, 0.01
_STARTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)")
_NAME_BYTES = 200
"""Of the name of a spec: a file system takes 255 for a folder, with the time and a number."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    path: Path

    @classmethod
    def create(cls, parent: Path, suite_name: str) -> RunFolder:
        """A new folder named by the time of its start; raises ResultsError."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        name = os.fsdecode(os.fsencode(suite_name)[:_NAME_BYTES])
        for suffix in ("", *(f"-{n}" for n in range(2, 100))):
            path = parent / f"{stamp}-{name}{suffix}"
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise ResultsError(
                    f"cannot make {shown(path)}: {error.strerror}; type --results DIR with a "
                    "folder that can be written"
                ) from None
            return cls(path)
        raise ResultsError(f"{shown(parent)} already holds a hundred runs of this second")

    def made(self) -> RunFolder:
        """The folder itself, made where it is not there. Raises ResultsError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResultsError(f"cannot make {self.shown}: {error.strerror}") from None
        return self

    @property
    def begun(self) -> bool:
        """Whether it holds a run."""
        return os.path.lexists(self.path / "run.json")

    @property
    def name(self) -> str:
        """The folder's name without control characters, for printing."""
        return shown(self.path.name or self.path.resolve().name)

    @property
    def shown(self) -> str:
        """The whole path, likewise for printing."""
        return shown(self.path)

    @property
    def trials(self) -> Path:
        return self.path / "trials.jsonl"

    @property
    def resumes(self) -> Path:
        return self.path / "resumes.jsonl"

    def write(self, name: str, text: str) -> Path:
        """Writes all of the text or nothing. Raises ResultsError."""
        path = self.path / name
        write_text(path, text)
        return path

    def append(self, measurement: Outcome) -> None:
        """Appends one line to the trials, on disk when this returns. Raises ResultsError."""
        self._append(self.trials, to_json(measurement))

    def begin(self, about: dict[str, Any], effective: str) -> None:
        """Writes the two files that make it a run folder. Where they cannot be written the folder
        is removed, because nothing was measured yet."""
        try:
            self.write("effective.yaml", effective)
            self.write(
                "run.json", json.dumps(about, ensure_ascii=False, indent=2, default=str) + "\n"
            )
        except ResultsError:
            with contextlib.suppress(OSError):
                (self.path / "effective.yaml").unlink(missing_ok=True)
                self.path.rmdir()
            raise

    def resume(self, about: dict[str, Any]) -> int:
        """Notes that the run is resumed, and returns the number of this session: what was measured
        before the first resume is session 1."""
        session = sum(1 for _ in self._resumes()) + 2
        self._append(self.resumes, {"session": session, **about})
        return session

    def hold(self) -> BinaryIO:
        """Prevents every other runner from running this run until the file is closed or the process
        ends, however it ends (flock(2)). Raises HeldError, ResultsError."""
        file = self._run_json()
        for _ in range(_TRIES):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            time.sleep(_TRY_SECONDS)  # `running` of another process has it for an instant
        file.close()
        raise HeldError(f"another runner is running {self.shown} at this moment")

    def running(self) -> bool:
        """Whether a runner is running this run at this moment. It asks by a shared lock: two that
        ask do not take each other for a runner."""
        try:
            with self._run_json() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except (OSError, ResultsError):
            return False
        return False

    def _run_json(self) -> BinaryIO:
        try:
            return reading.regular(self.path / "run.json")
        except FileNotFoundError:
            raise ResultsError(f"{self.shown} is not a run folder: it has no run.json") from None
        except ResultsError as error:
            raise ResultsError(f"{self.shown} is not a run folder: {error}") from None

    def environment(self) -> dict[str, Any]:
        """`run.json` in today's format, with `resumes`: one object a resume, oldest first. Raises
        ResultsError that names the folder and the field."""
        try:
            with self._run_json() as file:
                content = file.read(reading.ABOUT_MAX + 1)
            about = typed.run(parsed_object(content, reading.ABOUT_MAX, one_line=True))
        except upgrade.NewerError as error:
            raise ResultsError(f"{self.shown}: run.json: {error}") from None
        except (OSError, ValueError) as error:
            raise ResultsError(f"{self.shown} is not a run folder: run.json {error}") from None
        return {**about, "resumes": list(self._resumes())}

    def measurements(self) -> Iterator[Outcome]:
        """All complete records, in the order in which they were measured. Without half a line that
        a kill left, or a line that is no record: `unreadable` names these."""
        for line in self._trials():
            if isinstance(line, Outcome):
                yield line

    def unreadable(self) -> list[Unreadable]:
        """Lines of `trials.jsonl` that are no complete record, and why."""
        return [line for line in self._trials() if isinstance(line, Unreadable)]

    def _trials(self) -> Iterator[Outcome | Unreadable]:
        for number, line in reading.objects(self.trials):
            if isinstance(line, Unreadable):
                yield line
                continue
            try:
                yield typed.trial(line)
            except upgrade.NewerError as error:
                where = f"{shown(self.trials)}:{number}"
                raise ResultsError(f"{where}: {error}") from None
            except ValueError as error:
                yield Unreadable(number, str(error))

    def _resumes(self) -> Iterator[dict[str, Any]]:
        for _, line in reading.objects(self.resumes):
            with contextlib.suppress(ValueError):
                if not isinstance(line, Unreadable):
                    yield typed.resume(line)

    def _append(self, path: Path, line: dict[str, Any]) -> None:
        try:
            append_lines(path, json.dumps(line, ensure_ascii=False, default=str) + "\n")
        except OSError as error:
            raise ResultsError(f"cannot write {shown(path)}: {error.strerror}") from None


def runs(parent: Path) -> list[RunFolder]:
    """The run folders below `parent`, oldest first by the time of their start: a folder may have
    been renamed. That of a folder that cannot be read is in its name."""
    folders = [RunFolder(path.parent) for path in parent.glob("*/run.json")]
    return sorted(folders, key=lambda folder: (_started(folder), folder.path.name))


def _started(folder: RunFolder) -> str:
    try:
        started = _STARTED.match(str(folder.environment().get("started")))
    except ResultsError:
        started = None
    if started is None:
        stamp = _STAMP.match(folder.path.name)
        return "{}-{}-{}T{}:{}:{}".format(*stamp.groups()) if stamp else ""
    return started[0]


def find_run(run: Path | None, parent: Path) -> RunFolder:
    """A run by its folder, or by its name below `parent` as `runner list` prints it; without one
    the newest. Raises UnknownRunError where there is no such run; ResultsError."""
    if run is None:
        return latest(parent)
    named = parent / run
    try:
        folder = RunFolder(named if not run.exists() and named.is_dir() else run)
        there = folder.path.is_dir()
    except (OSError, ValueError):
        there = False  # no file system allows such a name
    if not there:
        near = get_close_matches(str(run), [each.name for each in runs(parent)], n=1)
        hint = f"did you mean {near[0]}?" if near else "`runner list` names the runs"
        raise UnknownRunError(
            f"{shown(run)}: no such folder, and {shown(parent)} holds no run of that name; {hint}"
        )
    if not folder.begun:
        raise UnknownRunError(f"{folder.shown} is not a run folder: it has no run.json")
    return folder


def latest(parent: Path) -> RunFolder:
    """The newest run below `parent`; raises ResultsError."""
    every = runs(parent)
    if not every:
        raise ResultsError(f"{shown(parent)} holds no run; type: runner run experiments.yaml")
    return every[-1]
