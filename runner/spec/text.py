"""A file to text: the last place where a spec is bytes."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from runner.spec.problem import Position, UnreadableError, WrongError, did_you_mean

MAX_BYTES = 1 << 20
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What YAML does not allow in a text: control characters, halves of characters."""


def text_of(path: Path, shown: str) -> str:
    """The text of a file that messages call `shown`."""
    try:
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            wrong = WrongError("this is a folder", suggestion="type the name of a file in it")
            raise UnreadableError(Position(shown), wrong)
        if not stat.S_ISREG(kind.st_mode):
            raise UnreadableError(Position(shown), WrongError("this is not a regular file"))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableError(Position(shown), _no_such_file(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(Position(shown), WrongError(f"cannot be read: {reason}")) from None
    if len(content) > MAX_BYTES:
        raise UnreadableError(Position(shown), WrongError("larger than 1 MiB", "a spec is smaller"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte 0x{content[error.start]:02x} is not UTF-8"
        position = _position_in(content[: error.start].decode("utf-8"), shown)
        raise UnreadableError(position, WrongError(what, "save the file as UTF-8 text")) from None
    unfit = UNFIT.search(text)
    if unfit:
        wrong = WrongError(f"control character U+{ord(unfit[0]):04X}", suggestion="delete it")
        raise UnreadableError(_position_in(text[: unfit.start()], shown), wrong)
    return text


def _no_such_file(path: Path) -> WrongError:
    try:
        names = [each.name for each in path.parent.iterdir()]
    except OSError:
        names = []
    yamls = [name for name in names if name.endswith((".yaml", ".yml"))]
    return WrongError("no such file", suggestion=did_you_mean(path.name, yamls))


def _position_in(before: str, shown: str) -> Position:
    line = before.count("\n") + 1
    return Position(shown, line, len(before) - before.rfind("\n"))
