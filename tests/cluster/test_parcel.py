"""What travels between hosts: a folder arrives as it was, and nowhere but below its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.cluster.parcel import Item, ParcelError, packed, unpacked


def test_a_folder_arrives_as_it_was(tmp_path: Path) -> None:
    root = tmp_path / "one"
    (root / "deep" / "empty").mkdir(parents=True)
    (root / "server.c").write_bytes(b"\0\xff")
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o755)
    (root / "link").symlink_to("deep")
    (root / "out").symlink_to("/etc")
    os.mkfifo(root / "pipe")
    there = tmp_path / "there"
    there.mkdir()
    unpacked(packed(root), there)
    assert (there / "one" / "server.c").read_bytes() == b"\0\xff"
    assert os.access(there / "one" / "run", os.X_OK)
    assert (there / "one" / "deep" / "empty").is_dir()
    assert (there / "one" / "link").readlink() == Path("deep")
    assert (there / "one" / "out").readlink() == Path("/etc")
    assert not (there / "one" / "pipe").exists()


def test_one_file_is_a_parcel_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    there = tmp_path / "there"
    there.mkdir()
    unpacked(packed(tmp_path / "a.zip"), there)
    assert (there / "a.zip").read_bytes() == b"PK"


@pytest.mark.parametrize(
    "items",
    [
        (Item("/etc/x", 0o644, b""),),
        (Item("../x", 0o644, b""),),
        (Item("a/../../x", 0o644, b""),),
        (Item("", 0o644, b""),),
        (Item("a", 0, target="/tmp"), Item("a/x", 0o644, b"")),
        (Item("a", 0, target="/tmp/victim"), Item("a", 0o644, b"")),
    ],
)
def test_what_leads_out_of_its_place_is_refused(items: tuple[Item, ...], tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with pytest.raises(ParcelError, match="is no path below a folder"):
        unpacked(items, there)
    assert not (tmp_path / "x").exists()


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(257 << 20)
    with pytest.raises(ParcelError, match="larger than 256 MiB"):
        packed(tmp_path / "large")


def test_what_a_link_leads_to_is_sent_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "server.py").write_text("print()")
    (tmp_path / "mine").symlink_to("real")
    there = tmp_path / "there"
    there.mkdir()
    unpacked(packed(tmp_path / "mine", followed=True), there)
    assert (there / "mine" / "server.py").read_text() == "print()"
