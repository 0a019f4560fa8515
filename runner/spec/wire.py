"""Exact bytes in a spec: text in quotes, with escapes, or hexadecimal digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from runner.spec.notation import Notation
from runner.spec.problem import Key, NotTextError, WrongError, clipped, shown

Octets = bytes
"""For classes that have a field of the name `bytes`."""
ESCAPED_MOST = 120_000
"""Characters of one argument: the kernel passes 131,071 to a program."""
_KEYS = {("exchange", "send"), ("reply", "until"), ("reply", "exactly")}
_HIGH = re.compile(r"(\\\\)|\\x([89a-fA-F][0-9a-fA-F])")
_MEANT = re.compile(r"\\[rnt0x]")
_ODD_HALF = "surrogateescape"


def is_wire(key: Key) -> bool:
    r"""Whether the value of this key of a spec is bytes: there "\xff" is one byte."""
    return key[-2:] in _KEYS


def quoted(scalar: str) -> bytes:
    r"""The bytes of a scalar of YAML, `scalar` with its double quotes: `\xHH` is the byte HH, and
    every other character is in UTF-8. Raises WrongError."""
    # A half of a character stands for a byte, as in Python's file names: "\\udcff" for "\\xff".
    bytes_apart = _HIGH.sub(lambda m: m[1] or rf"\udc{m[2]}", scalar)
    try:
        return str(yaml.safe_load(bytes_apart)).encode("utf-8", _ODD_HALF)
    except UnicodeEncodeError:
        raise WrongError("half of a character", suggestion=r'type bytes as "\xff"') from None


def escaped(text: bytes) -> str:
    """As the load generator reads it: no control character has to pass a command line."""
    plain = (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in text)
    return "".join("\\\\" if each == "\\" else each for each in plain)


@dataclass(frozen=True, slots=True)
class Wire(Notation[bytes]):
    """Bytes that are sent or expected unchanged, control characters included."""

    noun: str
    longest: int

    def read(self, value: object) -> bytes:
        """Bytes that YAML gave in double quotes, text in any other quotes, or {hex: ...}."""
        content = self._bytes(value)
        if not 0 < len(content) <= self.longest:
            raise WrongError(f"{self.noun} has {len(content)} bytes", f"1 to {self.longest}")
        length = len(escaped(content))
        if length > ESCAPED_MOST:
            what = f"{self.noun} takes {length} characters on the load generator's command line"
            raise WrongError(what, f"at most {ESCAPED_MOST}", "type a shorter one")
        return content

    def _bytes(self, value: object) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, Mapping):
            return self._hex(value)
        if not isinstance(value, str):
            either = "type text in quotes, or {hex: 00ff}"
            raise NotTextError(f"{shown(value)} is not {self.noun}", either)
        if _MEANT.search(value):
            what = f"{self.noun} has a backslash escape outside of double quotes"
            instead = r'type it in "double quotes": \n is a newline, \xff a byte'
            raise WrongError(what, suggestion=rf"{instead}, \\n a backslash and n")
        return value.encode("utf-8", "replace")

    def _hex(self, value: Mapping[object, object]) -> bytes:
        digits = value.get("hex")
        if set(value) != {"hex"} or isinstance(digits, bool) or not isinstance(digits, str | int):
            what = f"{self.noun} is a mapping with another key than hex"
            raise WrongError(what, suggestion="type {hex: '00ff'}")
        try:
            return bytes.fromhex(str(digits))
        except ValueError:
            what = f"'{clipped(str(digits))}' is not bytes in hexadecimal digits"
            raise WrongError(
                what, suggestion="type two digits for each byte, as in {hex: '00 0a ff'}"
            ) from None

    def write(self, value: bytes) -> str | dict[str, str]:
        """For a YAML file: text where it is read back as the same bytes in any quotes, else hex."""
        text = value.decode("ascii", "replace")
        plain = all(" " <= char <= "~" or char in "\r\n\t" for char in text)
        return text if plain and "\\" not in text else {"hex": value.hex(" ")}

    def json_schema(self) -> dict[str, object]:
        digits = {"type": "string", "pattern": r"^\s*([0-9a-fA-F]{2}\s*)+$"}
        return {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": self.longest},
                {
                    "type": "object",
                    "properties": {"hex": digits},
                    "required": ["hex"],
                    "additionalProperties": False,
                },
            ]
        }
