"""The files of own servers that are commands: where they are, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.spec.own_notations import SHELL
from runner.spec.own_server import OwnServer
from runner.spec.problem import Key, WrongError, clipped, did_you_mean

Problems = Iterator[tuple[Key, WrongError]]
_SHOWN = 80
_BEGIN = 256
"""Bytes of a program, in which a script has its first line, and any other one a zero."""


def located(base: Path, typed: str) -> Path:
    """A path of a spec in the folder `base`."""
    return Path(os.path.normpath(base / Path(typed).expanduser()))


def program_file(server: OwnServer, base: Path) -> Path | None:
    """The program, if the first word of its command is a path."""
    first = server.command[0] if server.command else ""
    return located(base, first) if "/" in first and not first.startswith("{") else None


def missing_files(servers: Mapping[str, OwnServer], base: Path) -> Problems:
    """Files that are not there, programs that cannot be run, and words that name a file which the
    server would not see."""
    for name, server in servers.items():
        here: Key = ("servers", name)
        for number, typed in enumerate(server.files):
            if not located(base, typed).exists():
                yield (*here, "files", number), _missing(typed, base)
        if server.build is not None:
            yield from _build((*here, "build"), server.build, base)
        yield from _program((*here, "command"), server, base)
        yield from _unseen((*here, "command"), server, base)


def _program(key: Key, server: OwnServer, base: Path) -> Problems:
    path = program_file(server, base)
    if path is None or not server.command or server.image or server.build:
        return
    typed = server.command[0]
    at: Key = (*key, 0)
    if not path.exists():
        yield at, _missing(typed, base)
    elif path.is_dir():
        what = f"'{clipped(typed, _SHOWN)}' is a folder"
        yield at, WrongError(what, suggestion="type the program in it, or folder: for a lab's")
    elif not os.access(path, os.X_OK):
        shown = clipped(typed, _SHOWN)
        instead = f"type chmod +x {shown}, or name its interpreter: [python3, {path.name}]"
        yield at, WrongError(f"'{shown}' cannot be run", suggestion=instead)
    else:
        yield from _first_line(at, clipped(typed, _SHOWN), path)


def _first_line(key: Key, shown: str, path: Path) -> Problems:
    """A script is started by its first line, which a shell does without: typed there, it runs."""
    try:
        with path.open("rb") as file:
            begin = file.read(_BEGIN)
    except OSError:
        return
    line = begin.partition(b"\n")[0]
    if not begin.startswith(b"#!") and b"\0" not in begin:
        what = f"'{shown}' does not begin with #! and the path of its interpreter"
        instead = f"begin it with #!/bin/sh, or name its interpreter: [sh, {path.name}]"
        yield key, WrongError(what, suggestion=instead)
    elif begin.startswith(b"#!") and line.endswith(b"\r"):
        what = f"the first line of '{shown}' ends with a carriage return, as on Windows"
        yield key, WrongError(what, suggestion=f"type sed -i 's/\\r$//' {shown}")


def literal(typed: str) -> str:
    """What to type where a path has a variable of the shell in it."""
    return "a spec replaces no variables: type the path itself" if "$" in typed else ""


def _build(key: Key, typed: str, base: Path) -> Problems:
    path = located(base, typed)
    if not path.exists():
        yield key, _missing(typed, base)
    elif path.is_dir() and not (path / "Dockerfile").is_file():
        what = f"'{clipped(typed, _SHOWN)}' has no Dockerfile"
        yield key, WrongError(what, suggestion="type the folder or the file from which to build")


def _unseen(key: Key, server: OwnServer, base: Path) -> Problems:
    words = server.command or ()
    listed = {located(base, typed) for typed in server.files}
    for number, word in enumerate(words[1:], 1):
        if words[:2] == SHELL or word.startswith(("-", "/")) or "{" in word or len(word) > _SHOWN:
            continue
        path = located(base, word)
        if path.is_file() and not any(path == each or each in path.parents for each in listed):
            what = f"the server cannot see the file '{clipped(word, _SHOWN)}'"
            files = ", ".join([*server.files, word])
            yield (*key, number), WrongError(what, suggestion=f"add files: [{clipped(files, 200)}]")


def _missing(typed: str, base: Path) -> WrongError:
    path = located(base, typed)
    try:
        near = did_you_mean(path.name, [each.name for each in path.parent.iterdir()])
    except OSError:
        near = ""
    what = f"there is no file '{clipped(typed, _SHOWN)}'"
    where = f"the spec's folder leads to {clipped(str(path), 200)}"
    return WrongError(what, where, literal(typed) or near)
