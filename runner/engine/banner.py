"""What the banner of a server's source states, read as text and never run.

`Build:` the compiler's flags, `Needs:` what its box must grant beyond the usual, `Uses:` the
labs whose modules it imports. The sources are not trusted: each statement is checked before it is
granted. A line is read in every comment style of C and Python.
"""

from __future__ import annotations

import re
from pathlib import Path

from runner.engine.box import OWN_ROLES, BuildError, Program
from runner.engine.folder import beginning
from runner.untrusted import clean

BANNER_BYTES = 4096
"""A banner is at the top: the rest of the file is not read."""
LINE_MAX = 200

IO_URING = "io_uring"
GRANTS = frozenset({IO_URING})
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_OPENS = r"(?://+!?|/\*+!?|\*+|#+:?|[rR]?\"\"\"|[rR]?''')?"
_ENDS = re.compile(r"\s*(?:\*+/|\"\"\"|'''|\s#|\s//).*$|\s+$")


def stated(source: Path, label: str) -> tuple[str, ...] | None:
    """The words behind `label:`, None where the banner has no such line. Raises BuildError."""
    line = re.search(rf"^[ \t]*{_OPENS}[ \t]*{label}:(.*)$", _text(source), re.MULTILINE)
    return tuple(_ENDS.sub("", line[1]).split()) if line else None


def unread(source: Path, label: str) -> int | None:
    """The number of the first line that looks like a statement of `label`, in a form that `stated`
    does not read or too far down; None where there is none. Raises BuildError."""
    like = re.compile(rf"\b{label}(?: flags)? ?[:=]", re.IGNORECASE)
    lines = beginning(source, 64 * BANNER_BYTES).decode("utf-8", "replace").split("\n")
    return next((n for n, line in enumerate(lines, 1) if like.search(line[:LINE_MAX])), None)


def needs(program: Program) -> frozenset[str]:
    """What the box must grant. Raises BuildError for what no box grants."""
    words = stated(program.source, "Needs") if _has_banner(program) else None
    for word in words or ():
        if word not in GRANTS:
            raise BuildError(f"Needs: {clean(word)[:40]!r} is not one of {', '.join(GRANTS)}")
    return frozenset(words or ())


def uses(program: Program) -> tuple[Path, ...]:
    """The folders of the labs that it imports from, beside its own. Raises BuildError."""
    words = stated(program.source, "Uses") if _has_banner(program) else None
    folders = []
    for word in words or ():
        folder = program.folder.parent / word
        if not _NAME.fullmatch(word) or not folder.is_dir() or folder.is_symlink():
            near = clean(program.folder.name)
            raise BuildError(f"Uses: {clean(word)[:40]!r} is not a lab beside {near}")
        folders.append(folder)
    return tuple(folders)


def _has_banner(program: Program) -> bool:
    return program.role not in OWN_ROLES and program.given is None


def _text(source: Path) -> str:
    return beginning(source, BANNER_BYTES).decode("utf-8-sig", "replace")
