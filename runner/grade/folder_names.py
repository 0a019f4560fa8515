"""The names of the folders of grades: made from those of submissions, which anyone chose. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from runner.grade.workspace import OWN_FILES

_BYTES = 200
"""Of a name, which a file system limits to 255: names beside it are longer by a suffix."""
_DIGITS = 8


def folder_name(name: str) -> str:
    """A submission's name as that of a folder: it leads nowhere else, is not hidden, and is none of
    the files of a class."""
    fit = "".join("-" if char == "/" or not char.isprintable() else char for char in name)
    fit = _cut(fit.strip(". "), _BYTES) or "submission"
    return f"{fit}-submission" if fit in OWN_FILES else fit


def folder_names(names: Iterable[str]) -> list[str]:
    """The folder names of a class, no two of them the same. Where several names would become one,
    each name that was changed gets a suffix, which does not depend on the other names of the
    class."""
    names = list(names)
    count = Counter(map(folder_name, names))
    return [
        _marked(name) if count[folder_name(name)] > 1 and folder_name(name) != name
        else folder_name(name)
        for name in names
    ]  # fmt: skip


def _marked(name: str) -> str:
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{_cut(folder_name(name), _BYTES - _DIGITS - 1)}-{mark}"


def _cut(name: str, size: int) -> str:
    return name.encode()[:size].decode("utf-8", "ignore").rstrip(". ")
