"""Which installations outside of the system's folders a box sees, and what is hidden in those."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.process import visible
from tests.engine.boxes import box_of, engine_in, probe_in


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / "bin").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(visible, "SYSTEM", ("/usr", "/bin", str(tmp_path / "system")))
    return folder


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    return path


def test_an_installation_is_seen_whole(home: Path) -> None:
    compiler = program(home / "gcc-15" / "bin" / "gcc")
    assert visible.installation(compiler) == (home / "gcc-15",)


def test_a_program_in_the_home_itself_is_seen_alone(home: Path) -> None:
    compiler = program(home / "bin" / "cc")
    assert visible.installation(compiler) == (compiler,)
    assert visible.installation(program(home / "cc")) == (home / "cc",)


def test_links_are_followed_from_one_installation_to_the_next(home: Path) -> None:
    real = program(home / "pythons" / "3.12.1" / "bin" / "python3.12")
    (home / "pythons" / "3.12").symlink_to("3.12.1")
    link = home / "project" / "bin" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(home / "pythons" / "3.12" / "bin" / "python3.12")
    assert visible.installation(link) == (home / "project", home / "pythons" / "3.12")
    assert visible.installation(real) == (home / "pythons" / "3.12.1",)


def test_the_systems_own_are_there_already(home: Path, tmp_path: Path) -> None:
    assert visible.installation(Path("/usr/bin/env")) == ()
    assert visible.installation(program(tmp_path / "system" / "bin" / "cc")) == ()
    del home


def test_a_home_inside_the_systems_folders_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visible, "SYSTEM", ("/usr", str(tmp_path)))
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tmp_path / "home" in visible.hidden()
    for daemon in ("/usr/sbin", "/usr", "/nonexistent"):
        monkeypatch.setenv("HOME", daemon)
        assert Path(daemon) not in visible.hidden()


def test_the_running_python_is_among_what_is_seen() -> None:
    seen = visible.python()
    for path in (Path(sys.executable), Path(sys.prefix), Path(os.__file__)):
        assert any(path.is_relative_to(each) for each in (*seen, *map(Path, visible.SYSTEM)))
    assert not any(private == each or each in private.parents
                   for each in seen for private in visible.private())  # fmt: skip


@pytest.fixture
def closed_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("closed_umask")
def test_a_closed_umask_keeps_no_box_from_its_program(tmp_path: Path) -> None:
    """The user of a box is another than the one who compiled."""
    engine, probe = engine_in(tmp_path), probe_in(tmp_path)
    (probe.folder / "server.c").open("a").write(f"/* {tmp_path} */\n")  # not yet in the cache
    script = Program("server", tmp_path / "script", "python")
    script.folder.mkdir()
    (script.folder / "server.py").write_text("import lab; print(lab.NAME)\n")
    (engine._labs / "lab.py").write_text("NAME = 'found'\n")
    assert engine.prepare([probe, script], lambda _: None) == {}
    for each, said in ((box_of(probe, "spawn", "3"), "3"), (box_of(script), "found")):
        running = engine.launch(each)
        assert running.read_line(20) == said, running.stderr()
        running.remove()
    engine.close()


def test_a_python_that_is_closed_to_others_costs_the_other_user_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root could give its boxes another user")
    monkeypatch.setattr(visible, "readable_by_all", lambda _: False)
    monkeypatch.setattr(visible, "python", lambda: (Path("/opt/closed"),))
    engine, probe = engine_in(tmp_path), probe_in(tmp_path)
    assert engine.prepare([probe], lambda _: None) == {}
    found = engine.environment()
    assert "uid" not in str(found["isolation"])
    assert (
        "process engine: no other user id, a box runs as the runner's own user "
        "(other users may not read /opt/closed)"
    ) in str(found["lacks"])
    running = engine.launch(box_of(probe, "reads", "/etc/shadow", str(tmp_path)))
    assert [running.read_line(20), running.read_line(20)] == ["No such file or directory"] * 2
    running.remove()
    engine.close()


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o700])
def test_what_others_can_read(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "python"
    folder.mkdir()
    folder.chmod(mode)
    assert visible.readable_by_all([folder]) == (mode == 0o755)
