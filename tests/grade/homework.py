"""The assignments of labs/homework: what lies in their folders, and what their handouts say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from runner.paths import LABS

HOMEWORK = LABS / "homework"
SOURCES = {"c": "server.c", "python": "server.py"}
HANDOUTS = ("README.md", "README.zh.md")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the handout's table of checks."""

    id: str
    points: float
    needs: tuple[str, ...]
    starter_passes: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A folder of an assignment."""

    folder: Path

    @property
    def languages(self) -> list[str]:
        task: list[str] = self.yaml("grade.yaml")["assignment"]["languages"]
        return task if isinstance(task, list) else [task]

    def yaml(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load(self.text(name))
        return document

    def checks(self, name: str) -> list[dict[str, Any]]:
        checks: list[dict[str, Any]] = self.yaml(name)["experiments"]
        return checks

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def sources(self, part: str) -> list[Path]:
        """The servers of the starter or the reference, one a language."""
        return [self.folder / part / SOURCES[each] for each in self.languages if each in SOURCES]

    def rows(self, handout: str) -> list[Row]:
        """The checks that the handout names, without the row of the hidden ones."""
        row = re.compile(r"^\| `([\w-]+)` \| \+?(\d+) \| (.*) \|(.*)\|$", re.MULTILINE)
        return [
            Row(
                identifier,
                float(points),
                tuple(re.findall(r"`([\w-]+)`", needs)),
                "the starter passes" in what or "起始代码能通过" in what,
            )
            for identifier, points, what, needs in row.findall(self.text(handout))
        ]

    def hidden_points(self, handout: str) -> float:
        row = re.compile(r"^\| (?:hidden checks|隐藏检查) \| (\d+) \|", re.MULTILINE)
        [points] = row.findall(self.text(handout))
        return float(points)

    def __str__(self) -> str:
        return self.folder.name


ASSIGNMENTS = [Assignment(path.parent) for path in sorted(HOMEWORK.glob("*/grade.yaml"))]


def points(check: dict[str, Any]) -> float:
    claims: dict[str, float] = check.get("proof", {})
    judged = sum(float(each.get("points", 0)) for each in check.get("expect", []))
    return judged + sum(claims.values())


def headings(document: str) -> list[int]:
    outside_code = re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL)
    return [len(marks) for marks in re.findall(r"^(#+) \S", outside_code, re.MULTILINE)]


def code(document: str) -> list[str]:
    """What the blocks of code say, without the comments, which each language writes in its own."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s*# .*", "", block) for block in blocks]
