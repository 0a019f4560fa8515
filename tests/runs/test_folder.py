"""What was measured is on disk, whole, whatever happens next."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

import pytest

from runner.records.json_line import to_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.results import ResultsError, RunFolder, latest, runs
from runner.spec import Cell


def measurement(number: int) -> Outcome:
    cell = Cell("e", (("lab", "epoll"), ("idle", number)))
    return Outcome(
        f"e/{number}#1", cell, 0, Status.OK, metrics={"rate": 1.5}, record=TrialRecord(notes=("ü",))
    )


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    for number in range(3):
        folder.append(measurement(number))
    assert list(folder.measurements()) == [measurement(number) for number in range(3)]


def test_a_kill_at_any_byte_spoils_only_the_line_that_was_written(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.append(measurement(0))
    whole = len(folder.trials.read_bytes())
    folder.append(measurement(1))
    both = folder.trials.read_bytes()
    for length in range(whole, len(both)):
        folder.trials.write_bytes(both[:length])
        torn = both[whole:length].strip() != b"" and length < len(both) - 1
        assert next(iter(folder.measurements())) == measurement(0)
        assert len(folder.unreadable()) == int(torn)
        folder.append(measurement(2))
        read = list(folder.measurements())
        assert (read[0], read[-1]) == (measurement(0), measurement(2)), f"torn at byte {length}"


def test_a_kill_while_a_file_is_replaced_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", '{"seed": 1}')

    class Killed(BaseException):
        """As good as SIGKILL: nothing that follows is run."""

    def kill(*_: object) -> None:
        raise Killed

    for name in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(name, kill)
            with pytest.raises(Killed):
                folder.write("run.json", '{"seed": 2}')
        assert folder.environment()["seed"] == 1
        assert [f.path for f in runs(tmp_path)] == [folder.path]


def test_a_resume_is_numbered_and_kept(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", "{}")
    assert folder.resume({"started": "a"}) == 2
    folder.resumes.write_bytes(folder.resumes.read_bytes() + b'{"session": 3, "sta')
    assert folder.resume({"started": "b"}) == 3, "a torn resume did not measure anything"
    assert [each["started"] for each in folder.environment()["resumes"]] == ["a", "b"]


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", '{"format": 99}')
    folder.write("trials.jsonl", json.dumps({**to_json(measurement(0)), "format": 99}) + "\n")
    with pytest.raises(ResultsError, match="format 99 is newer than this runner"):
        folder.environment()
    with pytest.raises(ResultsError, match="format 99 is newer than this runner"):
        list(folder.measurements())


def test_two_runs_of_one_second_do_not_share_a_folder(tmp_path: Path) -> None:
    paths = {RunFolder.create(tmp_path, "suite").path for _ in range(5)}
    assert len(paths) == 5


def test_a_spec_with_the_longest_name_has_a_folder(tmp_path: Path) -> None:
    for name in ("n" * 250, "ü" * 125, os.fsdecode(b"\xff" * 250)):
        assert RunFolder.create(tmp_path, name).path.is_dir()


def test_a_renamed_run_stays_as_old_as_it_is(tmp_path: Path) -> None:
    for name, started in (("zzz", "2026-01-01T00:00:00"), ("a b", "2026-01-02T00:00:00")):
        (tmp_path / name).mkdir()
        about = {"format": 2, "started": f"{started}+00:00"}
        (tmp_path / name / "run.json").write_text(json.dumps(about))
    assert [folder.name for folder in runs(tmp_path)] == ["zzz", "a b"]
    assert latest(tmp_path).name == "a b"
    torn = tmp_path / "20260101T120000-torn"
    torn.mkdir()
    (torn / "run.json").write_text("{")
    assert [folder.name for folder in runs(tmp_path)] == ["zzz", torn.name, "a b"]


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ResultsError, match="type --results DIR"):
        RunFolder.create(blocked, "suite")


def test_a_report_is_whole_or_not_there(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", json.dumps({"seed": 1}))
    folder.write("run.json", json.dumps({"seed": 2}))
    assert folder.environment()["seed"] == 2
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_the_latest_run_is_found_and_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no run"):
        latest(tmp_path)
    folders = [RunFolder.create(tmp_path, "suite") for _ in range(2)]
    for folder in folders:
        folder.write("run.json", "{}")
    assert latest(tmp_path).path == max(folder.path for folder in folders)
    with pytest.raises(ResultsError, match="is not a run folder"):
        RunFolder(tmp_path).environment()


def test_one_that_asks_whether_a_run_is_running_is_no_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`runner list` in a loop, while a run begins, or another process lists the runs."""
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", "{}")
    asking = (folder.path / "run.json").open()
    fcntl.flock(asking, fcntl.LOCK_SH)
    assert not folder.running()
    monkeypatch.setattr(time, "sleep", lambda _seconds: asking.close())
    folder.hold().close()
    assert asking.closed, "the runner waited for it"


def test_a_run_is_gone_on_with_by_one_runner_at_a_time(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "suite")
    folder.write("run.json", "{}")
    assert not folder.running()
    held = folder.hold()
    assert folder.running()
    with pytest.raises(ResultsError, match="another runner is running"):
        folder.hold()
    held.close()
    assert not folder.running()
    folder.hold().close()
