"""A disk that fills, or turns read-only, in mid-run: no trial is lost, and the user can mend it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.mounts import SmallDisk, needs_mount, small_disk
from tests.faults.runs import RUNNER, Ended, Run, assert_sound, folder_of, runner, small
from tests.runs.test_format import FORMAT_1

TRIALS = 6


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    (tmp_path / "tmp").mkdir()
    with small_disk(tmp_path / "results") as found:
        yield found


def begun(folder: Path) -> Run:
    small(folder, TRIALS // 2)
    run = Run(
        folder, "small.yaml", "--quick", "--engine", "process", env={"TMPDIR": str(folder / "tmp")}
    )
    run.until("[2/")
    return run


def on_disk(folder: Path) -> int:
    return len({m.trial for m in folder_of(folder).measurements()})


@needs_mount
@pytest.mark.parametrize(
    ("spoil", "mend", "told"),
    [
        (SmallDisk.fill, SmallDisk.free, "No space left on device"),
        (SmallDisk.freeze, SmallDisk.thaw, "Read-only file system"),
    ],
    ids=["full", "read-only"],
)
def test_what_the_disk_refuses_is_rescued_and_can_be_put_back(
    tmp_path: Path, disk: SmallDisk, spoil: object, mend: object, told: str
) -> None:
    assert callable(spoil)
    assert callable(mend)
    run = begun(tmp_path)
    spoil(disk)
    ended = run.end()
    assert ended.code == 3, ended.err
    assert "Traceback" not in ended.err
    assert f"{TRIALS} trials" in ended.out, "the rest of the plan is run, and all is in the tables"
    last = ended.err.splitlines()[-1]
    assert told in last
    assert "to append them type: cat " in last
    missing = TRIALS - on_disk(tmp_path)
    assert missing >= 3
    mend(disk)
    put_back(tmp_path, last)
    assert on_disk(tmp_path) == TRIALS
    report = runner(tmp_path, "report")
    assert_sound(Ended(report.code, report.out, report.err))
    assert f"{TRIALS} trials" in report.out


def put_back(folder: Path, line: str) -> None:
    """What the message says to type, typed."""
    cat, source, arrow, target = shlex.split(line.rpartition("type: ")[2])
    assert (cat, arrow) == ("cat", ">>")
    with (folder / target).open("ab") as file:
        subprocess.run(["cat", source], stdout=file, check=True, cwd=folder)


@needs_mount
def test_a_disk_that_has_room_again_gets_everything(tmp_path: Path, disk: SmallDisk) -> None:
    run = begun(tmp_path)
    disk.fill()
    run.until("trials are written to")
    disk.free()
    ended = run.end()
    assert_sound(ended)
    assert "can be written again, and holds every trial" in ended.err
    assert on_disk(tmp_path) == TRIALS
    assert list((tmp_path / "tmp").iterdir()) == [], "nothing is left elsewhere"
    assert runner(tmp_path, "verify").code == 0


@needs_mount
@pytest.mark.parametrize("spoil", [SmallDisk.fill, SmallDisk.freeze], ids=["full", "read-only"])
def test_a_disk_that_takes_nothing_from_the_start_stops_before_anything_runs(
    tmp_path: Path, disk: SmallDisk, spoil: object
) -> None:
    assert callable(spoil)
    small(tmp_path)
    spoil(disk)
    ended = runner(tmp_path, "run", "small.yaml", "--engine", "process")
    assert (ended.code, ended.out) == (3, ""), ended.err
    assert "cannot " in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err
    assert "[1/" not in ended.err
    assert list(disk.path.glob("*/run.json")) == []


def test_stdout_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    shutil.copytree(FORMAT_1, tmp_path / "run")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*RUNNER, "report", "run"], cwd=tmp_path, stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert done.returncode == 3
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
