"""What else than a lab's name is typed where one is needed, and what can be done with it."""

from __future__ import annotations

import re

from runner.paths import LABS
from runner.spec.problem import WrongError, clipped, shown

_ADDRESS = re.compile(r"(?:[a-z]+://)?((?:\[[0-9a-f:]+\]|[\w.-]+):[0-9]{1,5})(?:/.*)?", re.ASCII)
_IMAGE = re.compile(r"(?:[\w.-]+(?::[0-9]+)?/)*[\w.-]+[:@][\w.:-]+", re.ASCII)
_PROGRAM = re.compile(
    r"(?:python|node|java|go|ruby|perl|php|sh|bash|docker|nginx)[0-9.]*", re.ASCII
)
_FORM = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_-]+", re.ASCII)
_SHOWN = 80


def foreign(value: str) -> WrongError | str:
    """The message for a path, an image, a command or an address; for a path to a folder that is a
    lab's, its name; and "" where it is only a name with other letters."""
    text = value.strip()
    kind = _kind(text)
    name = text.rstrip("/").rpartition("/")[2]
    if (kind == "a path" or "/" in text) and (LABS / name).is_dir() and name not in ("", ".", ".."):
        return name
    if not kind:
        return ""
    return WrongError(
        f"{shown(value)} is {kind}, not a lab's name",
        "a spec runs folders under labs/: put the server's folder there and type its name",
        _instead(text, kind),
    )


def _kind(text: str) -> str:
    words = text.split()
    program = len(words) > 1 and (_PROGRAM.fullmatch(words[0]) or set(text) & set("/.-="))
    kinds = {
        "an address": _ADDRESS.fullmatch(text),
        "a URL": "://" in text,
        "a command": program,
        "an image": _IMAGE.fullmatch(text),
        "": _FORM.fullmatch(text),
        "a path": "/" in text or text.startswith(("~", ".")),
        "a file": text.endswith((".c", ".py")),
    }
    return next((kind for kind, fits in kinds.items() if fits), "")


def _instead(text: str, kind: str) -> str:
    if kind == "a path":
        return f"or type `runner trace {clipped(text, _SHOWN)}`, which takes any folder"
    if kind == "a file":
        return "or type `runner trace FOLDER` with the folder that holds it"
    address = _ADDRESS.fullmatch(text)
    where = clipped(address[1], _SHOWN) if address else "HOST:PORT"
    return f"or start the server and type `runner fleet --connect {where}`"
