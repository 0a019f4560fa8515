"""One word for one thing: docs/glossary.md, and no English page that uses a retired word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from runner.paths import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
HEADS = ["term", "术语", "meaning", "含义", "source", "retired"]
GENERATED = {"docs/claims.md"}
"""Written by `runner claims` from a run; its words are in runner/claims, and tests/claims reads
them."""


def pages() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "images" / "README.md"]
    found += (ROOT / "labs").rglob("*.md")
    names = {page.relative_to(ROOT).as_posix(): page for page in found}
    return [
        page for name, page in sorted(names.items()) if name not in GENERATED and ".zh" not in name
    ]


def prose(text: str) -> str:
    """What a reader reads as English: no blocks of code, no code font, no targets of links."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(`+).+?\1", "", text, flags=re.DOTALL)
    return re.sub(r"\[(?:[^]\s]+\.md|([^]]*))\]\([^)]*\)|<[^>]+>", r"\1", text)


def rows() -> list[list[str]]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return [row for row in cells if row != HEADS and not set(row[0]) <= {"-"}]


def retired() -> list[str]:
    last = GLOSSARY.read_text(encoding="utf-8").rpartition("## ")[2]
    return [
        *(word for row in rows() for word in re.findall(r"`([^`]+)`", row[-1])),
        *re.findall(r"`([^`]+)`", last),
    ]


def uses(text: str, words: list[str]) -> list[str]:
    """`line: word` for each use in prose; a phrase may be broken over two lines."""
    flat = prose(text)
    found = []
    for word in words:
        phrase = r"\s+".join(map(re.escape, word.split()))
        for match in re.finditer(rf"\b{phrase}\b", flat, re.IGNORECASE):
            around = flat[max(0, match.start() - 40) : match.end() + 40]
            found.append(f"{word}: …{' '.join(around.split())}…")
    return found


def test_every_term_has_both_languages_and_a_source() -> None:
    assert len(rows()) >= 80
    for row in rows():
        assert len(row) == len(HEADS), row
        assert all(row), row
        assert re.search(r"[一-鿿]", row[3]), row
        assert re.search(r"[一-鿿]", row[1]) or row[1] == row[0], row
    terms = [row[0] for row in rows()]
    assert len(set(terms)) == len(terms)


def test_no_word_is_both_a_term_and_retired() -> None:
    terms = {part.strip() for row in rows() for part in row[0].split(",")}
    assert not terms & set(retired())


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_uses_a_retired_word(page: Path) -> None:
    assert uses(page.read_text(encoding="utf-8"), retired()) == []


COMMON = {"fleet", "fleets", "looks", "marks", "neighbours", "others", "slot", "slots"}
"""Names of programs, probes and options, and words that in a message may mean something else."""


def messages(path: Path) -> list[str]:
    """What a program may print: its sentences, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    found = [node.value for node in texts if isinstance(node.value, str) and id(node) not in docs]
    return [text for text in found if " " in text.strip()]


def test_no_message_uses_a_retired_word() -> None:
    words = [word for word in retired() if word not in COMMON]
    for path in sorted((ROOT / "runner").rglob("*.py")):
        assert uses("\n".join(messages(path)), words) == [], path


def test_every_page_of_the_docs_leads_to_the_glossary() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        if page != GLOSSARY and page.relative_to(ROOT).as_posix() not in GENERATED:
            assert "glossary.md)" in page.read_text(encoding="utf-8"), page.name


def test_a_retired_word_is_seen_in_prose_alone() -> None:
    words = ["in turns", "who"]
    assert len(uses("They ran in\nturns.", words)) == 1
    assert len(uses("Who waits?", words)) == 1
    assert not uses("`in turns`, [x](who), whose\n\n```text\nwho\n```\n", words)
