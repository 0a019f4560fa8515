"""What is typed in place of a lab's name is recognised, and the message says what can be done."""

from __future__ import annotations

import pytest

from runner.spec.problem import WrongError
from runner.spec.scalar import LabName

TRACE, DRIVE = "`runner trace ", "`runner fleet --connect "

TYPED = [
    ("/tmp/x/y", "a path", TRACE + "/tmp/x/y`"),
    ("./mine", "a path", TRACE + "./mine`"),
    ("~/servers/mine/", "a path", TRACE + "~/servers/mine/`"),
    ("a/b/c", "a path", TRACE),
    ("nginx:1.25", "an image", DRIVE + "HOST:PORT`"),
    ("ghcr.io/someone/server:latest", "an image", DRIVE),
    ("docker.io/library/nginx@sha256:abcd", "an image", DRIVE),
    ("python3 server.py", "a command", DRIVE),
    ("./server --port 9000", "a command", DRIVE),
    ("127.0.0.1:9000", "an address", DRIVE + "127.0.0.1:9000`"),
    ("localhost:8080", "an address", DRIVE + "localhost:8080`"),
    ("http://localhost:8080/x", "an address", DRIVE + "localhost:8080`"),
    ("https://example.org/", "a URL", DRIVE),
    ("server.c", "a file", TRACE),
]


def refused(typed: str) -> WrongError:
    with pytest.raises(WrongError) as caught:
        LabName().read(typed)
    return caught.value


@pytest.mark.parametrize(("typed", "kind", "instead"), TYPED, ids=[each[0] for each in TYPED])
def test_what_it_is_and_what_can_be_done_with_it(typed: str, kind: str, instead: str) -> None:
    wrong = refused(typed)
    assert f"is {kind}, not a lab's name" in wrong.what
    assert "`servers`" in wrong.expected
    assert instead in wrong.suggestion


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("../my_server/", ("  my_server: {folder: ../my_server/}", "server: {lab: my_server}")),
        ("~/a+b/1", ('  mine: {folder: "~/a+b/1"}', "server: {lab: mine}")),
        ("../epoll", ("  my-epoll: {folder: ../epoll}", "server: {lab: my-epoll}")),
        ("../echo/server.c", ("  echo: {folder: ../echo}", "server: {lab: echo}")),
        ("server.py", ("  mine: {folder: .}", "server: {lab: mine}")),
    ],
)
def test_a_path_gets_the_three_lines_to_write(typed: str, lines: tuple[str, str]) -> None:
    assert refused(typed).lines == ("servers:", *lines)


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
