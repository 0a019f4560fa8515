"""What was measured goes to disk at once, and is not lost where the disk refuses.

A full disk or a folder that became read-only in mid-run costs no trial: what cannot be appended is
kept, put into a rescue file elsewhere, and tried again with every further trial.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from runner.engine.box import Say
from runner.plural import number_of
from runner.records.json_line import to_json
from runner.records.outcome import Measurement
from runner.results.disk import append_lines
from runner.results.folder import RunFolder
from runner.results.home import rescue
from runner.results.reading import shown


class Journal:
    """Appends to a run folder's `trials.jsonl` for one session. Never raises for a disk."""

    def __init__(
        self, folder: RunFolder, session: int, say: Say, places: Sequence[Path] | None = None
    ) -> None:
        self.folder = folder
        self._session = session
        self._say = say
        self._places = places
        self._pending: list[Measurement] = []
        self._refusal = ""
        self._rescued: Path | None = None

    def append(self, measurement: Measurement) -> None:
        """On disk when this returns, or else in the rescue file, and the user was told."""
        self._pending.append(replace(measurement, session=self._session))
        if not self._caught_up():
            self._rescue()

    def close(self) -> str | None:
        """Tries a last time. None when all is on disk, else what the user must know."""
        if not self._pending or self._caught_up():
            return None
        count = number_of(len(self._pending), "trial")
        trials = shown(self.folder.trials)
        if self._rescued is None:
            return f"cannot write {trials}: {self._refusal}; in no file: {count}"
        return (
            f"cannot write {trials}: {self._refusal}; {count} in {self._rescued}, "
            f"to put them back type: cat {self._rescued} >> {trials}"
        )

    def measurements(self) -> Iterator[Measurement]:
        """All of the run: what is in the folder, then what is not there yet."""
        yield from self.folder.measurements()
        yield from self._pending

    def _caught_up(self) -> bool:
        try:
            append_lines(self.folder.trials, self._text(self._pending))
        except OSError as error:
            if not self._refusal:
                self._say(
                    f"results: cannot write {shown(self.folder.trials)}: {error.strerror}; "
                    "going on, and nothing that was measured is lost"
                )
            self._refusal = error.strerror or str(error)
            return False
        if self._refusal:
            self._say(f"results: {shown(self.folder.trials)} can be written again and is complete")
        self._pending.clear()
        self._refusal = ""
        if self._rescued is not None:
            with contextlib.suppress(OSError):
                self._rescued.unlink()
                self._rescued.parent.rmdir()
            self._rescued = None
        return True

    def _rescue(self) -> None:
        """All that waits, where it can be written: the first place that takes it."""
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
        self._say(f"results: what is measured from now on is in {file}")

    @staticmethod
    def _text(measurements: Sequence[Measurement]) -> str:
        return "".join(
            json.dumps(to_json(each), ensure_ascii=False) + "\n" for each in measurements
        )
