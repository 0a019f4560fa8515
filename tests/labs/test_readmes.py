"""The pages of the labs in English and Chinese: the same sections, and commands that work."""

import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from .capabilities import LABS, MODELS, STREAMING

READMES = ("README.md", "README.zh.md")
LABELS = ["Wait", "Copy", "Idle client", "Ceiling", "Calls"]
LABELS_ZH = ["等待", "拷贝", "空闲客户端", "上限", "系统调用"]
PARTS = [
    "See it in ten seconds",
    "The model",
    "Timeline",
    "Read the server",
    "Run it",
    "Three questions",
    "Exercise",
    "What was measured",
    "Sources",
]
PARTS_ZH = ["十秒看懂", "模型", "时间线", "读代码", "运行", "三个问题", "练习", "测量结果", "资料"]
MAIN_ROAD = [
    "blocking", "thread", "fork", "nonblocking", "select", "poll", "epoll",
    "epoll_et", "sigio", "posix_aio", "io_uring", "aecho", "asyncio", "uvloop", "aplay",
]  # fmt: skip
SIDE_ROAD = ["prefork", "prethread", "epoll_threads"]
"""More than one processor: read it after `epoll`."""
ORDER = [*MAIN_ROAD[:7], *SIDE_ROAD, *MAIN_ROAD[7:]]
LANGUAGES = {"README.md": "English", "README.zh.md": "中文"}
ALL_LABS = {"README.md": "all labs", "README.zh.md": "全部实验"}

each_lab = pytest.mark.parametrize("lab", [*MODELS, *STREAMING])
each_page = pytest.mark.parametrize("lab", [*MODELS, *STREAMING])
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


@each_page
def test_a_page_has_its_parts(lab: str) -> None:
    english, chinese = (text(lab, name) for name in READMES)
    assert re.findall(r"^## (.+)$", english, re.MULTILINE) == PARTS
    assert re.findall(r"^## (.+)$", chinese, re.MULTILINE) == PARTS_ZH
    for document, answers in ((english, "Answer"), (chinese, "答案")):
        part = dict(zip(PARTS, document.split("\n## ")[1:], strict=True))
        assert re.findall(r"^(\d)\. ", part["Three questions"], re.MULTILINE) == ["1", "2", "3"]
        assert re.findall(r"^(\d)\. ", part["Read the server"], re.MULTILINE) == ["1", "2", "3"]
        folded = re.findall(rf"<summary>{answers} (\d)</summary>", part["Three questions"])
        assert folded == ["1", "2", "3"]
        assert f"python3 labs/see {lab}\n```\n\n```text\n" in part["See it in ten seconds"]
        traced = "aecho" if lab in STREAMING else lab  # the tracer's clients speak echo
        assert f"runner trace {traced}\n" in part["Timeline"]
        assert "--grade my_server" in part["Exercise"]
        assert re.search(r"claims(\.zh)?\.md#", part["What was measured"])
        assert "`man " in part["Sources"] or "PEP " in part["Sources"]
        assert "TLPI" in part["Sources"] or "UNP" in part["Sources"], "the books"
        drawing = re.search(r"^```\n(.*?)^```", part["Timeline"], re.MULTILINE | re.DOTALL)
        assert drawing, "a timeline"
        assert "▶" in drawing[1]


@each_page
def test_a_page_leads_to_its_twin_and_to_its_neighbours(lab: str) -> None:
    before, after = dict(pairwise(reversed(ORDER))).get(lab), dict(pairwise(ORDER)).get(lab)
    for name, twin, words in (
        ("README.md", "README.zh.md", ("Previous: ", "Next: ")),
        ("README.zh.md", "README.md", ("上一页：", "下一页：")),
    ):
        first, *_, last = text(lab, name).splitlines()
        assert first == f"[{LANGUAGES[twin]}]({twin}) · [{ALL_LABS[name]}](../{name})"
        ways = zip(words, (before, after), strict=True)
        assert last == " · ".join(f"{word}[{to}](../{to}/{name})" for word, to in ways if to)


@pytest.mark.parametrize("folder", ["", *MODELS, *STREAMING])
def test_both_languages_say_the_same_to_type(folder: str) -> None:
    english, chinese = (commands(text(folder, name)) for name in READMES)
    assert english
    assert english == chinese


@each_in_c
def test_the_compiler_takes_what_the_page_says(lab: str, tmp_path: Path) -> None:
    lines = [line.split(" && ")[0] for line in commands(text(lab, "README.md"))]
    typed, *_ = [line for line in lines if line.startswith("cc ")]
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
    both = [f"{chinese}（{english}）" for chinese, english in zip(LABELS_ZH, LABELS, strict=True)]
    for name, labels in (("README.md", LABELS), ("README.zh.md", both)):
        found = re.findall(r"^- \*\*(.+?)\*\*", text(lab, name), re.MULTILINE)[:5]
        assert found == labels


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
    """A figure holds for one machine. The labs are there to measure it on another. An exercise
    may ask for a time.
    """
    figures = r"\b\d[\d,.]*\s*(?:ns|µs|us|ms|rps|req/s|requests per second|seconds)\b"
    parts = re.split(r"^## ", path.read_text(), flags=re.MULTILINE)
    said = [part for part in parts if not part.startswith(("Exercise\n", "练习\n"))]
    assert re.findall(figures, "".join(said)) == []


def test_reading_order_names_every_lab_and_its_port() -> None:
    assert set(ORDER) == {*MODELS, *STREAMING}
    ports = {lab: str(9201 + at) for at, lab in enumerate([*MAIN_ROAD, *SIDE_ROAD])}
    for name in READMES:
        row = rf"^\| \[(\w+)\]\(\1/{name}\) \|.*\| (\d+) \|$"
        assert re.findall(row, text(name), re.MULTILINE) == list(ports.items())
    for lab in ORDER:
        assert f"PORT={ports[lab]} " in text(lab, "README.md"), lab


@pytest.mark.parametrize("folder", ["", *MODELS, *STREAMING])
def test_what_a_page_makes_is_no_change_of_the_checkout(folder: str) -> None:
    ignored = (LABS.parent / ".gitignore").read_text().splitlines()
    for command in commands(text(folder, "README.md")):
        for name in re.findall(r"^cc .* -o (\w+)", command):
            assert f"/{name}" in ignored, f"{command} leaves {name}"
