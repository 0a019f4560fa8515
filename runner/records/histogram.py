"""Percentiles of the histograms that a record keeps, HdrHistogram's encoding. Pure.

A record may be anyone's. So the text is bounded, what it unpacks to is bounded, and the range that
it claims is held against the load generator's before a count is made room for.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Sequence

from hdrh.histogram import HdrHistogram

LOWEST_NS, HIGHEST_NS, DIGITS = 1_000, 3_600_000_000_000, 3
"""The range of the load generator's histograms (runner/native/fleet/hdr.h)."""
_TEXT_MAX, _PLAIN_MAX = 1 << 18, 1 << 18
_HEADER = struct.Struct(">IIIIqq")


def merged(encoded: Iterable[object]) -> HdrHistogram | None:
    """The counts of all of them together; None where one of them cannot be read, or none counted
    anything."""
    whole = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for text in encoded:
        if not isinstance(text, str) or not _sound(text):
            return None
        try:
            whole.add(HdrHistogram.decode(text))
        except Exception:  # noqa: BLE001 - whatever a stranger's text does to a foreign decoder
            return None
    return whole if whole.get_total_count() else None


def percentiles(histogram: HdrHistogram, shares: Sequence[float]) -> list[float]:
    """ns, for each share of the replies."""
    return [float(histogram.get_value_at_percentile(100 * share)) for share in shares]


def count(histogram: HdrHistogram) -> int:
    return int(histogram.get_total_count())


def _sound(text: str) -> bool:
    if len(text) > _TEXT_MAX:
        return False
    try:
        packed = base64.b64decode(text, validate=True)
        unpack = zlib.decompressobj()
        plain = unpack.decompress(packed[8:], _PLAIN_MAX)
        _, _, offset, digits, lowest, highest = _HEADER.unpack(plain[: _HEADER.size])
    except (ValueError, zlib.error, struct.error):
        return False
    whole = not unpack.unconsumed_tail
    return whole and (offset, digits, lowest, highest) == (0, DIGITS, LOWEST_NS, HIGHEST_NS)
