"""Attacks by folders, which their owner may change while they are copied."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.grade.intake import IntakeError, tree, walk
from runner.grade.intake.member import Member
from runner.grade.intake.tree import Tree
from runner.grade.intake.walk import folder_members
from tests.grade.packing import FILES, SERVER
from tests.grade.taking import HIDDEN, assert_reason, copied, refused, taken, written


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "lines.h")


def listener(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("talk")
    finally:
        os.chdir(here)


def holes(folder: Path) -> None:
    with (folder / "huge.h").open("wb") as file:
        file.truncate(1 << 40)


def nested(folder: Path) -> None:
    (folder / Path(*["d"] * 18)).mkdir(parents=True)


def many(folder: Path) -> None:
    written(folder, {f"{n}.h": b"" for n in range(1001)})


def heavy(folder: Path) -> None:
    for n in range(3):
        with (folder / f"{n}.h").open("wb") as file:
            file.truncate(11 << 20)


ATTACKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link to a secret": (
        lambda f: (f / "x.h").symlink_to("../secret.c"),
        "x.h: is a symbolic link",
    ),
    "link to /etc": (lambda f: (f / "x.h").symlink_to("/etc/shadow"), "is a symbolic link"),
    "link to a folder": (lambda f: (f / "sub").symlink_to(".."), "sub: is a symbolic link"),
    "link within": (lambda f: (f / "x.c").symlink_to("server.c"), "is a symbolic link"),
    "link to nothing": (lambda f: (f / "x.h").symlink_to("none"), "is a symbolic link"),
    "link to itself": (lambda f: (f / "x.h").symlink_to("x.h"), "is a symbolic link"),
    "link to a process": (lambda f: (f / "x.h").symlink_to("/proc/self/environ"), "symbolic link"),
    "hard link to a secret": (
        lambda f: (f / "x.h").hardlink_to(f.parent / "other.c"),
        "x.h: is a hard link",
    ),
    "FIFO": (fifo, "lines.h: is a FIFO"),
    "socket": (listener, "talk: is a socket"),
    "a file of holes": (holes, "huge.h: is larger than 16 MiB"),
    "heavy": (heavy, "its files are larger than 32 MiB together"),
    "many files": (many, "holds more than 1,000 files"),
    "deep": (nested, "more than 16 folders deep"),
    "newline": (lambda f: written(f, {"a\n::error::.h": b""}), "holds a control character"),
    "escape": (lambda f: written(f, {"\x1b[2J.h": b""}), "holds a control character"),
    "backslash": (lambda f: written(f, {"a\\b.h": b""}), "holds a backslash"),
    "drive": (lambda f: written(f, {"C:a.h": b""}), "begins with a drive letter"),
    "capitals": (lambda f: written(f, {"Server.c": b""}), "only in capitals"),
    "accents": (lambda f: written(f, {"\u00e9.h": b"", "e\u0301.h": b""}), "is there twice"),
    "names that decode alike": (
        lambda f: written(f, {"\u5f20.h": b"", os.fsdecode("\u5f20.h".encode("gbk")): b""}),
        "is there twice",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_and_reaches_nothing(attack: str, tmp_path: Path) -> None:
    make, reason = ATTACKS[attack]
    folder = written(tmp_path / "alice", FILES)
    (tmp_path / "other.c").write_text(HIDDEN)
    make(folder)
    assert reason in refused(folder, tmp_path)


def test_a_crowded_folder_is_not_listed_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in (tree, walk):
        monkeypatch.setattr(room, "ENTRIES_MAX", 50)
    folder = written(tmp_path / "alice", {f"{n:02}/x.h": b"" for n in range(40)})
    assert "holds more than 50 files" in refused(folder, tmp_path)
    for n in range(100):
        (folder / f"a{n}").mkdir()
    assert "holds more than 50 files" in refused(folder, tmp_path)


def test_the_folder_itself_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "alice").symlink_to(written(tmp_path / "bob", FILES))
    assert "alice: is a symbolic link" in refused(tmp_path / "alice", tmp_path)


def test_no_fifo_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alice.zip")
    assert "alice.zip: is a FIFO" in refused(tmp_path / "alice.zip", tmp_path)
    assert "null: is a device" in refused(Path("/dev/null"), tmp_path)


def test_special_rights_are_not_taken_over(tmp_path: Path) -> None:
    folder = written(tmp_path / "alice", FILES)
    (folder / "server.c").chmod(0o6755)
    (folder / "net").chmod(0o2777)
    assert copied(taken(folder, tmp_path)) == FILES


@pytest.mark.skipif(os.geteuid() == 0, reason="no file is closed to root")
def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = written(tmp_path / "alice", FILES)
    (folder / "server.c").chmod(0)
    assert "server.c: cannot be read; type: chmod" in refused_but_for_rights(folder)
    (folder / "server.c").chmod(0o644)
    (folder / "net").chmod(0)
    assert "net: cannot be read; type: chmod" in refused_but_for_rights(folder)
    (folder / "net").chmod(0o755)


def refused_but_for_rights(folder: Path) -> str:
    with pytest.raises(IntakeError) as caught, members(folder) as found:
        Tree(found)
    return str(caught.value)


def test_links_in_what_is_left_out_are_left_out(tmp_path: Path) -> None:
    folder = written(tmp_path / "alice", {**FILES, "venv/pyvenv.cfg": b""})
    (folder / "venv" / "python").symlink_to("/usr/bin/python3")
    (folder / ".cache").symlink_to("/tmp")
    found = taken(folder, tmp_path)
    assert copied(found) == FILES
    assert found.dropped == (".cache: hidden", "venv/: installed packages")


@contextmanager
def members(folder: Path) -> Iterator[Iterator[Member]]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder_members(descriptor, links_are_own=False)
    finally:
        os.close(descriptor)


def changing(found: Iterator[Member], name: str, change: Callable[[], object]) -> Iterator[Member]:
    """Makes the change when that member was listed, and not yet read or entered."""
    for member in found:
        if member.name == name:
            change()
        yield member


def when(folder: Path, name: str, change: Callable[[], object]) -> str:
    """The reason of the refusal if the folder is changed then."""
    with pytest.raises(IntakeError) as caught, members(folder) as found:
        Tree(changing(found, name, change))
    reason = str(caught.value)
    assert_reason(reason)
    return reason


@pytest.fixture
def alice(tmp_path: Path) -> Path:
    written(tmp_path / "secrets", {"lines.h": HIDDEN.encode(), "server.c": HIDDEN.encode()})
    return written(tmp_path / "alice", FILES)


def replaced_by_link(path: Path, target: Path) -> None:
    path.rename(path.with_name("away"))
    path.symlink_to(target)


def test_a_file_that_becomes_a_link(alice: Path) -> None:
    secret = alice.parent / "secrets" / "server.c"
    reason = when(alice, "server.c", lambda: replaced_by_link(alice / "server.c", secret))
    assert reason.startswith("server.c: changed while it was copied")


def test_a_file_that_becomes_another_file(alice: Path) -> None:
    secret = alice.parent / "secrets" / "server.c"
    reason = when(alice, "server.c", lambda: secret.replace(alice / "server.c"))
    assert reason.startswith("server.c: changed while it was copied")


def test_a_file_that_becomes_a_fifo(alice: Path) -> None:
    def change() -> None:
        (alice / "server.c").unlink()
        os.mkfifo(alice / "server.c")

    assert when(alice, "server.c", change).startswith("server.c: changed while it was copied")


def test_a_folder_that_becomes_a_link(alice: Path) -> None:
    secrets = alice.parent / "secrets"
    reason = when(alice, "net", lambda: replaced_by_link(alice / "net", secrets))
    assert reason.startswith("net: changed while it was copied")


def test_a_folder_that_becomes_another_folder(alice: Path) -> None:
    def change() -> None:
        (alice / "net").rename(alice.parent / "away")
        (alice.parent / "secrets").rename(alice / "net")

    assert when(alice, "net", change).startswith("net: changed while it was copied")


def test_a_folder_that_becomes_a_link_once_it_is_entered(alice: Path) -> None:
    """What is read is the folder that was entered, and that is what is found out at the end."""
    secrets = alice.parent / "secrets"
    reason = when(alice, "net/lines.h", lambda: replaced_by_link(alice / "net", secrets))
    assert "changed while it was copied" in reason


def test_a_submission_that_is_moved_away_is_copied_all_the_same(alice: Path) -> None:
    def change() -> None:
        alice.rename(alice.parent / "moved")
        alice.symlink_to("secrets")

    with members(alice) as found:
        assert Tree(changing(found, "net", change)).files == FILES


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "server.c").write_bytes(SERVER + b"//"),
        lambda folder: (folder / "server.c").write_bytes(SERVER[:-2]),
        lambda folder: (folder / "server.c").write_bytes(SERVER.swapcase()),
        lambda folder: os.truncate(folder / "server.c", 1 << 40),
    ],
    ids=["longer", "shorter", "other", "huge"],
)
@pytest.mark.parametrize("name", ["server.c", "zlast.h"], ids=["before", "after"])
def test_a_file_that_is_written_meanwhile(
    name: str, change: Callable[[Path], object], alice: Path
) -> None:
    os.utime(alice / "server.c", ns=(0, 0))  # or the change could fall into the same tick
    written(alice, {"zlast.h": b""})  # the files of a folder come in order
    assert "server.c: changed while it was copied" in when(alice, name, lambda: change(alice))


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: written(folder, {"new.h": b""}),
        lambda folder: (folder / "README.md").unlink(),
        lambda folder: (folder / "README.md").rename(folder / "READ.md"),
        lambda folder: shutil.rmtree(folder / "net"),
        lambda folder: (folder / "extra").mkdir(),
    ],
    ids=["added", "removed", "renamed", "a folder removed", "a folder added"],
)
def test_names_that_change_meanwhile(change: Callable[[Path], object], alice: Path) -> None:
    assert "changed while it was copied" in when(alice, "server.c", lambda: change(alice))


def test_an_editor_may_be_open(alice: Path) -> None:
    def change() -> None:
        written(alice, {".server.c.swp": b"b0VIM", "server.c~": SERVER, "net/.lines.h.swp": b""})

    with members(alice) as found:
        assert Tree(changing(found, "net", change)).files == FILES
