"""The input of a program: the files of its folder, shared files, and the compiler's arguments.

Both engines build a program from the same `Sources`: laid out as below `labs/`, with the program's
own files in one folder whose name is always the same, whatever the name of the lab.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from runner.engine.assembler import located
from runner.engine.banner import needs, stated, unread, uses
from runner.engine.box import OWN_ROLES, BuildError, Program
from runner.engine.digest import digest, in_order
from runner.engine.folder import SUFFIXES, absent, sources_in
from runner.untrusted import clean, clean_lines

OWN = "server"
"""The folder of the program's own files, beside `lab.c` or `lab.py`."""
STANDARD = "-std=gnu11"
DEFAULT_FLAGS = ("-O2",)
OWN_FLAGS = ("-O2", "-Wall", "-Wextra", "-Wpedantic", "-lm")
"""For the project's own programs. Only the tests add `-Werror`: a later compiler warns of more."""
_ALLOWED = re.compile(
    r"""-O[0-3sg]? | -Ofast | -g[0-3]? | -pthread | -std=(c|gnu)[0-9a-z]{2}
      | -[DU][A-Za-z_]\w*(=\S*)?
      | -W(?![alp],)\S*           # warnings, not -Wl,... which hands options to the linker
      | -l[A-Za-z0-9_+.-]+
      | -f(no-)?stack-protector(-all|-strong)?""",
    re.VERBOSE,
)
_OWN_PATH = re.compile(rf"(?<![\w/.-]){OWN}/")
_UNLINKED = re.compile(r"undefined reference|undefined symbol|cannot find -l")


@dataclass(frozen=True)
class Sources:
    """`files` by their paths below the folder `labs`. In C `compiled` are the compiler's arguments,
    in its order; in Python it is the file that the interpreter starts."""

    program: Program
    files: Mapping[str, bytes]
    compiled: tuple[str, ...]
    flags: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """For a C compiler that runs in the folder `labs`: all but the name of its output."""
        libraries = tuple(flag for flag in self.flags if flag.startswith("-l"))
        others = tuple(flag for flag in self.flags if not flag.startswith("-l"))
        return (STANDARD, *others, "-I.", *self.compiled, *libraries)

    @cached_property
    def key(self) -> str:
        """A SHA-256 of all inputs of the program. The lab's name is not one of them."""
        words = [word.encode() for word in (*self.flags, "", *self.compiled)]
        return digest([*words, *in_order(self.files)])

    def write(self, folder: Path) -> None:
        """The files as they are laid out, below a folder that exists."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def explained(self, text: bytes | str) -> str:
        """The compiler's output with the paths of the lab, `select/server.c`, and without control
        characters; with a hint about flags if the linker did not find a symbol."""
        name = clean(self.program.folder.name)
        own = {path: self.files[path] for path in sorted(self.files) if path.startswith(f"{OWN}/")}
        shown = _OWN_PATH.sub(lambda _: f"{name}/", located(clean_lines(text), own)).strip()
        if self.program.role in OWN_ROLES or not _UNLINKED.search(shown):
            return shown
        return f"{shown}\n{self._flags_explained()}"

    def _flags_explained(self) -> str:
        source = self.program.source
        given = f"{source.name} was built with {' '.join(self.flags) or 'no flags'}"
        if stated(source, "Build") is not None:
            return f"{given}, the flags of its `Build:` line; name libraries there, such as -lm"
        line = unread(source, "Build")
        if line is None:
            return f"{given}, as it has no `Build:` line; write one at its top: // Build: -O2 -lm"
        return (
            f"{given}. Line {line} looks like a `Build:` line but was ignored: it may hold nothing "
            "else and must be in the first 4 KiB; write: // Build: -O2 -lm"
        )


def sources_of(program: Program, labs: Path | None) -> Sources:
    """All inputs of the program. Raises BuildError with the file and the reason."""
    needs(program)
    own = _below(OWN if program.role not in OWN_ROLES else program.folder.name, program)
    shared = {path.name: path.read_bytes() for path in shared_by(program, labs)}
    if program.language == "python":
        for folder in uses(program):
            shared |= _named(folder.name, sources_in(folder, SUFFIXES["python"]))
        return Sources(program, {**own, **shared}, (f"{OWN}/{program.source.name}",))
    top = sorted(name for name in own if name.endswith(".c") and name.count("/") == 1)
    if program.role in OWN_ROLES:
        return Sources(program, own, tuple(top), OWN_FLAGS)
    once = _once(top, program)
    compiled = (*once, *(name for name in shared if name.endswith(".c")))
    return Sources(program, {**own, **shared}, compiled, flags_of(program.source))


def flags_of(server_c: Path) -> tuple[str, ...]:
    """The flags on the `Build:` line of a source's banner. Raises BuildError for a flag that is not
    allowed: a flag may affect only the program itself."""
    flags = stated(server_c, "Build")
    if flags is None:
        return DEFAULT_FLAGS
    for flag in flags:
        if not _ALLOWED.fullmatch(flag):
            raise BuildError(f"Build: {clean(flag)[:80]} is not among the allowed flags")
    return flags


def shared_by(program: Program, labs_root: Path | None) -> list[Path]:
    """The shared files one folder above a program: lab.* for a server, finding.* for a probe."""
    if labs_root is None or program.role in OWN_ROLES:
        return []
    stem = labs_root / "lab" if program.role == "server" else labs_root / "probes" / "finding"
    suffixes = (".c", ".h") if program.language == "c" else (".py",)
    return [path for suffix in suffixes if (path := stem.with_suffix(suffix)).exists()]


def slug(name: str) -> str:
    """A lab's name as part of a file's or an image's name. A hash distinguishes names that would be
    equal, or that cannot be part of one."""
    fit = re.sub(r"[^a-z0-9]+", lambda run: "_" if run[0] == "_" else "-", name.lower())
    fit = fit[:40].strip("-_") or "lab"
    return fit if fit == name else f"{fit}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"


def _below(folder: str, program: Program) -> dict[str, bytes]:
    """The program's own files. Raises BuildError if the main source is missing."""
    files = sources_in(program.folder, SUFFIXES[program.language])
    if program.role not in OWN_ROLES and program.source.name not in files:
        raise BuildError(absent(program.source))
    return _named(folder, files)


def _once(top: Iterable[str], program: Program) -> list[str]:
    """Without second names of a file, such as `server.c -> real.c`: the linker refuses a file that
    is compiled twice. The name of the main source stays."""
    names = {name: program.folder / PurePosixPath(name).name for name in top}
    first = sorted(names, key=lambda name: (names[name] != program.source, name))
    files: dict[tuple[int, int], str] = {}
    for name in first:
        about = names[name].stat()
        files.setdefault((about.st_dev, about.st_ino), name)
    return sorted(files.values())


def _named(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}
