"""What a program is made from: the files of its folder and what they share, and the flags that its
banner states.

None of it is trusted: the flags come from an allow-list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from runner.engine.banner import stated
from runner.engine.box import OWN_ROLES, BuildError, Program
from runner.untrusted import clean

DEFAULT_FLAGS = ("-O2",)
_ALLOWED = re.compile(
    r"""-O[0-3sg]? | -Ofast | -g[0-3]? | -pthread | -std=(c|gnu)[0-9a-z]{2}
      | -[DU][A-Za-z_]\w*(=\S*)?
      | -W(?![alp],)\S*           # warnings, not -Wl,... which hands options to the linker
      | -l[A-Za-z0-9_+.-]+
      | -f(no-)?stack-protector(-all|-strong)?""",
    re.VERBOSE,
)


def flags_of(server_c: Path) -> tuple[str, ...]:
    """The flags on the `Build:` line of a source's banner. Raises BuildError for others than those
    that are allowed: each must be a matter of the program alone."""
    flags = stated(server_c, "Build")
    if flags is None:
        return DEFAULT_FLAGS
    for flag in flags:
        if not _ALLOWED.fullmatch(flag):
            raise BuildError(f"Build: {clean(flag.encode())[:80]} is not among the allowed flags")
    return flags


def source_hash(program: Program, labs_root: Path | None) -> str:
    """Names the content of everything the program is compiled from, flags included."""
    return _hash(_hashed_files(program, labs_root))


def c_sources(folder: Path) -> list[Path]:
    sources = sorted(folder.glob("*.c"))
    if not sources:
        raise BuildError(f"{folder.name}: no C source in this folder")
    return sources


def shared_by(program: Program, labs_root: Path | None) -> list[Path]:
    """What a program finds one folder up: lab.* for a server, finding.* for a probe."""
    if labs_root is None or program.role in OWN_ROLES:
        return []
    stem = labs_root / "lab" if program.role == "server" else labs_root / "probes" / "finding"
    suffixes = (".c", ".h") if program.language == "c" else (".py",)
    return [path for suffix in suffixes if (path := stem.with_suffix(suffix)).exists()]


def _hashed_files(program: Program, labs_root: Path | None) -> list[Path]:
    own = program.folder.glob("*.[ch]" if program.language == "c" else "*.py")
    return sorted(own) + shared_by(program, labs_root)


def _hash(files: Iterable[Path]) -> str:
    """Flags need no place of their own in it: they are text of these files."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
