"""player.py: one listener, its position in the track and the bytes not sent to it yet.

Each frame has its own time, counted from the first frame: the error of one frame does not add
to the next. CONTRACT.md describes the frames.
"""

import struct
from contextlib import suppress
from select import EPOLLOUT
from socket import SHUT_RDWR, SHUT_WR, SO_LINGER, SOL_SOCKET, socket
from time import monotonic

from loop import Task, sleep, until
from track import FRAME, RATE, Track

PERIOD = FRAME / RATE  # seconds between two frames
BURST = 50  # most frames sent at once when the server is late; earlier ones are skipped
PATIENCE = 5.0  # seconds without any byte taken before a listener is dropped
HEADER = struct.Struct(">2sBcIQI")  # magic, version, kind, number, position, bytes that follow


class Player:
    def __init__(self, client: socket, track: Track) -> None:
        self.client = client
        self.track = track
        self.position = 0  # of the next sample
        self.left = 0  # samples still to be played
        self.frames = 0  # sent or skipped
        self.skipped = 0
        self.texts = 0
        self.raw = False  # only samples, until the end of the connection
        self.unsent = b""  # never more than one frame and the answers to one recv
        self.taken = 0.0  # when bytes were last sent, or began to wait
        self.task: Task | None = None  # plays
        self.room: Task | None = None  # waits until the socket is writable

    # ---- Commands --------------------------------------------------------------------

    def is_playing(self) -> bool:
        return self.left > 0 and self.task is not None and not self.task.done

    def play(self, seconds: int, form: str) -> None:
        """Play `seconds` from the current position. A play in progress keeps its clock."""
        running = self.is_playing()
        self.left = seconds * RATE
        if self.track.length is not None:
            self.position %= self.track.length  # at the end of a file: from its beginning
            self.left = min(self.left, self.track.length - self.position)
        self.raw = self.raw or form != ""
        if form == "WAV":
            self.put(wav_header(2 * self.left))
        if not running:
            self.pause()
            self.task = Task(self.run())

    def pause(self) -> None:
        if self.task:
            self.task.cancel()

    def seek(self, position: int) -> None:
        self.position = position
        if self.track.length is not None:
            self.left = min(self.left, self.track.length - position)

    def stop(self) -> None:
        self.pause()
        self.position = self.left = 0

    def status(self) -> str:
        state = "playing" if self.is_playing() else "paused" if self.left else "stopped"
        counts = f"frames={self.frames} skipped={self.skipped}"
        return f"state={state} position={self.position} left={self.left} {counts}"

    def leave(self) -> None:
        """Let the kernel discard the unsent bytes of a dropped listener (SO_LINGER: reset)."""
        self.pause()
        if self.unsent:
            self.client.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))

    # ---- Sending ---------------------------------------------------------------------

    def say(self, text: str) -> None:
        if not self.raw:
            line = text.encode() + b"\n"
            self.put(HEADER.pack(b"AP", 1, b"T", self.texts, self.position, len(line)) + line)
            self.texts += 1

    def put(self, data: bytes) -> None:
        if not self.unsent:
            self.taken = monotonic()
        self.unsent += data

    def flush(self) -> bool:
        """Send; return whether all bytes are sent. TimeoutError: this listener must be dropped."""
        if not self.unsent:
            return True
        try:
            self.unsent = self.unsent[self.client.send(self.unsent) :]
            self.taken = monotonic()
        except BlockingIOError:
            if monotonic() - self.taken >= PATIENCE:
                raise TimeoutError from None
        return not self.unsent

    async def drain(self) -> None:
        """Two coroutines write to this socket, and one task at a time can wait for room in it. So
        both await the same task, which does only that.
        """
        while not self.flush():
            if self.room is None or self.room.done:
                self.room = Task(self.wait_for_room())
            await self.room

    async def wait_for_room(self) -> None:
        with suppress(OSError):  # the next flush then fails as well
            await until(self.client, EPOLLOUT, self.taken + PATIENCE - monotonic())

    def send_frame(self) -> None:
        """Send one frame, or skip it if the previous frame is not sent yet."""
        if not self.flush():
            self.skip(1)
            return
        payload = self.track.cut(self.position, min(FRAME, self.left))
        header = HEADER.pack(b"AP", 1, b"A", self.frames, self.position, len(payload))
        self.put(payload if self.raw else header + payload)
        self.advance(1)
        self.flush()

    def skip(self, frames: int) -> None:
        self.skipped += frames
        self.advance(frames)

    def advance(self, frames: int) -> None:
        samples = min(frames * FRAME, self.left)
        self.frames += frames
        self.position += samples
        self.left -= samples

    async def run(self) -> None:
        due = monotonic()
        try:
            while self.left:
                late = int((monotonic() - due) / PERIOD)
                if late > BURST:
                    self.skip(late - BURST)
                    due += (late - BURST) * PERIOD
                self.send_frame()
                due += PERIOD
                await sleep(due - monotonic())
            self.say(f"END {self.status()}")
            await self.drain()
            if self.raw:
                self.client.shutdown(SHUT_WR)  # EOF marks the end of the play
        except OSError:
            with suppress(OSError):  # the other coroutine then reads EOF and closes
                self.client.shutdown(SHUT_RDWR)


def wav_header(size: int) -> bytes:
    """The RIFF header of 44 bytes: uncompressed, one channel, 16 bits."""
    form = (b"RIFF", 36 + size, b"WAVEfmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16, b"data", size)
    return struct.pack("<4sI8sIHHIIHH4sI", *form)
