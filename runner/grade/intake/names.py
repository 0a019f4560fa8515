"""The names of members: decoded, and held against the one rule for a name that stays inside."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

from runner.engine.folder import DEPTH_MAX
from runner.grade.intake.refusal import about
from runner.untrusted import clean

NAME_BYTES_MAX = 255
"""NAME_MAX of Linux."""
PATH_BYTES_MAX = 1024
"""A quarter of PATH_MAX: the rest is for the folder that the copy is made in."""
_DRIVE = re.compile(r"[A-Za-z]:")
_ANEW = "make the archive anew, from within your folder: tar -czf NAME.tar.gz *"


def text_of(path: bytes) -> str:
    """A name whose encoding is not stated; each folder may have another. UTF-8 is nearly always
    right. Windows in China writes GBK, whose second bytes may look like a backslash, so it comes
    before the encodings of one byte, which decode anything. A wrong guess changes how the name is
    shown, and nothing else."""
    return "/".join(map(_decoded, path.split(b"/")))


def _decoded(raw: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    for encoding in ("gb18030", "latin-1"):
        with suppress(UnicodeDecodeError):
            text = raw.decode(encoding)
            if text.isprintable():
                return text
    return raw.decode("cp437")


def parts_of(name: str) -> tuple[str, ...]:
    """The folders and the last name, composed as NFC and without what cannot be printed. Empty for
    the submission's own folder. Raises IntakeError for a name that is not a plain path inside."""
    if any(unicodedata.category(char) == "Cc" for char in name):
        raise about(name, "the name holds a control character; rename the file")
    name_ = unicodedata.normalize("NFC", clean(name))
    if name_.startswith("/"):
        raise about(name_, f"the name begins with / and leads out of the submission; {_ANEW}")
    if _DRIVE.match(name_):
        raise about(name_, f"the name begins with a drive letter; {_ANEW}")
    if "\\" in name_:
        raise about(name_, "the name holds a backslash; rename the file")
    parts = tuple(part for part in name_.split("/") if part not in ("", "."))
    if ".." in parts:
        raise about(name_, f"the name leads out of the submission by ..; {_ANEW}")
    _require_short(name_, parts)
    return parts


def _require_short(name: str, parts: tuple[str, ...]) -> None:
    if len(parts) > DEPTH_MAX + 1:
        raise about(name, f"more than {DEPTH_MAX} folders deep; use fewer folders")
    if any(len(part.encode()) > NAME_BYTES_MAX for part in parts):
        raise about(name, f"the name is longer than {NAME_BYTES_MAX} bytes; use a shorter name")
    if len("/".join(parts).encode()) > PATH_BYTES_MAX:
        raise about(name, f"the path is longer than {PATH_BYTES_MAX} bytes; use shorter names")


def folded(path: str) -> str:
    """Equal for paths that are one file on a system that ignores case or the form of accents."""
    return unicodedata.normalize(
        "NFC", unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
    )
