"""Writes each measurement to disk at once, and loses none where the disk cannot be written.

No trial is lost to a full disk, or to a folder that became read-only during the run: what cannot be
appended is kept, written to a rescue file elsewhere, and tried again with every further trial.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from runner.engine.box import Say
from runner.plural import number_of
from runner.records.json_line import line_of
from runner.records.outcome import Outcome
from runner.results.disk import append_lines
from runner.results.folder import RunFolder
from runner.results.home import rescue
from runner.results.reading import shown


class Journal:
    """Appends to a run folder's `trials.jsonl` for one session. Never raises where a disk fails."""

    def __init__(
        self, folder: RunFolder, session: int, say: Say, places: Sequence[Path] | None = None
    ) -> None:
        self.folder = folder
        self._session = session
        self._say = say
        self._places = places
        self._pending: list[Outcome] = []
        self._refusal = ""
        self._rescued: Path | None = None
        self._read: tuple[Outcome, ...] = ()
        self._state: tuple[int, int, int] | None = None

    def append(self, measurement: Outcome) -> None:
        """On disk when this returns, or in the rescue file, which a message then names."""
        self._pending.append(replace(measurement, session=self._session))
        if not self._caught_up():
            self._rescue()

    def close(self) -> str | None:
        """Tries a last time. None when all is on disk, otherwise a message for the user."""
        if not self._pending or self._caught_up():
            return None
        count = number_of(len(self._pending), "trial")
        trials = shown(self.folder.trials)
        if self._rescued is None:
            return f"cannot write {trials}: {self._refusal}; {count} could be written to no file"
        return (
            f"cannot write {trials}: {self._refusal}; {count} in {self._rescued}; "
            f"to append them type: cat {self._rescued} >> {trials}"
        )

    def measurements(self) -> Iterator[Outcome]:
        """All of the run: those in the folder, then those that are not written yet. The folder is
        read again only where its file has changed: a grading asks for this six times a trial."""
        state = self._state_of_file()
        if state is None or state != self._state:
            self._read, self._state = tuple(self.folder.measurements()), state
        yield from self._read
        yield from self._pending

    def _state_of_file(self) -> tuple[int, int, int] | None:
        with contextlib.suppress(OSError):
            found = self.folder.trials.stat()
            return found.st_ino, found.st_size, found.st_mtime_ns
        return None

    def _caught_up(self) -> bool:
        try:
            append_lines(self.folder.trials, self._text(self._pending))
        except OSError as error:
            if not self._refusal:
                self._say(
                    f"results: cannot write {shown(self.folder.trials)}: {error.strerror}; "
                    "the run continues, and no measurement is lost"
                )
            self._refusal = error.strerror or str(error)
            return False
        if self._refusal:
            self._say(
                f"results: {shown(self.folder.trials)} can be written again, and holds every trial"
            )
        self._pending.clear()
        self._refusal = ""
        if self._rescued is not None:
            with contextlib.suppress(OSError):
                self._rescued.unlink()
                self._rescued.parent.rmdir()
            self._rescued = None
        return True

    def _rescue(self) -> None:
        """Writes all that is not on disk to the first place that can be written."""
        if self._rescued is not None:
            with contextlib.suppress(OSError):
                append_lines(self._rescued, self._text(self._pending[-1:]))
                return
            self._rescued = None
        for place in rescue() if self._places is None else self._places:
            with contextlib.suppress(OSError):
                self._rescue_to(place)
                return

    def _rescue_to(self, place: Path) -> None:
        made = Path(tempfile.mkdtemp(prefix=f"iolab-{self.folder.path.name}-", dir=place))
        file = made / "trials.jsonl"
        try:
            append_lines(file, self._text(self._pending))
        except OSError:
            file.unlink(missing_ok=True)
            made.rmdir()
            raise
        self._rescued = file
        self._say(f"results: trials are written to {file} from now on")

    @staticmethod
    def _text(measurements: Sequence[Outcome]) -> str:
        return "".join(map(line_of, measurements))
