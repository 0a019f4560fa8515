"""Files that were compiled before they were handed in: by their first bytes, whatever their names.
Pure."""

from __future__ import annotations

_BEGINS = {
    b"\x7fELF": "a compiled program",
    b"!<arch>\n": "a compiled library",
    b"!<thin>\n": "a compiled library",
    b"\xfe\xed\xfa\xce": "a compiled program",  # Mach-O, in both sizes and both orders of bytes
    b"\xfe\xed\xfa\xcf": "a compiled program",
    b"\xce\xfa\xed\xfe": "a compiled program",
    b"\xcf\xfa\xed\xfe": "a compiled program",
    b"\xca\xfe\xba\xbe": "compiled Java",  # or Mach-O for several systems
    b"\0asm": "compiled WebAssembly",
    b"BC\xc0\xde": "a compiled program",  # LLVM
}


def compiled(content: bytes) -> str:
    """What the file is, such as `a compiled program`; empty where it was not compiled."""
    if content.startswith(b"MZ"):  # a program for Windows; but a text may begin with these letters
        return "a compiled program" if b"\0" in content[:64] else ""
    return next((what for begin, what in _BEGINS.items() if content.startswith(begin)), "")
