"""What enters from outside is bounded, cleaned and typed, whatever its bytes are."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.untrusted import (
    DEPTH_MAX,
    Line,
    UntrustedError,
    clean,
    clean_lines,
    parsed,
    parsed_object,
    read_bytes,
    whole,
)


def is_safe(text: str) -> bool:
    """Printable but for newline, and it can be written as UTF-8."""
    text.encode()
    return all(char.isprintable() or char == "\n" for char in text)


def test_a_space_stays_one_and_what_is_no_character_goes() -> None:
    assert (
        clean("\u4e2d\u3000\u6587\tand\u00a0more\U00053693\u202e\x1b") == "\u4e2d \u6587 and more"
    )
    assert clean_lines("one\u2028\ntwo\r\n") == "one\ntwo\n"


@given(st.one_of(st.binary(), st.text(st.characters())))
def test_cleaned_text_shows_nothing_but_text(text: bytes | str) -> None:
    assert is_safe(clean(text))


@given(st.one_of(st.binary(), st.text(st.characters()), st.from_regex(r"[\[\]{}:,\"0-9eE\\u.-]*")))
def test_json_is_refused_or_safe(text: bytes | str) -> None:
    refused = ""
    value = None
    try:
        value = parsed(text)
    except UntrustedError as error:
        refused = str(error)
    assert is_safe(refused)
    assert is_safe(json.dumps(value, ensure_ascii=False, allow_nan=False))


@given(st.recursive(st.text(st.characters()) | st.floats() | st.integers(), st.lists, max_leaves=9))
def test_json_of_any_values_is_refused_or_safe(value: Any) -> None:
    try:
        found = parsed(json.dumps(value))
    except UntrustedError:
        return
    assert is_safe(json.dumps(found, ensure_ascii=False, allow_nan=False))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * (DEPTH_MAX + 2) + "]" * (DEPTH_MAX + 2),
        "NaN",
        '{"a": Infinity}',
        "1e999",
        "9" * 5000,
        '"\\ud800',
        b"\xff\xfe",
        "",
    ],
)
def test_json_that_no_reader_should_follow(text: bytes | str) -> None:
    with pytest.raises(UntrustedError):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    ['{"rate": 1, "rate": 2}', '[{"a": {"b": 1, "\\u0062": 1}}]', '{"rate": 1, "ra\u200bte": 2}'],
    ids=["the same", "escaped", "the same once it is cleaned"],
)
def test_of_two_members_of_one_name_none_is_chosen(text: str) -> None:
    """Which one counts differs between readers: what was checked may not be what is used."""
    with pytest.raises(UntrustedError, match=r"two members of the name '(rate|b)'"):
        parsed(text)


def test_an_escape_hidden_in_json_is_cleaned_after_decoding() -> None:
    assert parsed_object('{"a\\u001b[2J": "x\\u001b]0;t\\u0007\\ud800y"}') == {"a[2J": "x]0;ty"}


@pytest.mark.parametrize(
    "text", ["²", "٣", "-1", "+1", "1_0", "", " 1", "0x1", "1.0", "9" * 5000, "65536"]
)
def test_what_is_no_port_is_no_number(text: str) -> None:
    assert whole(text, 1, 65535) is None


def test_a_number_within_its_bounds() -> None:
    assert [whole(text, 1, 9000) for text in ("1", "0001", "9000", "0")] == [1, 1, 9000, None]


@given(st.text(st.characters()))
def test_any_line_has_words(text: str) -> None:
    line = Line.of(text)
    assert len(line.word) <= 200
    assert all(len(value) <= 200 for value in line.fields.values())


def test_the_words_of_a_line() -> None:
    line = Line.of('MISSING what=io_uring remedy="a kernel, 5.1 or later" what=b =c d')
    assert line.word == "MISSING"
    assert line.fields == {"what": "io_uring", "remedy": "a kernel, 5.1 or later"}


def test_only_regular_files_of_a_bounded_size_are_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"12345")
    assert read_bytes(plain, 5) == b"12345"
    (tmp_path / "link").symlink_to(plain)
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "link", tmp_path / "fifo", tmp_path, Path("/dev/zero")):
        with pytest.raises(UntrustedError):
            read_bytes(path, 5)
    with pytest.raises(UntrustedError):
        read_bytes(plain, 4)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "none")


def test_a_float_is_a_float() -> None:
    assert math.isclose(parsed("[0.5]")[0], 0.5)
