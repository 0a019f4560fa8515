"""The signals that a read of a signalfd returned, from the bytes as the tracer writes them. Pure.

The tracer writes no more than 64 bytes of a buffer. A signal has 128 (struct signalfd_siginfo of
signalfd(2)): the descriptor of the first one is among them.
"""

from __future__ import annotations

import re

from runner.trace.model import Call

SIZE, _CODE, _FD = 128, 8, 20
_POLLED = range(1, 7)
"""POLL_IN to POLL_HUP: only the kernel sends such a signal, about a descriptor."""
_ESCAPE = re.compile(r'\\(?:x([0-9a-f]{2})|([0-7]{1,3})|(.))|([^"\\])')
_LETTERS = {"n": 10, "t": 9, "r": 13, "v": 11, "f": 12}


def reads_signals(call: Call) -> bool:
    return call.name == "read" and (call.value or 0) >= SIZE


def several(call: Call) -> bool:
    return (call.value or 0) > SIZE


def descriptor_of(call: Call) -> int:
    """The descriptor that the first signal is about; -1 where it names none, or its bytes are not
    shown."""
    shown = _bytes(call.args[1]) if len(call.args) > 1 else b""
    if len(shown) < _FD + 4 or _number(shown, _CODE) not in _POLLED:
        return -1
    return _number(shown, _FD)


def _number(shown: bytes, at: int) -> int:
    return int.from_bytes(shown[at : at + 4], "little", signed=True)


def _bytes(text: str) -> bytes:
    """A string of the tracer as bytes; empty for anything else."""
    if not text.startswith('"'):
        return b""
    found = bytearray()
    for match in _ESCAPE.finditer(text[1 : text.rfind('"')]):
        by_hex, octal, letter, plain = match.groups()
        if by_hex:
            found.append(int(by_hex, 16))
        elif octal:
            found.append(int(octal, 8) & 0xFF)
        else:
            found.append(_LETTERS.get(letter, ord(letter)) if letter else ord(plain) & 0xFF)
    return bytes(found)
