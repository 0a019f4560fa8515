"""One hash of several files or words. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping


def digest(parts: Iterable[bytes]) -> str:
    """A SHA-256. Each part counts with its length: different lists have different hashes."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def in_order(files: Mapping[str, bytes]) -> list[bytes]:
    """Each name and its content, in the order of the names."""
    return [part for name in sorted(files) for part in (name.encode(), files[name])]
