"""The run folder: whole and readable whenever and however the run ends.

`results/<run>/`: `run.json` (the environment), `effective.yaml`, `trials.jsonl` (one line a trial,
on disk before the next trial starts), then the reports.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner.measurement import Measurement


class ResultsError(Exception):
    """A run folder that cannot be written or read: the text names it and what to do."""


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

    def write(self, name: str, text: str) -> Path:
        """Whole or not at all: written beside, synced, renamed."""
        path, beside = self.path / name, self.path / f".{name}.part"
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise ResultsError(f"cannot write {path}: {error.strerror}") from None
        return path

    def append(self, measurement: Measurement) -> None:
        """One line, on disk when this returns. A torn last line that a kill left is ended first,
        so that it spoils nothing but itself."""
        line = json.dumps(measurement.as_json(), ensure_ascii=False) + "\n"
        try:
            with self.trials.open("ab+") as file:
                if file.seek(0, os.SEEK_END) > 0:
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        line = "\n" + line
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ResultsError(f"cannot write {self.trials}: {error.strerror}") from None

    def environment(self) -> dict[str, Any]:
        try:
            loaded = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ResultsError(f"{self.path} is no run folder: run.json: {error}") from None
        if not isinstance(loaded, dict):
            raise ResultsError(f"{self.path} is no run folder: run.json holds no object")
        return loaded

    def measurements(self) -> Iterator[Measurement]:
        """All that is whole; a line that a kill tore is passed over."""
        if not self.trials.exists():
            return
        with self.trials.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    yield Measurement.from_json(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    continue


def latest(parent: Path) -> RunFolder:
    """The youngest run below `parent`; raises ResultsError."""
    runs = sorted(path.parent for path in parent.glob("*/run.json"))
    if not runs:
        raise ResultsError(f"{parent} holds no run; type: runner run experiments.yaml")
    return RunFolder(runs[-1])
