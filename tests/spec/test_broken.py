"""Each broken spec gives exactly its one clear line, and nothing but SpecError."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.spec import SpecError, load
from tests.spec.broken import BROKEN, Broken, lay

JARGON = ("Input should", "pydantic", "http", "Traceback", "Value error", "valid dictionary")


def test_the_table_is_large_and_its_names_differ() -> None:
    assert len(BROKEN) >= 30
    assert len({broken.name for broken in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_broken(broken: Broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, broken.files)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        load("spec.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0] == broken.line
    assert not [word for word in JARGON for line in lines if word in line]
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("spec.yaml", "cannot be read: Too many levels of symbolic links"),
        ("/dev/zero", "this is not a regular file"),
        ("/etc", "this is a folder; type the name of a file in it"),
    ],
)
def test_links_to_what_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").symlink_to(target)
    with pytest.raises(SpecError) as caught:
        load("spec.yaml")
    assert str(caught.value) == f"spec.yaml: {said}"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "", "/proc/self/mem"])
def test_names_of_no_file(name: str) -> None:
    with pytest.raises(SpecError):
        load(name)


def test_a_link_out_of_the_folder_is_no_include(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    spec = lay(inside, {"spec.yaml": "version: 1\ninclude: [secret.yaml]\n"})
    (tmp_path / "secret.yaml").write_text("version: 1\n", encoding="utf-8")
    (inside / "secret.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(SpecError, match="is a link out of the spec's folder"):
        load(spec)
