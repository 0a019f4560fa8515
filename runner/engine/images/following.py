"""Follows a recipe in a box of its base image: no network, no root, a bounded memory, time, number
of processes and size. Nothing of the box is kept but the files of one folder in memory.

Its sources go in on stdin as a tar, with a script made from the recipe; the files come out on
stdout as a tar. The script's text goes to stderr.
"""

from __future__ import annotations

import fnmatch
import io
import posixpath
import shlex
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import docker

from runner.engine.box import BuildError
from runner.engine.compiled import compiled
from runner.engine.images.archive import packed
from runner.engine.images.build_box import BuildBox, Built, build
from runner.engine.recipe import ROOT, Copy, Recipe, Run
from runner.untrusted import clean, clean_lines

SECONDS = 120.0
MEMORY = 1 << 30
"""Of all processes, with the files that they write: those are in memory."""
PIDS = 256
SIZE_MAX = 64 << 20
FILES_MAX = 5000
_SPACE = 256 << 20
_CONTEXT = "/tmp/context"  # noqa: S108 - inside the box
_BEGIN = "tar -x -C /tmp && exec sh /tmp/build"
_END = f"cd {ROOT} && tar -c --dereference --hard-dereference . | head -c {SIZE_MAX + 1}"
"""A file with a hole may be longer than all memory: what is too much is not even sent."""


@dataclass(frozen=True, slots=True)
class Made:
    """The files of `ROOT`, by their paths below it, and which of them are programs."""

    files: Mapping[str, bytes]
    programs: frozenset[str]


def follow(
    client: docker.DockerClient, base: str, recipe: Recipe, files: Mapping[str, bytes], title: str
) -> Made:
    """Raises BuildError with the output of what failed, EngineError where the box fails."""
    script = {"build": script_of(recipe, files).encode()}
    # Every file of the submission is executable, as its own rights are not kept.
    archive = packed({}, {**script, **{f"context/{path}": each for path, each in files.items()}})
    box = BuildBox(
        image=base,
        script=[_BEGIN],
        folder="/tmp",  # noqa: S108 - inside the box
        memory=MEMORY,
        pids=PIDS,
        tmpfs={
            "/tmp": f"exec,mode=1777,size={_SPACE}",  # noqa: S108 - inside the box
            ROOT: f"exec,mode=1777,size={_SPACE}",
        },
        seconds=SECONDS,
        most=SIZE_MAX + 1,
    )
    built = build(client, box, archive, title)
    if built.code is None:
        raise BuildError(f"{title}: the build took longer than {SECONDS:g} s")
    if len(built.output) > SIZE_MAX:
        raise BuildError(f"{title}: {ROOT} is larger than {SIZE_MAX >> 20} MiB")
    if built.code != 0:
        raise BuildError(_why(title, built))
    return unpacked(built.output, title)


def _why(title: str, built: Built) -> str:
    said = clean_lines(built.text).strip()
    if built.starved:
        return f"{title}: the build needed more than {MEMORY >> 20} MiB of memory, files included"
    if "No space left on device" in said:
        return f"{title}: the build wrote more than {_SPACE >> 20} MiB\n{said}"
    if "Read-only file system" in said:
        return f"{title}: only {ROOT} and /tmp can be written\n{said}"
    return said or f"{title}: the build ended with status {built.code}"


def script_of(recipe: Recipe, files: Mapping[str, bytes]) -> str:
    """A script for sh: the steps in order, each in its folder, then the tar. Raises BuildError."""
    lines = ['failed() { echo "Dockerfile: $1: exit status $2" >&2; exit 1; }']
    lines += [f"export {name}={quoted(value)}" for name, value in recipe.settings]
    for step in recipe.steps:
        if isinstance(step, Run):
            shown = shlex.quote(f"RUN {clean(step.command)[:60]}")
            lines.append(f"mkdir -p {shlex.quote(step.folder)} && cd {shlex.quote(step.folder)}")
            lines.append(
                f"/bin/sh -c {shlex.quote(step.command)} </dev/null >&2 || failed {shown} $?"
            )
        else:
            for source, target in placed(step, files):
                folder = shlex.quote(posixpath.dirname(target))
                words = f"{shlex.quote(f'{_CONTEXT}/{source}')} {shlex.quote(target)}"
                lines.append(f"mkdir -p {folder} && cp {words} || failed COPY $?")
    return "\n".join([*lines, _END, ""])


def quoted(value: str) -> str:
    """In double quotes for sh: variables are replaced, as a builder replaces them."""
    for letter in '\\"`':
        value = value.replace(letter, f"\\{letter}")
    return f'"{value}"'


def placed(step: Copy, files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """The files that it copies, each with where it goes. Raises BuildError."""
    for source in step.sources:
        given = posixpath.normpath(source)
        matching = [name for name in files if _matches(name, given)]
        if not matching:
            raise BuildError(f"Dockerfile: COPY {clean(source)[:60]}: there is no such file")
        for name in matching:
            if name == given and not step.folder:
                yield name, step.target
            elif given == "." or name.startswith(f"{given}/"):
                inside = name if given == "." else name.removeprefix(f"{given}/")
                yield name, posixpath.join(step.target, inside)
            else:
                yield name, posixpath.join(step.target, posixpath.basename(name))


def _matches(name: str, given: str) -> bool:
    """A file, a folder that holds it, or a pattern of which `*` leaps over no slash."""
    if given in (".", name) or name.startswith(f"{given}/"):
        return True
    parts, patterns = name.split("/"), given.split("/")
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


def require_sources(files: Mapping[str, bytes], title: str) -> None:
    """Raises BuildError for a file that was compiled before it was handed in."""
    for name, content in files.items():
        if what := compiled(content):
            raise BuildError(f"{title}: {clean(name)} is {what}; hand in its source")


def unpacked(archive: bytes, title: str) -> Made:
    """The regular files of an archive that anyone may have written. Raises BuildError."""
    files: dict[str, bytes] = {}
    programs: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for count, member in enumerate(tar):
                if count > FILES_MAX:
                    raise BuildError(f"{title}: {ROOT} holds more than {FILES_MAX} files")
                name = posixpath.normpath(member.name)
                if not member.isreg() or member.issparse() or member.size > len(archive):
                    continue
                if name.startswith(("/", "..")) or not name.isprintable():
                    raise BuildError(f"{title}: a file of {ROOT} is called {clean(name)[:60]!r}")
                content = tar.extractfile(member)
                files[name] = content.read() if content else b""
                programs |= {name} if member.mode & 0o111 else set()
    except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError, OSError):
        raise BuildError(f"{title}: the files of {ROOT} cannot be read") from None
    if not files:
        raise BuildError(f"{title}: the build left nothing in {ROOT}")
    return Made(files, frozenset(programs))
