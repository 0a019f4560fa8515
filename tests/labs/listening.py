"""A listener of aplay: its commands, the frames that it gets, and checks against CONTRACT.md."""

import math
import re
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .capabilities import Variant
from .servers import DEADLINE, Server

APLAY = Variant("aplay", "python")
HEADER = struct.Struct(">2sBcIQI")
RATE, FRAME, PERIOD = 8000, 160, 0.020
TABLE = [math.floor(10000 * math.sin(2 * math.pi * 440 * j / RATE) + 0.5) for j in range(RATE)]


def tone(position: int, count: int) -> bytes:
    samples = [TABLE[i % RATE] for i in range(position, position + count)]
    return struct.pack(f"<{count}h", *samples)


@dataclass(frozen=True, slots=True)
class Frame:
    kind: str
    number: int
    position: int
    payload: bytes
    at: float

    def text(self) -> str:
        return self.payload.decode()


def words(answer: str) -> dict[str, str]:
    """The values after OK or END."""
    return dict(re.findall(r"(\w+)=(\w+)", answer))


@dataclass(slots=True)
class Listener:
    """One connection. `frames` holds all received frames in order."""

    client: socket.socket
    unread: bytes = b""
    frames: list[Frame] = field(default_factory=list)
    ended: bool = False

    def send(self, *lines: str) -> None:
        self.client.sendall("".join(line + "\n" for line in lines).encode("latin-1"))

    def receive(self) -> None:
        """Receive the available bytes; waits for the first byte."""
        try:
            data = self.client.recv(65536)
        except ConnectionResetError:
            data = b""
        now = time.monotonic()
        self.ended = not data
        self.unread += data
        while len(self.unread) >= HEADER.size:
            magic, version, kind, number, position, length = HEADER.unpack_from(self.unread)
            assert (magic, version) == (b"AP", 1)
            end = HEADER.size + length
            if len(self.unread) < end:
                break
            payload, self.unread = self.unread[HEADER.size : end], self.unread[end:]
            self.frames.append(Frame(kind.decode(), number, position, payload, now))

    def audio(self) -> list[Frame]:
        return [frame for frame in self.frames if frame.kind == "A"]

    def texts(self) -> list[str]:
        return [frame.text() for frame in self.frames if frame.kind == "T"]

    def wait_for_audio(self, count: int) -> list[Frame]:
        listen([self], lambda each: len(each.audio()) >= count)
        return self.audio()

    def wait_for_texts(self, count: int) -> list[str]:
        listen([self], lambda each: len(each.texts()) >= count)
        return self.texts()

    def ask(self, line: str) -> str:
        """Send a command and return the answer."""
        count = len(self.texts())
        self.send(line)
        return self.wait_for_texts(count + 1)[count]

    def has_end(self) -> bool:
        return any(text.startswith("END ") for text in self.texts())


def listen(listeners: Sequence[Listener], done: Callable[[Listener], bool]) -> None:
    """Let all listeners receive until each is done."""
    end = time.monotonic() + 3 * DEADLINE
    while waiting := [each for each in listeners if not done(each)]:
        assert time.monotonic() < end, f"{len(waiting)} of {len(listeners)} wait for ever"
        assert not any(each.ended for each in waiting), "closed too early"
        poller = select.poll()
        by_fd = {each.client.fileno(): each for each in waiting}
        for fd in by_fd:
            poller.register(fd, select.POLLIN)
        for fd, _ in poller.poll(1000):
            by_fd[fd].receive()


def assert_whole(received: Sequence[Frame], start: int, frames: int) -> None:
    """Check that every frame came, in order, with its samples."""
    assert [frame.number for frame in received] == list(range(frames))
    assert_right(received, start)


def assert_right(received: Sequence[Frame], start: int = 0) -> None:
    """Check order and content, gaps allowed: each frame has the samples of its number."""
    numbers = [frame.number for frame in received]
    assert numbers == sorted(set(numbers))
    for frame in received:
        assert frame.position == start + frame.number * FRAME
        assert frame.payload == tone(frame.position, FRAME)


def everything(server: Server, line: str) -> bytes:
    """Return the output of `printf line | nc`."""
    with server.connect() as client:
        client.sendall(line.encode() + b"\n")
        client.shutdown(socket.SHUT_WR)
        received = b""
        while data := client.recv(65536):
            received += data
    return received


def strength(samples: Sequence[int], frequency: float) -> float:
    """The amplitude of this frequency in the spectrum (Goertzel), as that of a sine wave."""
    factor = 2 * math.cos(2 * math.pi * frequency / RATE)
    one, two = 0.0, 0.0
    for sample in samples:
        one, two = sample + factor * one - two, one
    return 2 * math.sqrt(one * one + two * two - factor * one * two) / len(samples)


def assert_pitch(samples: Sequence[int], frequency: int = 440) -> None:
    near = range(frequency - 3, frequency + 4)
    spectrum = {f: strength(samples, f) for f in [*near, *range(20, 4000, 60)]}
    loudest = max(spectrum, key=spectrum.__getitem__)
    assert loudest == frequency
    assert max(spectrum[f] for f in spectrum if f not in near) < spectrum[loudest] / 50
