"""What else than a lab's name is typed where one is needed, and the lines to write instead."""

from __future__ import annotations

import json
import re

from runner.paths import LABS
from runner.spec.problem import WrongError, clipped, shown

_ADDRESS = re.compile(r"(?:[a-z]+://)?((?:\[[0-9a-f:]+\]|[\w.-]+):[0-9]{1,5})(?:/.*)?", re.ASCII)
_IMAGE = re.compile(r"(?:[\w.-]+(?::[0-9]+)?/)*[\w.-]+[:@][\w.:-]+", re.ASCII)
_PROGRAM = re.compile(
    r"(?:python|node|java|go|ruby|perl|php|sh|bash|docker|nginx)[0-9.]*", re.ASCII
)
_FORM = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_-]+", re.ASCII)
_PLAIN = re.compile(r"[\w./~-]+")
_SHOWN = 80
NAMED = "`servers` gives a folder a name"


def foreign(value: str) -> WrongError | str:
    """The message for a path, an image, a command or an address; for a path to a folder that is a
    lab's, its name; and "" where it is only a name with other letters."""
    text = value.strip()
    kind = _kind(text)
    above, _, name = text.rstrip("/").rpartition("/")
    if above.rpartition("/")[2] == LABS.name and (LABS / name).is_dir():
        return name
    if not kind:
        return ""
    what = f"{shown(value)} is {kind}, not a lab's name"
    if kind in ("a path", "a file"):
        folder = (above or ".") if text.endswith((".c", ".py")) else text
        return WrongError(
            what,
            NAMED,
            "write these three lines, or type `runner trace "
            f"{clipped(folder, _SHOWN)}`, which takes any folder",
            lines=named_lines(folder),
        )
    return WrongError(
        what,
        "a spec runs folders: give the server's folder a name under `servers`",
        _instead(text),
    )


def named_lines(folder: str) -> tuple[str, ...]:
    """The lines of a spec that give the folder a name, and where the name then stands."""
    last = folder.rstrip("/").rpartition("/")[2]
    name = re.sub(r"[^a-z0-9_]+", "-", last[:60].lower()).strip("-_0123456789") or "mine"
    name = f"my-{name}" if (LABS / name).exists() else name
    path = clipped(folder, _SHOWN)
    written = path if _PLAIN.fullmatch(path) else json.dumps(path, ensure_ascii=False)
    return ("servers:", f"  {name}: {{folder: {written}}}", f"server: {{lab: {name}}}")


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


def _instead(text: str) -> str:
    address = _ADDRESS.fullmatch(text)
    where = clipped(address[1], _SHOWN) if address else "HOST:PORT"
    return f"or start the server and type `runner fleet --connect {where}`"
