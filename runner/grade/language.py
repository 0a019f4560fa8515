"""The language of a submission: the one whose main source it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.grade.assignment_folder import SERVERS
from runner.spec import Language
from runner.untrusted import UntrustedError, read_bytes


@dataclass(frozen=True, slots=True)
class Choice:
    """`note` says what was left out, or what is missing; it may be empty."""

    language: Language
    note: str = ""


def language_of(submission: Path, starter: Path, allowed: Sequence[Language]) -> Choice:
    """If there are several main sources, the one that differs from the starter; if several differ,
    the first that the assignment allows. If there is none, the build says what is missing."""
    there = [each for each in allowed if (submission / SERVERS[each]).is_file()]
    if not there:
        return Choice(allowed[0], _absent(submission, allowed))
    changed = [each for each in there if not same_file(SERVERS[each], submission, starter)]
    chosen = (changed or there)[0]
    others = [SERVERS[each] for each in there if each != chosen]
    if not others:
        return Choice(chosen)
    why = "which is as in the starter" if len(changed) == 1 else "keep one of them"
    return Choice(chosen, f"graded {SERVERS[chosen]} and not {' or '.join(others)}, {why}")


def _absent(submission: Path, allowed: Sequence[Language]) -> str:
    wanted = " or ".join(SERVERS[each] for each in allowed)
    other = [each for each in SERVERS if (submission / SERVERS[each]).is_file()]
    if other:
        return f"this assignment takes {wanted}, and not {SERVERS[other[0]]}"
    return f"the submission has no {wanted}"


def same_file(name: str, one: Path, other: Path) -> bool:
    """Whether the file is in both folders, with the same content."""
    try:
        return read_bytes(one / name) == read_bytes(other / name)
    except (OSError, UntrustedError):
        return False
