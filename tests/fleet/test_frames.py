"""frames.c and tone.c, loaded into this process: whatever the cuts, whatever the bytes."""

from __future__ import annotations

import ctypes
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import players
from .driving import compiled

WHOLE, PART, BAD = range(3)


class Frame(ctypes.Structure):
    """struct frame."""

    _fields_ = [
        ("payload", ctypes.POINTER(ctypes.c_uint8)),
        ("position", ctypes.c_uint64),
        ("number", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
        ("kind", ctypes.c_uint8),
    ]


class Parser(ctypes.Structure):
    """struct parser."""

    _fields_ = [("have", ctypes.c_uint16), ("bytes", ctypes.c_uint8 * 340)]


Found = tuple[bytes, int, int, bytes]


class Library:
    """The parser, and the tone."""

    def __init__(self, folder: Path) -> None:
        flags = ["-O1", "-shared", "-fPIC"]
        frames = compiled(folder / "frames.so", *flags, sources="frames.c")
        tone = compiled(folder / "tone.so", *flags, sources="tone.c")
        self.frames, self.tone = ctypes.CDLL(str(frames)), ctypes.CDLL(str(tone))
        self.tone.tone_wrong.argtypes = [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_uint32]
        self.tone.tone_create()

    def parse(self, pieces: list[bytes]) -> tuple[list[Found], int]:
        """The frames in the pieces, and how it ended."""
        parser, frame = Parser(), Frame()
        found: list[Found] = []
        for piece in pieces:
            held = ctypes.create_string_buffer(piece, len(piece))
            at = ctypes.cast(held, ctypes.POINTER(ctypes.c_uint8))
            left = ctypes.c_size_t(len(piece))
            while left.value:
                end: int = self.frames.frame_next(
                    ctypes.byref(parser), ctypes.byref(at), ctypes.byref(left), ctypes.byref(frame)
                )
                assert parser.have < 340
                if end == BAD:
                    return found, BAD
                if end == WHOLE:
                    payload = ctypes.string_at(frame.payload, frame.length)
                    found.append((bytes([frame.kind]), frame.number, frame.position, payload))
        return found, PART


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(tmp_path_factory.mktemp("frames"))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(bounds)]


NUMBERS = st.tuples(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 64) - 1))
AUDIO = st.builds(lambda n, data: (b"A", *n, data), NUMBERS, st.binary(min_size=320, max_size=320))
TEXTS = st.builds(lambda n, data: (b"T", *n, data), NUMBERS, st.binary(min_size=1, max_size=320))
PLACES = st.lists(st.integers(0, 10000), max_size=30)


def packed(frames: list[Found]) -> bytes:
    return b"".join(
        players.HEADER.pack(b"AP", 1, kind, number, position, len(data)) + data
        for kind, number, position, data in frames
    )


@settings(deadline=None)
@given(frames=st.lists(st.one_of(AUDIO, TEXTS), max_size=8), places=PLACES)
def test_frames_survive_every_cut(library: Library, frames: list[Found], places: list[int]) -> None:
    assert library.parse(cut(packed(frames), places)) == (frames, PART)


@settings(deadline=None)
@given(
    frames=st.lists(st.one_of(AUDIO, TEXTS), max_size=4),
    places=PLACES,
    at=st.integers(0, 10000),
    junk=st.binary(max_size=400),
)
def test_the_same_bytes_end_the_same_way(
    library: Library, frames: list[Found], places: list[int], at: int, junk: bytes
) -> None:
    """Cut or in one piece: the frames before the first wrong byte, and the same verdict."""
    data = packed(frames)
    data = data[: at % (len(data) + 1)] + junk + data
    assert library.parse(cut(data, places)) == library.parse([data])


@settings(deadline=None)
@given(position=st.integers(0, 1 << 40), spots=st.sets(st.integers(0, 319)))
def test_wrong_samples_are_counted(library: Library, position: int, spots: set[int]) -> None:
    data = bytearray(players.samples(position))
    for spot in spots:
        data[spot] ^= 0x10
    wrong = library.tone.tone_wrong(position, bytes(data), 160)
    assert wrong == len({spot // 2 for spot in spots})
