"""Arbitrary bytes for programs that should have kept a contract, and what no outcome may hold."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from hypothesis import strategies as st

from runner.engine.lines import LineReader
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome

_PIECES = (
    b"READY ",
    b"READY",
    b"REFUSED ",
    b"MISSING ",
    b"HAS ",
    b"port=",
    b"9000",
    b"limit=",
    b"fd=",
    b"what=",
    b"io_uring",
    b"EMFILE",
    b"FD_SETSIZE",
    b"1024",
    b"4096",
    b"model=x",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b'"',
    b"=",
    b"\0",
    b"\x1b[2J",
    b"\x1b]0;title\x07",
    b"\x9b31m",
    b"\xc2\x9b1m",
    b"\xff",
    b"\xc2\xb2",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\xf3\xa0\x81\x81",
    b"9" * 5000,
    b"-1",
    b"::error::",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"sample"',
    b'"event"',
    b'"connected"',
    b'"result"',
    b'"progress"',
    b":",
    b",",
    b"NaN",
    b"1e999",
    b"-0",
    b"null",
    b"true",
    b'"\\u001b[31m"',
    b'"\\ud800"',
    b"[" * 3000,
    b"x" * 70_000,
    b'{"a":1}\n',
    b'{"sample":"a"}\n',
    b'{"event":"measuring"}\n',
    b"READY port=9000 model=x\n",
    b"REFUSED limit=EMFILE fd=4096\n",
    b"MISSING what=uvloop\n",
)
NOISE = st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=40)), max_size=14).map(
    b"".join
)
READY_NOISE = NOISE.map(lambda noise: b"READY port=9000 model=x\n" + noise)
SPOKEN = st.one_of(NOISE, READY_NOISE)


def lines_of(data: bytes) -> list[str]:
    """As an engine hands them out."""
    reader = LineReader()
    reader.feed(data)
    reader.close()
    found = []
    while (line := reader.read_line(0)) is not None:
        found.append(line)
    return found


def assert_safe(found: Outcome) -> None:
    """It can be written, read back and shown: no control characters, no NaN, of bounded length."""
    text = json.dumps(to_json(found), allow_nan=False, ensure_ascii=False)
    text.encode("utf-8")
    assert from_json(json.loads(text)).status is found.status
    assert len(found.reason) <= 4_000
    for each in _strings(to_json(found)):
        bad = [c for c in each if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
        assert not bad, (bad, each[:200])
        assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068") & set(each)
    assert "\n" not in found.reason
    assert "Traceback" not in found.reason


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in _strings(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _strings(each)]
    return []
