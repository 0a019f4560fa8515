"""A broken spec: the files, and the one line that they must give."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

Files = Mapping[str, str | bytes]


class Broken(NamedTuple):
    name: str
    files: Files
    """What lies in the folder; the spec is spec.yaml."""
    line: str
    """The first line of what is said, run in that folder."""


LABS: Files = dict.fromkeys(
    (
        "labs/select/server.c",
        "labs/poll/server.c",
        "labs/epoll/server.c",
        "labs/epoll/server.py",
        "labs/asyncio/server.py",
        "labs/asyncio/server_protocol.py",
        "labs/README.md",
        "labs/probes/README.md",
    ),
    "",
)
HEAD = """\
version: 1
experiments:
  - id: a
    title: t
    server: {lab: select}
"""
ONE = "  - {id: a, title: t, server: {lab: select}}\n"


def whole(name: str, text: str | bytes, line: str) -> Broken:
    """A spec that is written out."""
    return Broken(name, {"spec.yaml": text}, "spec.yaml" + line)


def after(name: str, text: str, line: str) -> Broken:
    """The rest of an experiment that is right up to its line 5."""
    return whole(name, HEAD + text, line)


def lay(folder: Path, files: Files) -> Path:
    """Write the labs and `files` into `folder`; the spec's path."""
    for name, content in {**LABS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "spec.yaml"
