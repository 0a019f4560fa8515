"""The pages of the labs in English and Chinese: the same sections, and commands that work."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from .capabilities import LABS, MODELS, STREAMING

READMES = ("README.md", "README.zh.md")
LABELS = ["Wait", "Copy", "Idle client", "Ceiling", "Calls"]
PARTS = ["The model", "Timeline", "Run it", "Look for", "Three questions", "Sources"]

each_lab = pytest.mark.parametrize("lab", [*MODELS, *STREAMING])
each_in_c = pytest.mark.parametrize(
    "lab", [lab for lab, model in MODELS.items() if "server.c" in model.sources]
)


def text(*path: str) -> str:
    return LABS.joinpath(*path).read_text()


def commands(document: str) -> list[str]:
    """The commands of a page, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s*#.*", "", line) for block in blocks for line in block.splitlines()]


def headings(document: str) -> list[int]:
    outside_code = re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL)
    return [len(marks) for marks in re.findall(r"^(#+) \S", outside_code, re.MULTILINE)]


@pytest.mark.parametrize("folder", ["", *MODELS, *STREAMING])
def test_readme_twins_have_the_same_headings(folder: str) -> None:
    english, chinese = text(folder, "README.md"), text(folder, "README.zh.md")
    assert len(headings(english)) > 3
    assert headings(english) == headings(chinese)
    assert english.count("```") == chinese.count("```")
    assert re.search(r"[\u4e00-\u9fff]{4}", chinese)


@each_lab
def test_a_page_has_its_parts(lab: str) -> None:
    english, chinese = (text(lab, name) for name in READMES)
    assert re.findall(r"^## (.+)$", english, re.MULTILINE) == PARTS
    questions = [re.findall(r"^(\d)\. ", document, re.MULTILINE) for document in (english, chinese)]
    assert questions == [["1", "2", "3"]] * 2
    for document in (english, chinese):
        *_, sources = document.split("\n## ")
        assert "`man " in sources or "PEP " in sources
        assert "TLPI" in sources or "UNP" in sources, "the books"
        drawing = re.search(r"^```\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
        assert drawing, "a timeline"
        assert "▶" in drawing[1]


@pytest.mark.parametrize("folder", ["", *MODELS, *STREAMING])
def test_both_languages_say_the_same_to_type(folder: str) -> None:
    english, chinese = (commands(text(folder, name)) for name in READMES)
    assert english
    assert english == chinese


@each_in_c
def test_the_compiler_takes_what_the_page_says(lab: str, tmp_path: Path) -> None:
    lines = [line.split(" && ")[0] for line in commands(text(lab, "README.md"))]
    [typed] = [line for line in lines if line.startswith("cc ")]
    if "-luring" in typed and not Path("/usr/include/liburing.h").exists():
        pytest.skip("liburing-dev; type: sudo apt-get install liburing-dev")
    words = [
        str(path.relative_to(LABS.parent))
        for word in shlex.split(typed)
        for path in (sorted(LABS.parent.glob(word)) if "*" in word else [LABS.parent / word])
    ]
    words[words.index("-o") + 1] = str(tmp_path / "server")
    subprocess.run([*words, "-Werror"], cwd=LABS.parent, check=True)


@each_lab
def test_readme_says_how_the_model_works(lab: str) -> None:
    for name in ("README.md", "README.zh.md"):
        assert re.findall(r"^- \*\*(.+?)\*\*", text(lab, name), re.MULTILINE)[:5] == LABELS


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("", *MODELS, *STREAMING)
        for path in LABS.joinpath(folder).glob("README*.md")
    ],
    ids=lambda p: f"{p.parent.name}-{p.name}",
)
def test_documents_promise_no_times(path: Path) -> None:
    """A figure holds for one machine. The labs are there to measure it on another."""
    figures = r"\b\d[\d,.]*\s*(?:ns|µs|us|ms|rps|req/s|requests per second|seconds)\b"
    assert re.findall(figures, path.read_text()) == []


def test_reading_order_names_every_lab() -> None:
    for name in ("README.md", "README.zh.md"):
        linked = re.findall(r"\[`?(\w+)`?\]\(\1/", text(name))
        assert list(dict.fromkeys(linked)) == [*MODELS, *STREAMING]


@pytest.mark.parametrize("folder", ["", *MODELS, *STREAMING])
def test_what_a_page_makes_is_no_change_of_the_checkout(folder: str) -> None:
    ignored = (LABS.parent / ".gitignore").read_text().splitlines()
    for command in commands(text(folder, "README.md")):
        for name in re.findall(r" -o (\w+)", command):
            assert f"/{name}" in ignored, f"{command} leaves {name}"
