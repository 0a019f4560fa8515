"""Whatever a folder holds and a source says: sources, or one error that is safe to print."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.engine.banner import needs, unread, uses
from runner.engine.box import BuildError, Program
from runner.engine.sources import slug, sources_of
from runner.untrusted import clean, clean_lines
from tests.examples import examples

NAMES = st.binary(min_size=1, max_size=12).filter(
    lambda name: not set(name) & set(b"/\0") and name not in (b".", b"..")
)
WORDS = st.sampled_from(
    ["Build:", "Needs:", "Uses:", "//", "/*", "*/", "#", '"""', "-lm", "\n", ":"]
)
TEXTS = st.lists(st.one_of(WORDS.map(str.encode), st.binary(max_size=20))).map(b" ".join)


@settings(max_examples=examples(60), deadline=None)
@given(lab=NAMES, files=st.dictionaries(NAMES, TEXTS, max_size=4), banner=TEXTS)
def test_any_folder_is_sources_or_one_error(
    lab: bytes, files: dict[bytes, bytes], banner: bytes
) -> None:
    with tempfile.TemporaryDirectory() as below:
        folder = Path(below, os.fsdecode(lab))
        folder.mkdir()
        for name, text in files.items():
            for suffix in (b".c", b".h", b".py"):
                (folder / os.fsdecode(name + suffix)).write_bytes(text)
        (folder / "server.c").write_bytes(banner)
        (folder / "server.py").write_bytes(banner)
        for program in (Program("server", folder, "c"), Program("server", folder, "python")):
            assert clean(program.name) == program.name
            for read in (sources_of_it, needs, uses, unread_of_it):
                try:
                    read(program)
                except BuildError as error:
                    said = str(error)
                    assert clean(said) == said, "safe on a terminal"


def sources_of_it(program: Program) -> None:
    found = sources_of(program, None)
    assert all(name.startswith("server/") and name.isprintable() for name in found.files)
    assert all(word.isprintable() for word in found.arguments)
    said = found.explained(b"server/x.c: undefined reference\x1b[31m\n" + found.key.encode())
    assert clean_lines(said) == said


def unread_of_it(program: Program) -> None:
    unread(program.source, "Build")


@given(st.text(max_size=300))
def test_any_name_has_a_slug(name: str) -> None:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return  # no file system holds it
    found = slug(name)
    assert 0 < len(found) <= 50
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert found[0] not in "-_"
    assert found[-1] not in "-_"
