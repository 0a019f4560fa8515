"""What a folder says of itself, in whatever way it says it, and what its sources are called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.engine.banner import needs, stated, unread
from runner.engine.box import BuildError, Program
from runner.engine.sources import slug, sources_of
from tests.conftest import MakeSuite

IN_C = (
    "// Build: -O1 -lm\n",
    "//Build:-O1 -lm\n",
    "/// Build: -O1 -lm\n",
    "/* Build: -O1 -lm */\n",
    "/* Build: -O1 -lm */ int x;\n",
    "/** Build: -O1 -lm **/\n",
    "/*! Build: -O1 -lm */\n",
    "/*\n * Build: -O1 -lm\n */\n",
    "/*\n ** Build: -O1 -lm */\n",
    "/*\nBuild: -O1 -lm\n*/\n",
    "/*\n\tBuild:\t-O1\t-lm\t\n*/\n",
    "// a server\r\n// Build: -O1 -lm\r\n",
    "\ufeff// Build: -O1 -lm\n",
    "// Build: -O1 -lm  // with the mathematics\n",
)
IN_PYTHON = (
    "# Needs: io_uring\n",
    "#Needs:io_uring\n",
    "#: Needs: io_uring\n",
    "#!/usr/bin/python3\n# Needs: io_uring  # the rings\n",
    '"""Needs: io_uring"""\n',
    "'''Needs: io_uring'''\n",
    'r"""\nNeeds: io_uring\n"""\n',
    '"""A server.\n\n    Needs: io_uring\n"""\n',
)


@pytest.mark.parametrize("text", IN_C)
def test_flags_are_read_in_every_style_of_comment(text: str, tmp_path: Path) -> None:
    source = tmp_path / "server.c"
    source.write_text(text, newline="")
    assert stated(source, "Build") == ("-O1", "-lm")
    assert sources_of(Program("server", tmp_path, "c"), None).flags == ("-O1", "-lm")


@pytest.mark.parametrize("text", IN_PYTHON)
def test_needs_are_read_in_every_style_of_comment(text: str, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(text)
    assert needs(Program("server", tmp_path, "python")) == {"io_uring"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/* echo server; Build: -lm */\n", 1),
        ("/* x\n * build: -lm */\n", 2),
        ("// Build = -lm\n", 1),
        ("// Build flags: -lm\n", 1),
        ("//" + "x" * 4200 + "\n// Build: -lm\n", 2),
        ("int main(void) { return 0; }\n", None),
        ("//" + " ," * 100_000, None),
    ],
)
def test_a_line_that_was_not_read_is_named_beside_the_linkers_error(
    text: str, line: int | None, tmp_path: Path
) -> None:
    (tmp_path / "server.c").write_text(text)
    assert stated(tmp_path / "server.c", "Build") is None
    assert unread(tmp_path / "server.c", "Build") == line
    sources = sources_of(Program("server", tmp_path, "c"), None)
    said = sources.explained(b"/usr/bin/ld: undefined reference to `sin'\n")
    assert "server.c was built with -O2" in said
    assert "// Build: -O2 -lm" in said
    assert f"Line {line} looks like a `Build:` line" in said if line else "no `Build:` line" in said
    assert "Build" not in sources.explained(b"server/server.c:1: error: no\n")


def test_flags_that_were_read_are_repeated_where_the_linker_misses_something(
    tmp_path: Path,
) -> None:
    (tmp_path / "server.c").write_text("// Build: -O1\n")
    sources = sources_of(Program("server", tmp_path, "c"), None)
    said = sources.explained(b"\x1b[31m server/a.c: undefined reference to `sin'")
    assert said.startswith(f"[31m {tmp_path.name}/a.c: undefined reference")
    assert "built with -O1, the flags of its `Build:` line" in said


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "server.c")
    for read in (stated, unread):
        with pytest.raises(BuildError, match="is not a regular file"):
            read(tmp_path / "server.c", "Build")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_source_without_permission_to_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "server.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "server.c").chmod(0)
    with pytest.raises(BuildError, match=r"server\.c: Permission denied"):
        sources_of(Program("server", tmp_path, "c"), None)


def test_the_order_of_a_folder_is_not_its_content(tmp_path: Path) -> None:
    keys = set()
    for number, names in enumerate((("b.h", "a.h"), ("a.h", "b.h"))):
        folder = tmp_path / f"lab{number}"
        folder.mkdir()
        for name in (*names, "server.c"):
            (folder / name).write_text("int x;\n")
        keys.add(sources_of(Program("server", folder, "c"), None).key)
    assert len(keys) == 1


def test_names_that_fit_stay_and_others_are_told_apart() -> None:
    assert [slug(name) for name in ("epoll_et", "a-b", "x" * 40)] == ["epoll_et", "a-b", "x" * 40]
    odd = [slug(name) for name in ("Epoll", "epoll ", "épöll", "ép\nöll", "\udcff", "x" * 41, "")]
    assert len(set(odd)) == len(odd)
    assert all(len(name) <= 50 and name.isascii() and name.isprintable() for name in odd)


def test_what_is_wrong_with_a_lab_does_not_stop_a_spec(suite_of: MakeSuite, tmp_path: Path) -> None:
    for lab in ("fifo", "dangling"):
        (tmp_path / "labs" / lab).mkdir(parents=True)
    os.mkfifo(tmp_path / "labs" / "fifo" / "server.c")
    (tmp_path / "labs" / "dangling" / "server.c").symlink_to("nowhere")
    suite = suite_of("experiments: [{id: e, title: t, server: {lab: [fifo, dangling]}}]")
    assert len(suite.experiments[0].cells()) == 2


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
@pytest.mark.parametrize(("real", "other"), [("real.c", "server.c"), ("server.c", "also.c")])
def test_two_names_of_one_file_are_compiled_once(
    link: Callable[[Path, Path], None], real: str, other: str, tmp_path: Path
) -> None:
    lab = tmp_path / "one"
    lab.mkdir()
    (lab / real).write_text("int main(void) { return 0; }\n")
    (lab / "part.c").write_text("int part;\n")
    link(lab / real, lab / other)
    compiled = sources_of(Program("server", lab, "c"), None).compiled
    assert sorted(Path(name).name for name in compiled) == ["part.c", "server.c"]
