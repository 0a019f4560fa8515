"""A disk that refuses costs no trial."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.records.outcome import Outcome, Status
from runner.results import Journal, RunFolder
from runner.spec import Cell


class Disk:
    """Lets `room` bytes through to one file, then is full: as the kernel does, in mid-write."""

    def __init__(self, patch: pytest.MonkeyPatch, file: Path) -> None:
        self.room = 10**9
        self._file = file
        self._write = os.write
        patch.setattr(os, "write", self._limited)

    def _limited(self, descriptor: int, data: bytes) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink() != self._file:
            return self._write(descriptor, data)
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, "suite")


@pytest.fixture
def disk(folder: RunFolder) -> Iterator[Disk]:
    with pytest.MonkeyPatch.context() as patch:
        yield Disk(patch, folder.trials)


def measurement(number: int) -> Outcome:
    return Outcome(f"e#{number}", Cell("e", (("lab", "epoll"),)), number, Status.OK)


def journal_of(folder: RunFolder, rescue: Path, said: list[str]) -> Journal:
    rescue.mkdir(exist_ok=True)
    return Journal(folder, 1, said.append, [Path("/proc/no-such-place"), rescue])


def names(journal: Journal) -> list[str]:
    return [each.trial for each in journal.measurements()]


def test_a_full_disk_loses_nothing_and_leaves_no_half_line(
    folder: RunFolder, disk: Disk, tmp_path: Path
) -> None:
    said: list[str] = []
    journal = journal_of(folder, tmp_path / "rescue", said)
    journal.append(measurement(0))
    disk.room = 40
    for number in (1, 2):
        journal.append(measurement(number))
        disk.room = 7
    assert names(journal) == ["e#0", "e#1", "e#2"]
    assert [m.trial for m in folder.measurements()] == ["e#0"]
    assert len(folder.unreadable()) == 0
    (rescued,) = tmp_path.glob("rescue/*/trials.jsonl")
    unwritten = journal.close()
    assert unwritten is not None
    assert "No space left on device; 2 trials in " in unwritten
    assert len([line for line in said if "cannot write" in line]) == 1, "said once"
    # What the message says to type puts them back.
    command = unwritten.rpartition("type: ")[2].split()
    assert (command[0], command[1], command[3]) == ("cat", str(rescued), str(folder.trials))
    disk.room = 10**9
    with folder.trials.open("ab") as file:
        file.write(rescued.read_bytes())
    assert [m.trial for m in folder.measurements()] == ["e#0", "e#1", "e#2"]


def test_a_disk_with_room_again_gets_everything(
    folder: RunFolder, disk: Disk, tmp_path: Path
) -> None:
    said: list[str] = []
    journal = journal_of(folder, tmp_path / "rescue", said)
    disk.room = 0
    journal.append(measurement(0))
    disk.room = 10**9
    journal.append(measurement(1))
    assert journal.close() is None
    assert [m.trial for m in folder.measurements()] == ["e#0", "e#1"]
    assert list((tmp_path / "rescue").iterdir()) == [], "nothing is left elsewhere"
    assert said[-1].endswith("can be written again, and holds every trial")


def test_with_no_place_at_all_the_trials_are_still_reported(
    folder: RunFolder, disk: Disk, tmp_path: Path
) -> None:
    del tmp_path
    journal = Journal(folder, 1, lambda _line: None, [])
    disk.room = 0
    journal.append(measurement(0))
    assert names(journal) == ["e#0"]
    assert "1 trial could be written to no file" in (journal.close() or "")
