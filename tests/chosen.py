"""Of a large corpus every few members, of many draws some, by a fixed rule; all with WHOLE=1."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def chosen(all_of_them: Sequence[T], every: int) -> list[T]:
    """One of `every` members, the first one first; all of them where WHOLE is set."""
    return list(all_of_them if os.environ.get("WHOLE") else all_of_them[::every])


def draws(usual: int, whole: int) -> int:
    """How often something seeded is drawn: `whole` times where WHOLE is set."""
    return whole if os.environ.get("WHOLE") else usual


def one_of_each(all_of_them: Sequence[T], kind: Callable[[T], str]) -> list[T]:
    """One member of each kind: of the first kind its first, of the next its second, and so on; all
    of them where WHOLE is set."""
    if os.environ.get("WHOLE"):
        return list(all_of_them)
    kinds: dict[str, list[T]] = {}
    for each in all_of_them:
        kinds.setdefault(kind(each), []).append(each)
    return [members[number % len(members)] for number, members in enumerate(kinds.values())]
