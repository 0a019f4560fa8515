"""Hostile submissions, and what lies outside of their reach.

Every attack of `attacks/` becomes a submission, as its README says.
"""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runner.grade.record import Grade, from_text
from runner.paths import LABS

ATTACKS = {
    path.name: path
    for path in sorted((Path(__file__).parent / "attacks").iterdir())
    if path.suffix in (".c", ".py")
}
ASSIGNMENT = """\
version: 1
assignment:
  title: {en: An echo server, zh: 回显服务器}
  model: poll
  languages: [c, python]
  expected: 3s
defaults:
  {repeat: 1, warmup: 20ms, duration: 100ms, disturbance: 100%, budget: 30s, timeout: 20s}
experiments:
  - id: echo
    title: Is every byte echoed?
    server: {lab: submission}
    fleet: {active: 4}
    limits: {deny: []}  # the box alone must hold what the model's denials would stop before it
    expect: [{metric: errors, of: {}, at_most: 0, points: 20}]
"""
HIDDEN = """\
version: 1
experiments:
  - id: served
    title: Does it serve twenty clients?
    measure: ceiling
    server: {lab: submission}
    fleet: {connections: 20}
    limits: {deny: []}
    expect: [{metric: served, of: {}, equals: 20, points: 10}]
"""


@dataclass(frozen=True, slots=True)
class Outside:
    """`marker` stands in every secret; `doors` are sockets that nothing may come through."""

    home: Path
    marker: str
    port: int
    name: str
    """Of the abstract socket."""
    doors: tuple[socket.socket, ...] = field(repr=False)

    @property
    def secret(self) -> Path:
        return self.home / "secret.txt"

    def opened(self) -> list[int]:
        """The doors that something came through."""
        return [number for number, door in enumerate(self.doors) if _came(door)]

    def filled(self, text: str) -> str:
        words = {"@SECRET@": str(self.secret), "@PORT@": str(self.port), "@SOCKET@": self.name}
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    def grade(self, name: str) -> Grade:
        return from_text((self.home / "grades" / "small" / name / "grade.json").read_bytes())

    def kept(self, name: str) -> dict[str, bytes]:
        """What is kept of a grading, but for the copies of what was graded, and by what."""
        home = self.home / "grades" / "small"
        paths = [*(home / name).rglob("*"), home / ".logs" / f"{name}.log"]
        return {
            path.relative_to(home).as_posix(): path.read_bytes()
            for path in paths
            if path.is_file() and "work" not in path.relative_to(home).parts
        }


def _came(door: socket.socket) -> bool:
    door.setblocking(False)
    try:
        if door.type is socket.SOCK_DGRAM:
            return bool(door.recv(100))
        door.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@contextmanager
def outside(home: Path) -> Iterator[Outside]:
    """The machine around the submissions: an assignment with a reference, another submission,
    secrets, and doors."""
    marker, name = f"CANARY-{secrets.token_hex(8)}", f"iolab-{secrets.token_hex(8)}"
    with (
        socket.create_server(("", 0)) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        port = stream.getsockname()[1]
        datagram.bind(("", port))
        abstract.bind(f"\0{name}")
        abstract.listen()
        there = Outside(home, marker, port, name, (stream, datagram, abstract))
        there.secret.write_text(f"{marker} of the secret\n", encoding="utf-8")
        _assignment(there, home / "small")
        honest(there, "honest")
        yield there


def _assignment(there: Outside, folder: Path) -> None:
    (folder / "reference").mkdir(parents=True)
    for name, sign in (("server.c", "//"), ("server.py", "#")):
        text = (LABS / "poll" / name).read_text(encoding="utf-8")
        text += f"{sign} {there.marker} of the reference\n"
        (folder / "reference" / name).write_text(text, encoding="utf-8")
    for name, text in (("grade.yaml", ASSIGNMENT), ("hidden.yaml", HIDDEN)):
        (folder / name).write_text(f"{text}# {there.marker} of the {name}\n", encoding="utf-8")


def honest(there: Outside, name: str) -> Path:
    text = (LABS / "poll" / "server.c").read_text(encoding="utf-8")
    return _written(there, name, {"server.c": f"{text}// {there.marker} of another submission\n"})


def hostile(there: Outside, attack: str) -> Path:
    path = ATTACKS[attack]
    text = there.filled(path.read_text(encoding="utf-8"))
    server = (LABS / "poll" / f"server{path.suffix}").read_text(encoding="utf-8")
    if path.suffix == ".py":
        files = {"server.py": text, "honest.py": server}
    elif re.search(r"\bint main\(", text):
        files = {"server.c": text}
    else:
        files = {"server.c": server, "attack.c": text}
    return _written(there, attack.replace(".", "-"), files)


def _written(there: Outside, name: str, files: dict[str, str]) -> Path:
    folder = there.home / "class" / name
    folder.mkdir(parents=True, exist_ok=True)
    for each, text in files.items():
        (folder / each).write_text(text, encoding="utf-8")
    return folder


def stated(attack: str, word: str) -> str:
    """What the attack's banner says behind `word:`; empty where it does not."""
    text = ATTACKS[attack].read_text(encoding="utf-8")
    found = re.search(rf"^[ */]*{word}: (.*?)(?: \*/)?$", text, re.MULTILINE)
    return found[1] if found else ""
