"""What is typed in place of a lab's name is recognised, and the message says what can be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.spec import load
from runner.spec.problem import WrongError
from runner.spec.scalar import LabName

TYPED = [
    ("/tmp/x/y", "a path", "  y: {folder: /tmp/x/y}"),
    ("./mine", "a path", "  mine: {folder: ./mine}"),
    ("~/servers/mine/", "a path", "  mine: {folder: ~/servers/mine/}"),
    ("a/b/c", "a path", "  c: {folder: a/b/c}"),
    ("nginx:1.25", "an image", '  nginx: {image: "nginx:1.25", port: 80}'),
    ("ghcr.io/me/server:1", "an image", '  server: {image: "ghcr.io/me/server:1", port: 80}'),
    (
        "docker.io/x/web@sha256:ab",
        "an image",
        '  web: {image: "docker.io/x/web@sha256:ab", port: 80}',
    ),
    ("python3 server.py", "a command", "  python: {command: [python3, server.py]}"),
    ("./server --port 9000", "a command", "  server: {command: [./server, --port, 9000]}"),
    ("127.0.0.1:9000", "an address", '  target: {connect: "127.0.0.1:9000"}'),
    ("localhost:8080", "an address", '  target: {connect: "localhost:8080"}'),
    ("http://localhost:8080/x", "an address", '  target: {connect: "localhost:8080"}'),
    ("server.c", "a file", "  mine: {folder: .}"),
    ("../my_server/", "a path", "  my_server: {folder: ../my_server/}"),
    ("~/a+b/1", "a path", '  mine: {folder: "~/a+b/1"}'),
    ("../epoll", "a path", "  my-epoll: {folder: ../epoll}"),
    ("../echo/server.c", "a file", "  echo: {folder: ../echo}"),
]


def refused(typed: str) -> WrongError:
    with pytest.raises(WrongError) as caught:
        LabName().read(typed)
    return caught.value


@pytest.mark.parametrize(("typed", "kind", "entry"), TYPED, ids=[each[0] for each in TYPED])
def test_what_it_is_and_the_three_lines_to_write(typed: str, kind: str, entry: str) -> None:
    wrong = refused(typed)
    assert f"is {kind}, not a lab's name" in wrong.what or kind == "a file"
    assert "these three lines" in wrong.suggestion
    name = entry.split(":", maxsplit=1)[0].strip()
    assert wrong.lines == ("servers:", entry, f"server: {{lab: {name}}}")


def test_a_url_is_no_address() -> None:
    wrong = refused("https://example.org/")
    assert "is a URL, not a lab's name" in wrong.what
    assert wrong.suggestion == 'write an address, as "127.0.0.1:9000"'


@pytest.mark.parametrize("typed", ["nginx:1.25", "./server --port 9000", "127.0.0.1:9000", "../x"])
def test_the_lines_are_taken_as_they_are(tmp_path: Path, typed: str) -> None:
    """But for files, which are not there."""
    servers, entry, server = refused(typed).lines
    text = f"version: 1\n{servers}\n{entry}\nexperiments:\n  - {{id: a, title: t, {server}}}\n"
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "spec.yaml", labs=False).servers


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("../labs/epoll", "epoll"),
        ("./labs/poll/", "poll"),
        ("EPOLL_ET", "epoll_et"),
        ("Epoll", "epoll"),
    ],
)
def test_a_name_that_is_meant_is_said(typed: str, name: str) -> None:
    assert refused(typed).suggestion == f"such as {name}"


def test_no_control_character_of_it_reaches_the_message() -> None:
    wrong = refused("/tmp/\x1b[31m\n::error::x")
    said = (wrong.what, wrong.expected, wrong.suggestion, *wrong.lines)
    assert all(text.isprintable() for text in said)
