"""track.py: the audio to play: 16-bit samples, one channel, 8000 per second; a tone or a file."""

import math
import sys
import wave
from array import array
from dataclasses import dataclass
from itertools import pairwise

RATE = 8000  # samples per second
FRAME = RATE // 50  # samples in a frame


@dataclass(frozen=True, slots=True)
class Track:
    pcm: bytes  # 16-bit, little-endian
    length: int | None  # in samples; None: endless

    def cut(self, position: int, count: int) -> bytes:
        """Cut `count` samples (at most one frame) at this position."""
        start = position % RATE if self.length is None else position
        return self.pcm[2 * start : 2 * (start + count)]


def little_endian(samples: "array[int]") -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def tone() -> Track:
    """440 whole waves fill a second, so the end of the table joins its beginning. The first
    frame stands after the end again, so that a frame across the joint can be cut in one piece.
    """
    table = [round(10000 * math.sin(2 * math.pi * 440 * i / RATE)) for i in range(RATE)]
    return Track(little_endian(array("h", table + table[:FRAME])), None)


def read_wav(path: str) -> Track:
    """Read a WAV file. Several channels become their mean; another rate becomes the mean over
    the time of each new sample.
    """
    with wave.open(path) as file:
        channels, rate = file.getnchannels(), file.getframerate()
        if file.getsampwidth() != 2 or rate < 1:
            raise wave.Error(f"{8 * file.getsampwidth()} bits a sample: expected 16")
        samples = array("h", file.readframes(file.getnframes()))
    if channels > 1:
        frames = zip(*(samples[channel::channels] for channel in range(channels)), strict=True)
        samples = array("h", (sum(values) // channels for values in frames))
    if rate != RATE:
        bounds = [i * rate // RATE for i in range(len(samples) * RATE // rate + 1)]
        pieces = (samples[i : max(i + 1, j)] for i, j in pairwise(bounds))
        samples = array("h", (sum(piece) // len(piece) for piece in pieces))
    return Track(little_endian(samples), len(samples))


def load(path: str | None) -> Track:
    """Load the file that AUDIO names, or the tone. A file that cannot be played is a user
    error: exit 2.
    """
    if path is None:
        return tone()
    try:
        return read_wav(path)
    except (OSError, EOFError, wave.Error) as error:
        why = getattr(error, "strerror", None) or str(error) or "no WAV file"
        print(f"AUDIO={path}: {why}", file=sys.stderr)
        sys.exit(2)
