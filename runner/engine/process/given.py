"""A server that is given as a command, as the command of a box: a program of this machine, or one
of the server's own files."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from runner.engine.box import BuildError, MissingError, Say
from runner.engine.given import FOLDER, PORT, PYTHON, Given
from runner.engine.given_files import Files, files_of
from runner.engine.process import visible
from runner.engine.process.command import Command
from runner.engine.process.copies import folder_of
from runner.engine.scratch import scratch
from runner.engine.sources import slug
from runner.untrusted import clean

AT = "/labs/server"
"""The working folder in a box that has its own root."""
_DAEMONS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where daemons are: a user's PATH need not name these."""
_SHIMS = "shims"
_LINE = 256


def given_command(given: Given, cache: Path, say: Say) -> Command:
    """Raises BuildError, MissingError."""
    if not given.words:
        raise MissingError("Docker, where an image runs", "type: --engine docker")
    files = files_of(given.files)
    copy = _copied(given, files, cache, say)
    path = _path_on_host(given, copy)
    sights: list[tuple[Path, str]] = [(copy, AT)] if files.contents else []
    first = given.words[0]
    if path is not None:
        first = str(path)
        shown = visible.installation(path)
        if path.resolve() == Path(sys.executable).resolve():
            shown = visible.python()  # with its library, wherever that is
            first = sys.executable
        sights += [(each, str(each)) for each in shown]
    words = (first, *given.words[1:])
    content = hashlib.sha256(f"{files.key}\0{_hash(path)}".encode()).hexdigest()
    return Command(
        tuple(word.replace(FOLDER, AT) for word in words),
        tuple(word.replace(FOLDER, str(copy)) for word in words),
        tuple(sights),
        AT if files.contents else "/",
        content,
        here=str(copy) if files.contents else "",
    )


def with_port(words: tuple[str, ...], port: str) -> tuple[str, ...]:
    return tuple(word.replace(PORT, port) for word in words)


def _path_on_host(given: Given, copy: Path) -> Path | None:
    """The program on this machine; None where it is one of the server's own files."""
    for name in given.programs:
        _on_path(given, name)
    first = given.words[0]
    if first == PYTHON:
        _require_modules(given)
        return Path(sys.executable)
    if first.startswith(FOLDER):
        own = Path(first.replace(FOLDER, str(copy)))
        if not os.access(own, os.X_OK):
            raise BuildError(f"{given.name}: {clean(own.name)} cannot be run; type: chmod +x")
        _require_interpreter(own)
        return None
    return _on_path(given, first)


def _on_path(given: Given, name: str) -> Path:
    """Raises MissingError."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *_DAEMONS])
    found = shutil.which(name, path=folders)
    if found is None:
        what = f"no program {clean(name)[:100]} on this machine"
        typed = f"install it, or type its path in `command` of {given.name}"
        raise MissingError(what, f"type: {given.install}" if given.install else typed)
    _require_no_shim(given, Path(found), folders)
    return Path(found)


def _require_modules(given: Given) -> None:
    """Raises MissingError for modules that the runner's Python does not have. Found, not imported:
    nothing of them is run here."""
    missing = [name for name in given.modules if not _has(name)]
    if missing:
        names = " ".join(missing)
        what = f"no Python module {clean(', '.join(missing))[:100]} on this machine"
        typed = given.install or f"{sys.executable} -m pip install {clean(names)[:100]}"
        raise MissingError(what, f"type: {typed}")


def _has(name: str) -> bool:
    return name.isidentifier() and importlib.util.find_spec(name) is not None


def _require_interpreter(script: Path) -> None:
    with script.open("rb") as file:
        line = file.readline(_LINE)
    words = line[2:].split() if line.startswith(b"#!") else []
    path = Path(os.fsdecode(words[0])) if words else None
    if path is not None and path.is_absolute() and not path.exists():
        what = f"no program {clean(str(path))[:100]} on this machine"
        raise MissingError(what, f"the first line of {clean(script.name)} names it: correct it")


def _require_no_shim(given: Given, found: Path, folders: str) -> None:
    """pyenv, rbenv, asdf and the like put scripts on PATH that look into the user's home for the
    program itself. No box sees that."""
    if _SHIMS not in found.parts:
        return
    others = os.pathsep.join(each for each in folders.split(os.pathsep) if _SHIMS not in each)
    other = shutil.which(found.name, path=others)
    instead = f"type {other} in `command`" if other else "type the path of the program in `command`"
    what = f"the program behind {clean(str(found))[:200]}, a script that searches your home for it"
    raise MissingError(what, f"no box sees your home; {instead} of {given.name}")


def _copied(given: Given, files: Files, cache: Path, say: Say) -> Path:
    """A folder with the files, named by their content. It is renamed into place: a copy that exists
    is complete."""
    target = folder_of(cache) / f"{slug(given.name)}-{files.key[:24]}"
    if target.exists() or not files.contents:
        return target
    say(f"copying the files of {given.name}")
    with scratch(target.parent) as folder:
        copy = folder / target.name
        copy.mkdir()
        for name, content in files.contents.items():
            path = copy / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o755 if name in files.programs else 0o644)  # a box is another user
        for path in (copy, *copy.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():  # else another process was faster
                raise
    return target


def _hash(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
