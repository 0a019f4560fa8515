"""What images are made of, and the tag that follows: an edit rebuilds just what it concerns."""

from __future__ import annotations

import io
import os
import re
import shutil
import tarfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.engine.box import BuildError, Language, Program
from runner.engine.docker import DockerEngine
from runner.engine.images import content, ensure, image_of, remove, write_env
from runner.engine.images.archive import packed
from runner.engine.images.image_list import forget_old, listing
from runner.paths import IMAGES, LABS
from tests.engine.boxes import SOURCE, box_of


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of labs/ and images/ that may be edited."""
    shutil.copytree(LABS, tmp_path / "labs")
    shutil.copytree(IMAGES, tmp_path / "images")
    monkeypatch.setattr(content, "LABS", tmp_path / "labs")
    monkeypatch.setattr(content, "IMAGES", tmp_path / "images")
    return tmp_path


def tags() -> dict[str, str]:
    return {image.name: image.tag for image in content.all_images()}


def changed_by(path: Path) -> set[str]:
    before = tags()
    path.write_text(path.read_text() + "\n")
    after = tags()
    return {name for name in before if before[name] != after[name]}


def test_an_edited_server_changes_its_own_image_only(tree: Path) -> None:
    assert changed_by(tree / "labs/select/server.c") == {"select-c"}
    assert changed_by(tree / "labs/select/server.py") == {"select-python"}


def test_what_servers_share_changes_all_in_that_language(tree: Path) -> None:
    in_c = changed_by(tree / "labs/lab.c")
    assert {"select-c", "poll-c", "epoll-c"} <= in_c
    assert all(name.endswith("-c") and not name.startswith("runtime") for name in in_c)
    assert in_c == changed_by(tree / "labs/lab.h")
    in_python = changed_by(tree / "labs/lab.py")
    assert "select-python" in in_python
    assert all(name.endswith("-python") and name != "runtime-python" for name in in_python)


def test_what_images_stand_on_changes_all_that_stand_on_it(tree: Path) -> None:
    in_c = changed_by(tree / "images/toolchain/Dockerfile")
    assert {"toolchain", "fleet", "select-c"} <= in_c
    assert "runtime-c" not in in_c
    assert {"runtime-c", "fleet", "select-c"} <= changed_by(tree / "images/runtime-c/Dockerfile")
    assert changed_by(tree / "images/fleet/Dockerfile") == {"fleet"}
    assert changed_by(tree / "labs/README.md") == set()


def test_flags_of_the_banner_reach_the_compiler_and_the_tag(tree: Path) -> None:
    source = tree / "labs/select/server.c"
    before = image_of(Program("server", source.parent, "c"))
    source.write_text(
        source.read_text().replace("Build: -O2", "Build: -O1 -D_FORTIFY_SOURCE=2 -lm")
    )
    image = image_of(Program("server", source.parent, "c"))
    assert image.compilation is not None
    assert image.compilation.sources.arguments == (
        "-std=gnu11", "-O1", "-D_FORTIFY_SOURCE=2", "-I.", "server/server.c", "lab.c", "-lm",
    )  # fmt: skip
    assert image.tag != before.tag
    source.write_text(source.read_text().replace("-lm", "-fplugin=evil.so"))
    with pytest.raises(BuildError, match="fplugin"):
        image_of(Program("server", source.parent, "c"))


def test_the_same_content_is_the_same_image_wherever_it_lies(tmp_path: Path) -> None:
    shutil.copytree(LABS / "poll", tmp_path / "poll")
    for language in ("c", "python"):
        here: Language = "c" if language == "c" else "python"
        copy = image_of(Program("server", tmp_path / "poll", here))
        assert copy.ref == image_of(Program("server", LABS / "poll", here)).ref


def test_an_archive_depends_on_nothing_but_content() -> None:
    first = packed({"b": b"2", "a": b"1"}, {"bin/run": b"3"})
    assert first == packed({"a": b"1", "b": b"2"}, {"bin/run": b"3"})
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        members = [(m.name, m.mode, m.mtime, m.uid, m.gid) for m in tar]
    assert members == [("a", 0o644, 0, 0, 0), ("b", 0o644, 0, 0, 0), ("bin/run", 0o755, 0, 0, 0)]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (lambda lab: (lab / "secret.c").symlink_to("/etc/shadow"), "out of the folder"),
        (lambda lab: os.mkfifo(lab / "pipe.h"), "regular file"),
        (lambda lab: (lab / "bomb.c").write_bytes(b" " * (17 << 20)), "larger than 16 MiB"),
        (lambda lab: [(lab / f"{i}.c").touch() for i in range(1001)], "more than 1000"),
        (lambda lab: (lab / "server.c").unlink(), "server.c"),
    ],
    ids=["link", "fifo", "size", "number", "none"],
)
def test_a_strangers_folder_is_read_with_care(trouble: Any, said: str, tmp_path: Path) -> None:
    lab = tmp_path / "stranger"
    lab.mkdir()
    shutil.copy(SOURCE, lab / "server.c")
    trouble(lab)
    with pytest.raises(BuildError, match=said):
        image_of(Program("server", lab, "c"))


@pytest.mark.parametrize("name", ["Select", "a b", "-x", "a" * 70, "é", "a.b", "x_", "::error::"])
def test_every_name_of_a_folder_has_an_image(name: str, tmp_path: Path) -> None:
    lab = tmp_path / "labs" / name
    lab.mkdir(parents=True)
    shutil.copy(SOURCE, lab / "server.c")
    (lab / "server.py").touch()
    component = r"[a-z0-9]+(?:(?:_|-+)[a-z0-9]+)*"  # the grammar of image references
    for language in ("c", "python"):
        image = image_of(Program("server", lab, "c" if language == "c" else "python"))
        assert re.fullmatch(f"iolab/{component}:[0-9a-f]{{12}}", image.ref)


def test_names_that_look_alike_are_different_images(tmp_path: Path) -> None:
    names = set()
    for name in ("ab", "Ab", "aB", "a b", "a-b", "a.b"):
        (tmp_path / name).mkdir()
        shutil.copy(SOURCE, tmp_path / name / "server.c")
        names.add(image_of(Program("server", tmp_path / name, "c")).name)
    assert len(names) == 6


def test_what_compose_reads_is_of_today_and_the_rest_of_it_stays(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("MINE=1\nIOLAB_SELECT_IMAGE=iolab/select-c:old\n")
    for _ in range(2):
        write_env(env)
        lines = env.read_text().splitlines()
        assert lines[0] == "MINE=1"
        assert (
            f"IOLAB_SELECT_IMAGE={image_of(Program('server', LABS / 'select', 'c')).ref}" in lines
        )
        assert len(lines) == len({line.partition("=")[0] for line in lines})
        assert any(line.startswith("IOLAB_FLEET_IMAGE=iolab/fleet:") for line in lines)


def test_a_file_for_compose_that_is_no_text_keeps_its_bytes(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_bytes(b"PLACE=M\xfcnchen\x0b1\n")
    write_env(env)
    assert env.read_bytes().startswith(b"PLACE=M\xfcnchen\x0b1\nIOLAB_")


class FakeShelf:
    """A daemon's images: refs with their age, and what was removed of them."""

    def __init__(self, refs: list[str], first: int = 1000) -> None:
        self.refs = refs
        self.first = first
        self.removed: list[str] = []
        self.api = self
        self.images_pruned = False

    def images(self, name: str | None = None, filters: object = None) -> list[dict[str, object]]:
        assert filters is not None, "images that are not ours were asked for"
        return [
            {"RepoTags": [ref], "Created": self.first + age, "Size": 1, "Id": ref}
            for age, ref in enumerate(self.refs)
            if name is None or ref.startswith(f"{name}:")
        ]

    def remove_image(self, ref: str) -> None:
        self.removed.append(ref)


