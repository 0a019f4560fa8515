"""Commands and YAML in the docs cannot rot: they are run, or taken by what would run them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.cli import cli
from runner.paths import ROOT
from runner.spec import load, load_assignment

PAGES = [
    *sorted(ROOT.glob("README*.md")),
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
RUN_AS_WRITTEN = ("where", "validate", "schema", "images", "--help", "--version")


def blocks(language: str) -> list[tuple[Path, str]]:
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [
        (page, block) for page in PAGES for block in fence.findall(page.read_text(encoding="utf-8"))
    ]


def commands(word: str) -> list[tuple[Path, str]]:
    return [
        (page, line[2:].strip())
        for page, block in blocks("console")
        for line in block.splitlines()
        if line.startswith("$ ") and line[2:].split()[0].endswith(word)
    ]


@pytest.mark.parametrize(("page", "text"), blocks("yaml"), ids=lambda value: str(value)[-20:])
def test_yaml_in_the_docs_is_valid(page: Path, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"{page.stem}.yaml"
    path.write_text(text, encoding="utf-8")
    read = load_assignment if "\nassignment:" in text else load
    assert read(path).experiments


@pytest.mark.parametrize(
    ("page", "command"),
    [*commands("runner"), *commands("iolab")],
    ids=lambda value: str(value)[-60:],
)
def test_runner_commands_in_the_docs_are_taken(
    page: Path, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del page
    monkeypatch.chdir(ROOT)
    words = shlex.split(command.partition("#")[0])[1:]
    if "mine/compare.iolab.yaml" in words:  # which the page makes first
        made = CliRunner().invoke(cli, ["init", "comparison", str(tmp_path / "mine")])
        assert made.exit_code == 0, made.output
        words[words.index("mine/compare.iolab.yaml")] = str(tmp_path / "mine/compare.iolab.yaml")
    if words[0] == "run" and "--resume" not in words:  # of a run that only its reader has
        words.append("--dry-run")
    elif words[0] not in RUN_AS_WRITTEN:
        words.append("--help")
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.exception is None, f"{command}: {done.exception}"
    assert done.return_value in (0, None), done.output


@pytest.mark.parametrize(("page", "command"), commands("make"), ids=lambda value: str(value)[-40:])
def test_make_commands_in_the_docs_exist(page: Path, command: str) -> None:
    del page
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    assert shlex.split(command)[1] in targets


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_links_to_a_place_in_a_page_lead_there() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target, place in re.findall(r"\]\(([^)#:]*\.md)?#([^)]+)\)", text):
            there = page.parent / target if target else page
            assert place in places(there), f"{page.name}: {target}#{place}"


@cache
def places(page: Path) -> frozenset[str]:
    """The anchors of a page: those that are written, and those that viewers make of a heading: its
    words in small letters, joined by hyphens, numbered where two are the same."""
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    made: Counter[str] = Counter()
    named = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        words = re.sub(r"<[^>]*>|\]\([^)]*\)", "", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        named.add(f"{slug}-{made[slug]}" if made[slug] else slug)
        made[slug] += 1
    return frozenset(named)


def test_the_readme_shows_its_two_commands_early() -> None:
    head = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:80]
    assert "$ make run" in head
    assert "$ make test" in head


def test_every_metric_of_the_guide_exists() -> None:
    from runner.spec import METRICS

    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    table = guide[guide.index("### What can be expected") : guide.index("## Reading a table")]
    first_columns = " ".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_columns)) == set(METRICS)


def test_the_example_of_several_files_is_valid(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    (tmp_path / "suite.yaml").write_text(example, encoding="utf-8")
    for lab in ("select", "epoll"):
        one = f"version: 1\nexperiments:\n  - {{id: {lab}, title: t, server: {{lab: {lab}}}}}\n"
        (tmp_path / f"{lab}.yaml").write_text(one, encoding="utf-8")
    assert [each.id for each in load(tmp_path / "suite.yaml").experiments] == ["select", "epoll"]


def test_every_decision_has_its_number_and_a_topic() -> None:
    page = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    index, _, entries = page.partition("\n## ")
    numbers = [int(number) for number in re.findall(r"^(?:## )?(\d+)\. ", entries, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    topics = re.findall(r"^\|[^|]+\|([\d, ]+)\|$", index, re.MULTILINE)
    assert {int(number) for topic in topics for number in topic.split(",")} == set(numbers)


def test_the_docs_are_a_site(tmp_path: Path) -> None:
    """Every page is read and has a place in the contents; nothing is written."""
    build = ["-q", "-W", "--keep-going", "-j", "2", "-b", "dummy", "-c", "docs/site", "-d"]
    command = [sys.executable, "-m", "sphinx", *build, str(tmp_path / "trees"), ".", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
