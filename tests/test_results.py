"""What was measured is on disk, whole, whatever happens next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.measurement import Measurement, Status
from runner.results import ResultsError, RunFolder, latest
from runner.spec import Cell


def measurement(number: int) -> Measurement:
    cell = Cell("e", (("lab", "epoll"), ("idle", number)))
    return Measurement(
        f"e/{number}#1", cell, 0, Status.OK, metrics={"rate": 1.5}, record={"ü": [1]}
    )


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    for number in range(3):
        folder.append(measurement(number))
    assert list(folder.measurements()) == [measurement(number) for number in range(3)]


@pytest.mark.parametrize("kept", range(0, 200, 17))
def test_a_torn_line_spoils_only_itself(tmp_path: Path, kept: int) -> None:
    """A kill may stop the last write at any byte."""
    folder = RunFolder.create(tmp_path, "suite")
    folder.append(measurement(0))
    whole = folder.trials.read_bytes()
    folder.append(measurement(1))
    torn = folder.trials.read_bytes()[: len(whole) + kept]
    folder.trials.write_bytes(torn)
    expected = [measurement(0)]
    assert list(folder.measurements())[:1] == expected
    folder.append(measurement(2))
    read = list(folder.measurements())
    assert read[0] == measurement(0)
    assert read[-1] == measurement(2)


def test_two_runs_of_one_second_do_not_share_a_folder(tmp_path: Path) -> None:
    paths = {RunFolder.create(tmp_path, "suite").path for _ in range(5)}
    assert len(paths) == 5


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ResultsError, match="type --results DIR"):
        RunFolder.create(blocked, "suite")


def test_a_report_is_whole_or_not_there(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", json.dumps({"seed": 1}))
    folder.write("run.json", json.dumps({"seed": 2}))
    assert folder.environment() == {"seed": 2}
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_the_latest_run_is_found_and_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no run"):
        latest(tmp_path)
    folders = [RunFolder.create(tmp_path, "suite") for _ in range(2)]
    for folder in folders:
        folder.write("run.json", "{}")
    assert latest(tmp_path).path == max(folder.path for folder in folders)
    with pytest.raises(ResultsError, match="is no run folder"):
        RunFolder(tmp_path).environment()
