"""dist.c: what is read, and that draws have the mean and the bounds that were asked for."""

from __future__ import annotations

import ctypes
import random
from statistics import mean

import pytest

from .driving import compiled

SIZE, TIME = 1, 2
MIB = 1 << 20


class Dist(ctypes.Structure):
    """struct dist."""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("low", ctypes.c_uint64),
        ("high", ctypes.c_uint64),
        ("least", ctypes.c_uint64),
    ]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    target = tmp_path_factory.mktemp("dist") / "dist.so"
    compiled(target, "-O2", "-shared", "-fPIC", sources="[dq][iu][sa][tn]*.c")
    found = ctypes.CDLL(str(target))
    found.dist_parse.argtypes = [ctypes.c_char_p, ctypes.c_int, *[ctypes.c_uint64] * 2,
                                 ctypes.POINTER(Dist)]  # fmt: skip
    found.dist_parse.restype = ctypes.c_bool
    found.dist_draw.argtypes = [ctypes.POINTER(Dist), ctypes.c_uint64]
    found.dist_draw.restype = ctypes.c_uint64
    return found


def draws(library: ctypes.CDLL, text: str, count: int = 20_000) -> list[int]:
    dist = Dist()
    assert library.dist_parse(text.encode(), SIZE, 1, MIB, ctypes.byref(dist))
    words = random.Random(7)
    return [library.dist_draw(ctypes.byref(dist), words.getrandbits(64)) for _ in range(count)]


def test_a_constant_is_one(library: ctypes.CDLL) -> None:
    assert set(draws(library, "64B", 100)) == {64}


def test_a_uniform_draw_stays_inside_and_reaches_both_ends(library: ctypes.CDLL) -> None:
    found = draws(library, "uniform:10B..19B")
    assert set(found) == set(range(10, 20))
    assert mean(found) == pytest.approx(14.5, rel=0.02)


@pytest.mark.parametrize("word", [0, 2**64 - 1])
@pytest.mark.parametrize("text", ["uniform:10B..19B", "uniform:1B..1MiB", "exponential:1KiB"])
def test_no_draw_is_beyond_its_ends(library: ctypes.CDLL, text: str, word: int) -> None:
    """Of the largest word a share of exactly 1 would be one byte more than there is."""
    dist = Dist()
    assert library.dist_parse(text.encode(), SIZE, 1, MIB, ctypes.byref(dist))
    low = 1 if text.startswith("exponential") else dist.low
    assert low <= library.dist_draw(ctypes.byref(dist), word) <= dist.high


def test_an_exponential_draw_has_its_mean_and_is_cut_off(library: ctypes.CDLL) -> None:
    found = draws(library, "exponential:1KiB")
    assert mean(found) == pytest.approx(1024, rel=0.05)
    assert min(found) >= 1
    assert max(draws(library, "exponential:1MiB")) == MIB


@pytest.mark.parametrize(
    "text",
    ["", "64", "uniform:", "uniform:5B", "uniform:9B..5B", "uniform:5B..5B", "uniform:5B..2MiB",
     "uniform:0B..5B", "exponential:", "exponential:5", "exponential:2MiB", "normal:5B", "5B..9B",
     "uniform:" + "1" * 99 + "B..5B"],
)  # fmt: skip
def test_what_cannot_be_read(library: ctypes.CDLL, text: str) -> None:
    assert not library.dist_parse(text.encode(), SIZE, 1, MIB, ctypes.byref(Dist()))
