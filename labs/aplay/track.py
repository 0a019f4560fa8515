"""track.py: what is played: 16-bit samples, one channel, 8000 a second; a tone or a WAV file."""

import math
import sys
import wave
from array import array
from dataclasses import dataclass
from itertools import pairwise

RATE = 8000  # samples a second
FRAME = RATE // 50  # samples in a frame


@dataclass(frozen=True, slots=True)
class Track:
    pcm: bytes  # 16-bit, little-endian
    length: int | None  # in samples; None: it has no end

    def cut(self, position: int, count: int) -> bytes:
        """So many samples (a frame at most) from here."""
        start = position % RATE if self.length is None else position
        return self.pcm[2 * start : 2 * (start + count)]


def little_endian(samples: "array[int]") -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def tone() -> Track:
    """440 whole waves fill a second, so the end of its table joins the beginning. A frame that
    crosses the joint is cut from one piece, because the first frame stands behind it again.
    """
    table = [round(10000 * math.sin(2 * math.pi * 440 * i / RATE)) for i in range(RATE)]
    return Track(little_endian(array("h", table + table[:FRAME])), None)


def read_wav(path: str) -> Track:
    """Of several channels the mean; of another rate the mean over each new sample's time."""
    with wave.open(path) as file:
        channels, rate = file.getnchannels(), file.getframerate()
        if file.getsampwidth() != 2 or rate < 1:
            raise wave.Error(f"{8 * file.getsampwidth()} bits a sample: expected 16")
        samples = array("h", file.readframes(file.getnframes()))
    if channels > 1:
        together = zip(*(samples[channel::channels] for channel in range(channels)), strict=True)
        samples = array("h", (sum(values) // channels for values in together))
    if rate != RATE:
        bounds = [i * rate // RATE for i in range(len(samples) * RATE // rate + 1)]
        pieces = (samples[i : max(i + 1, j)] for i, j in pairwise(bounds))
        samples = array("h", (sum(piece) // len(piece) for piece in pieces))
    return Track(little_endian(samples), len(samples))


def load(path: str | None) -> Track:
    """What AUDIO names, or the tone. A file that cannot be played is the user's mistake: exit 2."""
    if path is None:
        return tone()
    try:
        return read_wav(path)
    except (OSError, EOFError, wave.Error) as error:
        why = getattr(error, "strerror", None) or str(error) or "no WAV file"
        print(f"AUDIO={path}: {why}", file=sys.stderr)
        sys.exit(2)
