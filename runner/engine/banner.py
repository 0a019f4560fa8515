"""What a server states of itself in the banner of its source, read as text and never run.

`Build:` the compiler's flags, `Needs:` what its box must grant beyond the usual, `Uses:` the
labs whose modules it imports. The sources are not trusted: what is stated is checked by whoever
grants it.
"""

from __future__ import annotations

import re
from pathlib import Path

from runner.engine.box import OWN_ROLES, BuildError, Program

BANNER_BYTES = 4096
"""A banner is at the top; what a whole file says further down is not looked at."""

IO_URING = "io_uring"
GRANTS = frozenset({IO_URING})
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def stated(source: Path, label: str) -> tuple[str, ...] | None:
    """The words behind `label:`, None where the banner has no such line. Raises BuildError."""
    try:
        with source.open("rb") as file:
            text = file.read(BANNER_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise BuildError(f"{source.parent.name}/{source.name}: {error.strerror}") from error
    line = re.compile(rf"^\s*\*?\s*{label}:\s*(.*?)\s*(?:\*/\s*)?$", re.MULTILINE)
    found = line.search(text)
    return tuple(found[1].split()) if found else None


def needs(program: Program) -> frozenset[str]:
    """What the box must grant. Raises BuildError for what no box grants."""
    asked = stated(program.source, "Needs") if program.role not in OWN_ROLES else None
    for word in asked or ():
        if word not in GRANTS:
            raise BuildError(f"Needs: {word[:40]!r} is not one of {', '.join(sorted(GRANTS))}")
    return frozenset(asked or ())


def uses(program: Program) -> tuple[Path, ...]:
    """The folders of the labs that it imports from, beside its own. Raises BuildError."""
    asked = stated(program.source, "Uses") if program.role not in OWN_ROLES else None
    folders = []
    for word in asked or ():
        folder = program.folder.parent / word
        if not _NAME.fullmatch(word) or not folder.is_dir() or folder.is_symlink():
            raise BuildError(f"Uses: {word[:40]!r} is no lab beside {program.folder.name}")
        folders.append(folder)
    return tuple(folders)
