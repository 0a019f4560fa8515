"""Where control groups can be made, by what the kernel says of groups and mounts."""

from __future__ import annotations

from pathlib import Path

from runner.engine.process.cgroup import parents

MOUNT = "33 24 0:28 / {point} rw,nosuid - cgroup2 cgroup2 rw"
ODD = (
    b"40 24 8:1 / /media/M\xfcnchen rw - vfat /dev/sdb1 rw\n"
    b"41 24 8:1 / /media/a\xe2\x80\xa8b\x0bc\x1dd rw - vfat /dev/sdb1 rw\n"
)
"""A stick with a name in Latin-1, and one with what Python takes for the end of a line."""


def lay(proc: Path, group: bytes, mounts: bytes) -> None:
    proc.mkdir()
    (proc / "cgroup").write_bytes(group)
    (proc / "mountinfo").write_bytes(mounts)


def test_mounts_with_any_name_hide_no_group(tmp_path: Path) -> None:
    point = tmp_path / "my groups"
    (point / "a b").mkdir(parents=True)
    (point / "a b" / "cgroup.subtree_control").write_text("cpuset memory pids\n")
    escaped = str(point).replace(" ", "\\040")
    mounts = ODD + MOUNT.format(point=escaped).encode() + b"\n"
    lay(tmp_path / "proc", b"0::/a b/\xfc\xe2\x80\xa8\n", mounts)
    (parent,) = parents(tmp_path / "proc")
    assert (parent.folder, parent.version) == (point / "a b", 2)
    assert parent.controllers == ("memory", "pids", "cpuset")


def test_without_proc_there_is_none(tmp_path: Path) -> None:
    assert parents(tmp_path) == ()
