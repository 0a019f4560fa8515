"""What the process engine does where the machine refuses: a full disk, no compiler, no limit."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runner.engine.box import NOFILE_MOST, EngineError, MissingError
from runner.engine.process import cgroup, record
from runner.engine.scratch import scratch
from tests.engine.boxes import EVERYTHING, box_of, engine_in, marked, probe_in
from tests.engine.test_process_ends import groups, prepared, records


def own_groups() -> list[Path]:
    return [path for path in groups() if path.name.split("-")[1] == str(os.getpid())]


def full_disk(after: int, monkeypatch: pytest.MonkeyPatch, below: str = "/") -> None:
    """From the `after`th record on, in this folder."""
    write, calls = Path.write_text, [0]

    def refuse(self: Path, *args: Any, **options: Any) -> int:
        if self.suffix == ".new" and self.is_relative_to(below):
            calls[0] += 1
            if calls[0] > after:
                self.touch()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, *args, **options)

    monkeypatch.setattr(Path, "write_text", refuse)


@pytest.mark.parametrize("after", [0, 1])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Neither when the record is made, nor when the processes are to be written into it."""
    engine, probe = prepared(tmp_path)
    marker = f"full-{os.getpid()}-{after}"
    full_disk(after, monkeypatch)
    with pytest.raises(EngineError) as refused:
        engine.launch(box_of(probe, "scatter", marker))
    assert str(refused.value) == (
        f"no box is started, because its record cannot be written to {tmp_path}/cache/boxes: "
        "No space left on device; free some space there"
    )
    assert marked(marker) == set()
    assert own_groups() == []
    assert records(tmp_path) == []
    monkeypatch.undo()
    running = engine.launch(box_of(probe, "exit", "0"))
    assert str(running.exited(20)) == "exit code 0"
    engine.close()


@pytest.mark.parametrize("after", [0, 1])
def test_a_full_disk_does_not_end_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """The record is kept in memory, is swept there, and is gone with its box."""
    engine, probe = prepared(tmp_path)
    spare = tmp_path / f"iolab-{os.geteuid()}"
    monkeypatch.setattr("runner.engine.process.launcher.SPARE", tmp_path)
    monkeypatch.setattr("runner.engine.process.engine.SPARE", tmp_path)
    full_disk(after, monkeypatch, str(tmp_path / "cache"))
    running = engine.launch(box_of(probe, "stubborn"))
    assert running.read_line(20) == "READY"
    assert len(list(spare.iterdir())) == 1
    assert records(tmp_path) == []
    assert engine.sweep(lambda _: None) == 0, "its runner lives"
    running.remove()
    assert not spare.exists()
    assert records(tmp_path) == []
    assert own_groups() == []
    engine.close()


def test_no_more_descriptors_are_asked_for_than_a_server_can_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_text

    def generous(self: Path, *args: Any, **options: Any) -> str:
        if str(self) == "/proc/sys/fs/nr_open":
            return f"{1 << 30}\n"
        return read(self, *args, **options)

    monkeypatch.setattr(Path, "read_text", generous)
    engine, _ = prepared(tmp_path)
    assert engine.nofile_max() <= NOFILE_MOST == 1 << 20
    engine.close()


def test_without_a_compiler_every_question_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, probe = engine_in(tmp_path), probe_in(tmp_path)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(engine.prepare([], lambda _: None)) == []
    for ask in (engine.nofile_max, engine.environment, engine.exposed, engine.free_port):
        with pytest.raises(MissingError, match="no C compiler; type: sudo apt-get install gcc"):
            ask()
    with pytest.raises(MissingError):
        engine.launch(box_of(probe, "exit", "0"))


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ((), []),
        (("mount", "account"), ["it could read the files of this user, keys among them"]),
        (("net", "pid"), ["it could end the other processes of this user",
                          "it could reach the network"]),
        (EVERYTHING, ["it could read the files of this user, keys among them",
                      "it could end the other processes of this user",
                      "it could reach the network"]),
    ],
)  # fmt: skip
def test_what_a_stranger_could_do_is_said(
    tmp_path: Path, without: tuple[str, ...], said: list[str]
) -> None:
    engine, _ = prepared(tmp_path, without)
    if without == () and "mount" not in str(engine.environment()["isolation"]):
        pytest.skip("this machine grants less")
    assert set(said) <= set(engine.exposed())
    assert without != () or engine.exposed() == []
    engine.close()


def test_what_compilers_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    engine, _ = prepared(tmp_path)
    cache = tmp_path / "cache" / "bin"
    for name in (".compiling-old", ".iolab-killed"):
        (cache / name).mkdir()
        (cache / name / "out").write_text("x")
    with scratch(cache) as mine:
        engine.sweep(lambda _: None)
        assert [path.name for path in cache.glob(".*")] == [mine.name]
    assert list(cache.glob(".*")) == []
    engine.close()


def test_a_runner_that_dies_before_the_process_is_there_leaves_no_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record names the groups before they are made."""
    engine, probe = prepared(tmp_path)
    seen: list[bool] = []
    make = cgroup.make

    def looked_at(found: Any, name: str, *rest: Any) -> cgroup.Group:
        (path,) = records(tmp_path)
        named = json.loads(path.read_text())["groups"]
        group = make(found, name, *rest)
        seen.append({str(folder) for folder in group.folders} <= set(named))
        return group

    monkeypatch.setattr(cgroup, "make", looked_at)
    engine.launch(box_of(probe, "exit", "0")).remove()
    assert seen == [True]
    engine.close()


def test_an_empty_group_of_a_dead_runner_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    names = {f"iolab-{ended.pid}-a": False, f"iolab-{os.getpid()}-b": True, "iolab-x": True}
    for name in names:
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / f"iolab-{ended.pid}-young").mkdir()
    place = cgroup.Parent(tmp_path, ("memory",), 1)
    monkeypatch.setattr(cgroup, "parents", lambda: (place,))
    cgroup.sweep()
    assert {name: (tmp_path / name).exists() for name in names} == names
    assert (tmp_path / f"iolab-{ended.pid}-young").exists()


def test_a_record_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk(0, monkeypatch)
    boot, place = record.here()
    entry = record.Record("x", boot, place, record.identity(os.getpid()), (), ())
    with pytest.raises(OSError, match="No space"):
        entry.write(tmp_path / "boxes" / "x.json")
    assert list((tmp_path / "boxes").iterdir()) == []