def test_three_versions_of_a_name_are_kept() -> None:
    shelf = FakeShelf([f"iolab/select-c:{n}" for n in range(5)] + ["iolab/poll-c:9"])
    forget_old(shelf, "select-c")  # type: ignore[arg-type]
    assert sorted(shelf.removed) == ["iolab/select-c:0", "iolab/select-c:1"]


def test_an_image_that_another_grading_may_be_about_to_run_is_kept() -> None:
    """All submissions are called `submission`, and several runners may grade at once."""
    refs = [f"iolab/submission-c:{n}" for n in range(5)]
    shelf = FakeShelf(refs, first=int(time.time()) - 600)
    forget_old(shelf, "submission-c")  # type: ignore[arg-type]
    assert shelf.removed == []


def test_outdated_images_are_removed_or_all_and_debian_last() -> None:
    current = [image.ref for image in content.all_images()]
    old = ["iolab/select-c:0123456789ab", "iolab/gone-c:0123456789ab"]
    shelf = FakeShelf(["debian:bookworm-slim", *current, *old])
    client: Any = SimpleNamespace(api=shelf, images=SimpleNamespace(prune=lambda _: None))
    assert {(row.name, row.current) for row in listing(client)} >= {
        ("debian", True), ("iolab/select-c", True), ("iolab/select-c", False),
        ("iolab/gone-c", False),
    }  # fmt: skip
    assert remove(client) == 2
    assert set(shelf.removed) == set(old)
    shelf.removed.clear()
    assert remove(client, everything=True) == len(shelf.refs)
    assert shelf.removed[-1] == "debian:bookworm-slim"
    assert set(shelf.removed) == set(shelf.refs)


@pytest.mark.docker
def test_what_does_not_compile_is_told_and_stops_nothing_else(
    docker_engine: DockerEngine, docker_probe: Program, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "server.c").write_text('#include "lab.h"\nint main(void) { return nothing; }\n')
    program = Program("server", broken, "c")
    ready, failed = ensure(docker_engine.client, [docker_probe, program], print)
    assert set(ready) == {docker_probe}
    assert set(failed) == {program}
    assert "broken/server.c:2" in str(failed[program])
    assert "nothing" in str(failed[program])
    assert "\x1b" not in str(failed[program])


@pytest.mark.docker
def test_compiling_is_bounded_in_time(
    docker_engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.engine.images.compile_container.SECONDS", 1.0)
    endless = tmp_path / "endless"
    endless.mkdir()
    doubled = "".join(f"#define A{n + 1} A{n} A{n}\n" for n in range(40))
    (endless / "server.c").write_text(f"#define A0 ;\n{doubled}A40\n")
    program = Program("server", endless, "c")
    _, failed = ensure(docker_engine.client, [program], print)
    assert "longer than 1 s" in str(failed[program])
    left = docker_engine.client.containers.list(
        all=True, filters={"name": "iolab-build"}, ignore_removed=True
    )
    assert not [box for box in left if box.labels["iolab.label"] == "endless (c)"]


@pytest.mark.docker
def test_what_is_there_is_not_built_again(
    docker_engine: DockerEngine, docker_probe: Program
) -> None:
    said: list[str] = []
    assert docker_engine.prepare([docker_probe], said.append) == {}
    assert said == []
    rows = [row for row in listing(docker_engine.client) if row.name == "iolab/probe-c"]
    assert rows
    assert not any(row.current for row in rows), "a test's own lab is not of this tree"
    running = docker_engine.launch(box_of(docker_probe, "exit", "0"))
    assert str(running.exited(20)) == "exit code 0"
