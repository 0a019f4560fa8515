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
NAMED = "`servers` gives a server of your own a name"
THREE = "these three lines"


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
    if kind == "a URL":
        instead = 'write an address, as "127.0.0.1:9000"'
        return WrongError(what, NAMED, instead)
    folder = (above or ".") if text.endswith((".c", ".py")) else text
    if kind in ("a path", "a file"):
        traced = f"`runner trace {clipped(folder, _SHOWN)}`, which takes any folder"
        return WrongError(what, NAMED, f"write {THREE}, or type {traced}", named_lines(folder))
    return WrongError(what, NAMED, f"write {THREE}", lines=_lines(*_entry(text, kind)))


def named_lines(folder: str) -> tuple[str, ...]:
    """The lines of a spec that give the folder a name, and where the name then stands."""
    last = folder.rstrip("/").rpartition("/")[2]
    return _lines(last, f"folder: {_quoted(folder)}")


def _entry(text: str, kind: str) -> tuple[str, str]:
    """What the name may be made of, and the key that says where the server is."""
    if kind == "an address":
        address = _ADDRESS.fullmatch(text)
        return "target", f'connect: "{address[1] if address else text}"'
    if kind == "an image":
        name = re.split("[:@]", text.rpartition("/")[2])[0]
        return name, f"image: {_quoted(text)}, port: 80"
    words = text.split()
    return words[0].rpartition("/")[2], f"command: [{', '.join(map(_quoted, words))}]"


def _lines(made_of: str, entry: str) -> tuple[str, ...]:
    name = re.sub(r"[^a-z0-9_]+", "-", made_of[:60].lower()).strip("-_0123456789") or "mine"
    name = f"my-{name}" if (LABS / name).exists() else name
    return ("servers:", f"  {name}: {{{entry}}}", f"server: {{lab: {name}}}")


def _quoted(text: str) -> str:
    short = clipped(text, _SHOWN)
    return short if _PLAIN.fullmatch(short) else json.dumps(short, ensure_ascii=False)


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
