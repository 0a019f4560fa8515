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
    assert "folders under labs/" in wrong.expected
    assert instead in wrong.suggestion


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
    assert all(text.isprintable() for text in (wrong.what, wrong.expected, wrong.suggestion))
