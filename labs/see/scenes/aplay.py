"""Two listeners and one thread: every frame at its own time."""

import array
import struct
import time
from collections.abc import Iterator

from stage import Client, Launch

EXERCISE = "`VOLUME p` (0 to 100) scales what this listener hears from the next frame on."
HEADER = struct.Struct(">2sBcIQI")  # CONTRACT.md
PERIOD = 0.02


def exactly(client: Client, size: int) -> bytes:
    received = b""
    while len(received) < size and (data := client.socket.recv(size - len(received))):
        received += data
    return received


def frame(client: Client) -> tuple[bytes, int, bytes]:
    """Receive one frame: its kind, its number and its payload."""
    _, _, kind, number, _, length = HEADER.unpack(exactly(client, HEADER.size))
    return kind, number, exactly(client, length)


def listen(client: Client, began: float) -> tuple[int, int, str]:
    """Play to the end: the number of audio frames, of those that came too early, the last text."""
    frames = early = 0
    text = ""
    while not text.startswith("END"):
        kind, number, payload = frame(client)
        if kind == b"A":
            frames += 1
            early += time.monotonic() < began + number * PERIOD
        else:
            text = payload.decode().strip()
    return frames, early, text


def see(launch: Launch) -> None:
    with launch() as server:
        a, b = server.connect(2)
        began = time.monotonic()
        a.send("PLAY 1\n")
        b.send("PLAY 1\n")
        while frame(b)[:2] != (b"A", 9):
            pass
        b.send("PAUSE\n")
        while (answer := frame(b))[0] != b"T":
            pass
        print("B listens to 10 frames and sends PAUSE:", answer[2].decode().split(" position")[0])
        frames, early, text = listen(a, began)
        print(f"A meanwhile: {frames} frames, {early} of them before their time")
        print(f"A's last text: {text}")
        b.send("STATUS\n")
        print("B has received since:", "audio" if frame(b)[0] == b"A" else "no frame")
        print("threads:", server.threads())


def loudest(client: Client) -> int:
    """The greatest sample that a listener hears."""
    received = b""
    while data := client.socket.recv(65536):
        received += data
    return max(array.array("h", received[-16000:]))  # a second, behind the answers


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        a, b, c = server.connect(3)
        c.send("VOLUME 101\n")
        yield "VOLUME 101 is answered with ERR", frame(c)[2].startswith(b"ERR")
        c.send("VOLUME 40\n")
        yield "VOLUME 40 is answered with OK", frame(c)[2].startswith(b"OK")
        a.send("PLAY 1 RAW\n")
        b.send("VOLUME 0\nPLAY 1 RAW\n")
        c.send("PLAY 1 RAW\n")
        yield "without VOLUME the loudest sample is 10000", loudest(a) == 10000
        yield "with VOLUME 40 it is 4000", loudest(c) == 4000
        yield "with VOLUME 0 there is silence", loudest(b) == 0
