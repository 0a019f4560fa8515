"""Of a large corpus every few members, by a fixed rule; all of them with WHOLE=1."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def chosen(all_of_them: Sequence[T], every: int) -> list[T]:
    """One of `every` members, the first one first; all of them where WHOLE is set."""
    return list(all_of_them if os.environ.get("WHOLE") else all_of_them[::every])
