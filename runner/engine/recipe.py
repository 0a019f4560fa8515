"""A Dockerfile as the lab reads one: never given to a daemon's builder, read here and followed in a
box without network.

The text is not trusted. A builder would run it with the daemon's rights: fetch a frontend that its
first line names, fetch URLs, copy from any image of the machine, fill the disk. So only those
instructions exist here that say which files are where, which commands make the program, and how it
starts. Every other one is refused by its line, with what to write instead.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from runner.engine.box import BuildError
from runner.untrusted import clean

NAME = "Dockerfile"
ROOT = "/app"
"""The folder in which a program is made, and the only one of which anything is kept."""
TEXT_MAX, STEPS_MAX, WORDS_MAX = 64 << 10, 100, 1000
_SHOWN = 60
_CONTINUED = re.compile(r"\\[ \t]*$")
_DIRECTIVE = re.compile(r"#[ \t]*(syntax|escape|check)[ \t]*=", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFUSED = {
    "ADD": "it fetches URLs and unpacks archives; hand in the files, and write COPY",
    "ARG": "a build has no arguments; write ENV",
    "HEALTHCHECK": "clients show whether the server is healthy; delete the line",
    "MAINTAINER": "delete the line",
    "ONBUILD": "nothing is built from this image; write the instruction itself",
    "SHELL": "commands are run by /bin/sh; name another program in RUN",
    "STOPSIGNAL": "the server is ended by SIGTERM; delete the line",
    "USER": "every command and the server run as user 65534; delete the line",
    "VOLUME": "a server can write to /tmp only; delete the line",
}
_GIVEN = ("PORT", "BACKLOG")
_IGNORED = ("EXPOSE", "LABEL")
"""They change nothing of what runs."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Files or folders of the submission, to a path below `ROOT`. A `folder` ends with a slash."""

    sources: tuple[str, ...]
    target: str
    folder: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A command of /bin/sh, in its folder."""

    command: str
    folder: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """`base` is the name of an image; `settings` are variables, whose values may name others;
    `start` is the command that the box executes, in `folder`."""

    base: str
    steps: tuple[Copy | Run, ...]
    settings: tuple[tuple[str, str], ...]
    start: str
    folder: str


@dataclass(slots=True)
class _Reading:
    bases: Sequence[str]
    base: str = ""
    folder: str = ROOT
    entry: list[str] | str = ""
    command: list[str] | str = ""
    steps: list[Copy | Run] = field(default_factory=list)
    settings: list[tuple[str, str]] = field(default_factory=list)


class _WrongError(Exception):
    """What is wrong with an instruction."""


def read(text: str, bases: Sequence[str]) -> Recipe:
    """`bases` are the images from which it may begin. Raises BuildError with the line."""
    reading = _Reading(bases)
    for number, name, rest in _instructions(text):
        try:
            _follow(reading, name, rest)
        except (_WrongError, ValueError) as wrong:  # shlex: no closing quotation
            raise BuildError(f"{NAME}, line {number}: {clean(str(wrong))[:300]}") from None
    if not reading.base:
        raise BuildError(f"{NAME}: there is no FROM; begin with FROM {bases[0]}")
    start = _start_command(reading.entry, reading.command)
    if not start:
        raise BuildError(f'{NAME}: nothing is started; end with ENTRYPOINT ["{ROOT}/server"]')
    return Recipe(
        reading.base, tuple(reading.steps), tuple(reading.settings), start, reading.folder
    )


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """The line where each begins, its name in capitals, and the rest. Raises BuildError."""
    if len(text) > TEXT_MAX or "\0" in text:
        raise BuildError(f"{NAME}: not a text of at most {TEXT_MAX >> 10} KiB")
    lines = text.split("\n")
    began, parts, count = 0, list[str](), 0
    for number, line in enumerate([*lines, ""], 1):
        words = line.strip()
        if words.startswith("#"):
            if _DIRECTIVE.match(words) and count == 0:
                what = "a line that chooses another builder or another escape; delete the line"
                raise BuildError(f"{NAME}, line {number}: {what}")
            continue  # between continued lines as well
        if not words and parts and number <= len(lines):
            continue  # an empty line does not end a continued one
        began = began if parts else number
        parts.append(_CONTINUED.sub("", words).strip())
        if _CONTINUED.search(words) and number <= len(lines):
            continue
        whole, parts = " ".join(part for part in parts if part).strip(), []
        if whole:
            count += 1
            name, _, rest = whole.partition(" ")
            yield began, name.upper(), rest.strip()


def _follow(reading: _Reading, name: str, rest: str) -> None:
    if name in _REFUSED:
        raise _WrongError(f"{name} is not used here: {_REFUSED[name]}")
    if name in _IGNORED:
        return
    if name not in _FOLLOWED:
        raise _WrongError(f"{name[:_SHOWN]!r} is no instruction")
    if not reading.base and name != "FROM":
        raise _WrongError("the first instruction must be FROM")
    if len(reading.steps) >= STEPS_MAX:
        raise _WrongError(f"more than {STEPS_MAX} COPY and RUN")
    if name in ("COPY", "RUN") and rest.startswith("<<"):
        raise _WrongError("a here-document; write the lines into a file, and COPY it")
    if name in ("FROM", "COPY", "RUN") and rest.startswith("--"):
        raise _WrongError(_option(name, rest.split(maxsplit=1)[0]))
    _FOLLOWED[name](reading, rest)


def _option(name: str, option: str) -> str:
    if option.startswith("--from"):
        return "COPY --from: a submission is made from its own files and its base, nothing else"
    return f"{name} {option[:_SHOWN]} is not used here; write {name} without options"


def _from(reading: _Reading, rest: str) -> None:
    if reading.base:
        raise _WrongError("a second FROM: a submission is built in one stage")
    words = rest.split()
    if len(words) != 1:
        raise _WrongError("write FROM and one name")
    if words[0] not in reading.bases:
        raise _WrongError(
            f"{words[0][:_SHOWN]!r} is no image to begin with: there are {', '.join(reading.bases)}"
        )
    reading.base = words[0]


def _workdir(reading: _Reading, rest: str) -> None:
    (path,) = _words(rest, 1, 1, "WORKDIR and one folder")
    reading.folder = _below(reading.folder, path)


def _copy(reading: _Reading, rest: str) -> None:
    *sources, target = _words(rest, 2, WORDS_MAX, "COPY, the files and where they go")
    for source in sources:
        parts = source.strip("/").split("/")
        if source.startswith("/") or ".." in parts:
            raise _WrongError(f"{source[:_SHOWN]!r} is not a path in the submission's folder")
    folder = len(sources) > 1 or target.endswith("/") or target in (".", "..")
    reading.steps.append(Copy(tuple(sources), _below(reading.folder, target), folder))


def _run(reading: _Reading, rest: str) -> None:
    words = _in_brackets(rest)
    command = rest if words is None else shlex.join(words)
    if not command:
        raise _WrongError("write RUN and a command")
    reading.steps.append(Run(command, reading.folder))


def _env(reading: _Reading, rest: str) -> None:
    first, _, value = rest.partition(" ")
    pairs = [word.partition("=") for word in shlex.split(rest)]
    if "=" not in first:  # the old form, ENV NAME the whole rest
        pairs = [(first, "=", value.strip())]
    for name, equals, text in pairs:
        if not equals or not _VARIABLE.fullmatch(name):
            raise _WrongError(f"{name[:_SHOWN]!r} is no name of a variable; write ENV NAME=value")
        if name in _GIVEN:
            raise _WrongError(f"{name} is set when the server starts; delete the line")
        reading.settings.append((name, text))
    if not pairs or len(reading.settings) > WORDS_MAX:
        raise _WrongError("write ENV NAME=value")


def _entrypoint(reading: _Reading, rest: str) -> None:
    reading.entry = _in_brackets(rest) or rest


def _cmd(reading: _Reading, rest: str) -> None:
    reading.command = _in_brackets(rest) or rest


_FOLLOWED: dict[str, Callable[[_Reading, str], None]] = {
    "FROM": _from, "WORKDIR": _workdir, "COPY": _copy, "RUN": _run, "ENV": _env,
    "ENTRYPOINT": _entrypoint, "CMD": _cmd,
}  # fmt: skip


def _words(rest: str, least: int, most: int, form: str) -> list[str]:
    words = _in_brackets(rest)
    words = shlex.split(rest) if words is None else words
    if not least <= len(words) <= most or not all(words):
        raise _WrongError(f"write {form}")
    return words


def _in_brackets(rest: str) -> list[str] | None:
    """The words of the form ["a", "b"], None where it is another form."""
    if not rest.startswith("["):
        return None
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise _WrongError('write the words as ["a", "b"], in double quotes')
    if any("\0" in word for word in words):
        raise _WrongError("a word holds a NUL")
    return words


def _below(folder: str, path: str) -> str:
    """The path, from that folder; `ROOT` or below it."""
    whole = posixpath.normpath(posixpath.join(folder, path))
    if "$" in path:
        raise _WrongError(f"{path[:_SHOWN]!r}: variables are not replaced in paths")
    if whole != ROOT and not whole.startswith(f"{ROOT}/"):
        raise _WrongError(f"{path[:_SHOWN]!r} is not below {ROOT}, and nothing else is kept")
    return whole


def _start_command(entry: list[str] | str, command: list[str] | str) -> str:
    """The command for `exec`, as a builder would combine the two."""
    if isinstance(entry, str) and entry:
        return shlex.join(["/bin/sh", "-c", entry])
    if isinstance(command, str) and command:
        command = ["/bin/sh", "-c", command]
    return shlex.join([*entry, *command])
