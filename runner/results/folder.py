"""A run folder on disk: made, written to, read back."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from runner.measurement import Measurement
from runner.results import upgrade
from runner.results.disk import append_lines, replace_text
from runner.results.error import ResultsError


@dataclass(frozen=True, slots=True)
class RunFolder:
    path: Path

    @classmethod
    def create(cls, parent: Path, suite_name: str) -> RunFolder:
        """A new folder named by the time of its start; raises ResultsError."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for suffix in ("", *(f"-{n}" for n in range(2, 100))):
            path = parent / f"{stamp}-{suite_name}{suffix}"
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise ResultsError(
                    f"cannot make {path}: {error.strerror}; type --results DIR with a folder "
                    "that can be written"
                ) from None
            return cls(path)
        raise ResultsError(f"{parent} already holds a hundred runs of this second")

    @property
    def trials(self) -> Path:
        return self.path / "trials.jsonl"

    @property
    def resumes(self) -> Path:
        return self.path / "resumes.jsonl"

    def write(self, name: str, text: str) -> Path:
        """Whole or not at all."""
        path = self.path / name
        try:
            replace_text(path, text)
        except OSError as error:
            raise ResultsError(f"cannot write {path}: {error.strerror}") from None
        return path

    def append(self, measurement: Measurement) -> None:
        """One line, on disk when this returns."""
        self._append(self.trials, measurement.as_json())

    def begin(self, about: dict[str, Any], effective: str) -> None:
        """The two files that make it a run folder. Where they cannot be written nothing was
        measured yet, so nothing is left."""
        try:
            self.write("effective.yaml", effective)
            self.write("run.json", json.dumps(about, ensure_ascii=False, indent=2, default=str) + "\n")
        except ResultsError:
            with contextlib.suppress(OSError):
                (self.path / "effective.yaml").unlink(missing_ok=True)
                self.path.rmdir()
            raise

    def resume(self, about: dict[str, Any]) -> int:
        """Notes that the run is gone on with, and returns the number of this session: what was
        measured before the first resume is session 1."""
        session = len(self._lines(self.resumes)) + 2
        self._append(self.resumes, {"session": session, **about})
        return session

    def hold(self) -> IO[bytes]:
        """Keeps every other runner from going on with this run until the file is closed, or the
        process ends, however it ends (flock(2)). Raises ResultsError."""
        file = self._run_json()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise ResultsError(f"{self.path} is being run at this moment") from None
        return file

    def running(self) -> bool:
        """Whether a runner holds it."""
        try:
            self.hold().close()
        except ResultsError:
            return (self.path / "run.json").exists()
        return False

    def _run_json(self) -> IO[bytes]:
        try:
            return (self.path / "run.json").open("rb")
        except OSError as error:
            raise ResultsError(f"{self.path} is no run folder: run.json: {error}") from None

    def environment(self) -> dict[str, Any]:
        """`run.json` in today's format, with `resumes`: one object a resume, oldest first."""
        try:
            with self._run_json() as file:
                loaded = json.load(file)
        except (OSError, ValueError) as error:
            raise ResultsError(f"{self.path} is no run folder: run.json: {error}") from None
        if not isinstance(loaded, dict):
            raise ResultsError(f"{self.path} is no run folder: run.json holds no object")
        try:
            about = upgrade.run(loaded)
        except upgrade.NewerError as error:
            raise ResultsError(f"{self.path}: run.json: {error}") from None
        return {**about, "resumes": self._lines(self.resumes)}

    def measurements(self) -> Iterator[Measurement]:
        """All that is whole, in the order in which it was measured; a line that a kill tore is
        passed over (`torn` counts them)."""
        for line in self._lines(self.trials):
            try:
                yield Measurement.from_json(upgrade.trial(line))
            except upgrade.NewerError as error:
                raise ResultsError(f"{self.trials}: {error}") from None
            except (ValueError, KeyError, TypeError):
                continue

    def torn(self) -> int:
        """Lines of `trials.jsonl` that are no whole record."""
        return sum(1 for _ in _text_lines(self.trials)) - sum(1 for _ in self.measurements())

    def _append(self, path: Path, line: dict[str, Any]) -> None:
        try:
            append_lines(path, json.dumps(line, ensure_ascii=False, default=str) + "\n")
        except OSError as error:
            raise ResultsError(f"cannot write {path}: {error.strerror}") from None

    def _lines(self, path: Path) -> list[dict[str, Any]]:
        """Every line that is a JSON object."""
        found = []
        for line in _text_lines(path):
            with contextlib.suppress(ValueError):
                loaded = json.loads(line)
                if isinstance(loaded, dict):
                    found.append(loaded)
        return found


def runs(parent: Path) -> list[RunFolder]:
    """The run folders below `parent`, oldest first by name."""
    return [RunFolder(path.parent) for path in sorted(parent.glob("*/run.json"))]


def chosen(run: Path | None, parent: Path) -> RunFolder:
    """A run by its folder, or by its name below `parent` as `runner list` prints it; without one
    the youngest. Raises ResultsError."""
    if run is None:
        return latest(parent)
    named = parent / run
    return RunFolder(named if not run.exists() and named.is_dir() else run)


def latest(parent: Path) -> RunFolder:
    """The youngest run below `parent`; raises ResultsError."""
    found = runs(parent)
    if not found:
        raise ResultsError(f"{parent} holds no run; type: runner run experiments.yaml")
    return found[-1]


def _text_lines(path: Path) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from file
