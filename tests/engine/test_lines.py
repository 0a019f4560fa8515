"""Bounded lines from streams that nobody trusts."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.engine.box import SilenceError
from runner.engine.lines import (
    CUT,
    LINE_MAX,
    TAIL_MAX,
    UNREAD_BYTES_MAX,
    UNREAD_MAX,
    LineReader,
    Tail,
    pump,
)
from runner.untrusted import clean
from tests.examples import examples


def everything(reader: LineReader) -> list[str]:
    """What is left of a closed reader."""
    lines = []
    while (line := reader.read_line(0)) is not None:
        lines.append(line)
    return lines


def test_lines_in_order_and_the_last_without_its_newline() -> None:
    reader = LineReader()
    reader.feed(b"one\n\nthree\nfo")
    reader.feed(b"ur")
    reader.close()
    assert everything(reader) == ["one", "", "three", "four"]
    assert reader.read_line(0) is None


@settings(deadline=None, max_examples=examples(30))
@given(st.text(), st.lists(st.integers(0, 40)))
def test_where_the_bytes_are_cut_does_not_matter(text: str, cuts: list[int]) -> None:
    data = text.encode()
    whole, pieces = LineReader(), LineReader()
    whole.feed(data)
    for cut in cuts:
        pieces.feed(data[:cut])
        data = data[cut:]
    pieces.feed(data)
    whole.close()
    pieces.close()
    assert everything(whole) == everything(pieces)


def test_silence_is_an_error_with_the_time_in_it() -> None:
    reader = LineReader()
    reader.feed(b"half a li")
    with pytest.raises(SilenceError, match=r"no line within 0\.01 s"):
        reader.read_line(0.01)
    reader.feed(b"ne\n")
    assert reader.read_line(0) == "half a line"


def test_a_waiting_reader_is_woken() -> None:
    reader = LineReader()
    found: list[str | None] = []
    waiting = threading.Thread(target=lambda: found.append(reader.read_line(60)))
    waiting.start()
    reader.feed(b"here\n")
    waiting.join(60)
    assert found == ["here"]


def test_a_waiting_reader_hears_of_the_end() -> None:
    reader = LineReader()
    found: list[str | None] = []
    waiting = threading.Thread(target=lambda: found.append(reader.read_line(60)))
    waiting.start()
    reader.close()
    waiting.join(60)
    assert found == [None]


def test_a_long_line_is_cut_and_marked_and_the_next_is_whole() -> None:
    reader = LineReader()
    for _ in range(40):
        reader.feed(b"x" * 100_000)
    reader.feed(b"\nnext\n")
    line = reader.read_line(0)
    assert line is not None
    assert len(line) == LINE_MAX
    assert line.endswith(f"x{CUT}")
    assert reader.read_line(0) == "next"


def test_what_nobody_reads_is_bounded_and_counted() -> None:
    reader = LineReader()
    for number in range(UNREAD_MAX + 10):
        reader.feed(b"%d\n" % number)
    assert reader.dropped == 10
    assert reader.read_line(0) == "0"
    reader.feed(b"room again\n")
    reader.close()
    rest = everything(reader)
    assert rest[-2:] == [str(UNREAD_MAX - 1), "room again"]


def test_long_lines_that_nobody_reads_are_bounded_too() -> None:
    reader = LineReader()
    for _ in range(20):
        reader.feed(b"x" * LINE_MAX + b"\n")
    reader.close()
    assert sum(map(len, everything(reader))) <= UNREAD_BYTES_MAX
    assert reader.dropped >= 12


@pytest.mark.parametrize(
    ("given_bytes", "expected"),
    [
        (b"\x1b[31mred\x1b[0m\r", "[31mred[0m"),
        (b"a\tb\x00c\x7f", "a bc"),
        (b"\xff caf\xc3\xa9", "\N{REPLACEMENT CHARACTER} café"),
        ("\u202eevil\u2028line \u9019".encode(), "evilline \u9019"),
        (b"\xc2\x9b2J", "2J"),
    ],
)
def test_control_characters_are_stripped(given_bytes: bytes, expected: str) -> None:
    assert clean(given_bytes) == expected


def test_the_tail_keeps_the_end_with_its_newlines() -> None:
    tail = Tail()
    for number in range(10_000):
        tail.feed(b"line %d\x1b\n" % number)
    assert tail.text().endswith("line 9998\nline 9999\n")
    assert len(tail.text()) <= TAIL_MAX
    tail.feed(b"y" * 10 * TAIL_MAX)
    assert tail.text() == "y" * TAIL_MAX


def test_the_tail_can_wait_for_the_end() -> None:
    tail = Tail()
    read, write = os.pipe()
    pump(read, tail)
    os.write(write, b"last words")
    os.close(write)
    assert tail.text(60) == "last words"


def test_a_pump_reads_a_pipe_to_its_end_and_closes_it() -> None:
    reader = LineReader()
    read, write = os.pipe()
    thread = pump(read, reader)
    os.write(write, b"one\ntwo")
    assert reader.read_line(60) == "one"
    os.close(write)
    assert reader.read_line(60) == "two"
    assert reader.read_line(60) is None
    thread.join(60)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(read)
