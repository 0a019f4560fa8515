"""hdr.c and encode.c, count by count, against the hdrhistogram package."""

from __future__ import annotations

import base64
import ctypes
import zlib
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples

from .driving import compiled

LOWEST, HIGHEST, DIGITS = 1000, 3_600_000_000_000, 3
COUNTS = 24 << 10
PERCENTILES = [0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0]

# Values of all magnitudes: an ordinary integer strategy would hardly leave the last bucket.
NEAR_POWERS = st.builds(
    lambda bits, offset: max(0, min((1 << bits) + offset, HIGHEST)),
    st.integers(0, 41),
    st.integers(-2, 2000),
)
VALUES = st.lists(st.one_of(st.integers(0, HIGHEST), NEAR_POWERS), max_size=200)


class Histogram(ctypes.Structure):
    """struct hdr."""

    _fields_ = [
        ("total", ctypes.c_uint64),
        ("clamped", ctypes.c_uint64),
        ("counts", ctypes.c_uint64 * COUNTS),
    ]


class Library:
    """hdr.c and encode.c, loaded into this process."""

    def __init__(self, path: Path) -> None:
        self.c = ctypes.CDLL(str(path))
        self.c.hdr_record.argtypes = [ctypes.POINTER(Histogram), ctypes.c_uint64]
        self.c.hdr_record.restype = None
        self.c.hdr_index.argtypes = [ctypes.c_uint64]
        self.c.hdr_index.restype = ctypes.c_uint32
        for name in ["hdr_lowest_at", "hdr_highest_at"]:
            function = getattr(self.c, name)  # self.c[name] would be another one each time
            function.argtypes = [ctypes.c_uint32]
            function.restype = ctypes.c_uint64
        self.c.hdr_percentile.argtypes = [ctypes.POINTER(Histogram), ctypes.c_double]
        self.c.hdr_percentile.restype = ctypes.c_uint64
        self.c.hdr_encode.argtypes = [ctypes.POINTER(Histogram)]
        self.c.hdr_encode.restype = ctypes.c_void_p
        self.libc = ctypes.CDLL(None)
        self.libc.free.argtypes = [ctypes.c_void_p]

    def recorded(self, values: list[int]) -> Histogram:
        histogram = Histogram()
        for value in values:
            self.c.hdr_record(ctypes.byref(histogram), value)
        return histogram

    def percentile(self, histogram: Histogram, percentile: float) -> int:
        return int(self.c.hdr_percentile(ctypes.byref(histogram), percentile))

    def encoded(self, histogram: Histogram) -> bytes:
        text = self.c.hdr_encode(ctypes.byref(histogram))
        try:
            return ctypes.string_at(text)
        finally:
            self.libc.free(text)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    target = tmp_path_factory.mktemp("hdr") / "hdr.so"
    return Library(compiled(target, "-O2", "-shared", "-fPIC", sources="[he][dn]*.c"))


def reference(values: list[int]) -> HdrHistogram:
    histogram = HdrHistogram(LOWEST, HIGHEST, DIGITS)
    for value in values:
        assert histogram.record_value(value)
    return histogram


def payload(encoded: bytes) -> bytes:
    """The V2 payload inside the compressed envelope."""
    return zlib.decompress(base64.b64decode(encoded)[8:])


def test_the_layout_is_the_standard_one(library: Library) -> None:
    standard = HdrHistogram(LOWEST, HIGHEST, DIGITS)
    assert standard.counts_len == COUNTS
    for index in range(COUNTS):
        low = standard.get_value_from_index(index)
        high = standard.get_highest_equivalent_value(low)
        assert library.c.hdr_lowest_at(index) == low
        assert library.c.hdr_highest_at(index) == high
        assert library.c.hdr_index(low) == index
        assert library.c.hdr_index(high) == index


@settings(deadline=None, max_examples=examples(100))
@given(values=VALUES)
def test_every_count_is_equal(library: Library, values: list[int]) -> None:
    mine, standard = library.recorded(values), reference(values)
    assert bytes(mine.counts) == bytes(standard.counts)
    assert mine.total == standard.get_total_count() == len(values)
    assert mine.clamped == 0


@settings(deadline=None, max_examples=examples(30))
@given(values=VALUES)
def test_every_percentile_is_equal(library: Library, values: list[int]) -> None:
    mine, standard = library.recorded(values), reference(values)
    for percentile in PERCENTILES:
        expected = standard.get_value_at_percentile(percentile)
        assert library.percentile(mine, percentile) == expected


@settings(deadline=None, max_examples=examples(100))
@given(values=VALUES)
def test_the_encoding_is_the_standard_one(library: Library, values: list[int]) -> None:
    mine, standard = library.recorded(values), reference(values)
    encoded = library.encoded(mine)
    # Beyond the header the bytes may differ: for a single zero the package writes "a run of
    # one" where the Java original, and we, write a zero. Both decode to the same counts.
    assert payload(encoded)[8:40] == payload(standard.encode())[8:40]
    decoded = HdrHistogram.decode(encoded)
    assert bytes(decoded.counts) == bytes(mine.counts)
    assert decoded.get_total_count() == len(values)


@settings(deadline=None, max_examples=examples(30))
@given(first=VALUES, second=VALUES)
def test_merging_is_adding(library: Library, first: list[int], second: list[int]) -> None:
    merged = HdrHistogram.decode(library.encoded(library.recorded(first)))
    merged.decode_and_add(library.encoded(library.recorded(second)))
    assert bytes(merged.counts) == bytes(library.recorded(first + second).counts)


@settings(deadline=None, max_examples=examples(100))
@given(counts=st.dictionaries(st.integers(0, COUNTS - 1), st.integers(0, 1 << 55), max_size=50))
def test_counts_of_any_size_survive(library: Library, counts: dict[int, int]) -> None:
    histogram = Histogram()
    for index, count in counts.items():
        histogram.counts[index] = count
    decoded = HdrHistogram.decode(library.encoded(histogram))
    assert bytes(decoded.counts) == bytes(histogram.counts)


def test_an_encoding_of_several_blocks(library: Library) -> None:
    """A stored deflate block holds 65,535 bytes; a full histogram needs more."""
    histogram = Histogram()
    for index in range(COUNTS):
        histogram.counts[index] = (1 << 40) + index
    encoded = library.encoded(histogram)
    assert len(payload(encoded)) > 65535 * 2
    assert bytes(HdrHistogram.decode(encoded).counts) == bytes(histogram.counts)


def test_values_beyond_the_range_are_clamped_and_said(library: Library) -> None:
    mine = library.recorded([HIGHEST, HIGHEST + 1, (1 << 64) - 1])
    assert mine.clamped == 2
    assert mine.total == 3
    assert mine.counts[library.c.hdr_index(HIGHEST)] == 3
