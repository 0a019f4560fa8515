"""Small players for the `stream` workload: an honest one by labs/aplay/CONTRACT.md, and its parts.

A script is what one of them does with one connection. Those that close in the end are waited
for (`listened`), so that no test assumes how long anything takes.
"""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import threading
import time
from array import array
from collections.abc import Callable

from . import servers
from .driving import PATIENCE, Event, fleet
from .servers import serving

HEADER = struct.Struct(">2sBcIQI")
FRAME = 160  # samples
PERIOD = 0.02  # seconds
WHOLE = 86400 * 8000  # samples of the longest play
TONE = array("h", (round(10000 * math.sin(2 * math.pi * 440 * i / 8000)) for i in range(8160)))


def samples(position: int) -> bytes:
    """The right payload of a frame."""
    start = position % 8000
    return struct.pack("<160h", *TONE[start : start + FRAME])


class Player:
    """One listener's state, and the frames and answers that go with it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.number = self.position = self.left = self.skipped = self.texts = 0
        self.playing = False
        self.rest = b""
        self.started = 0.0

    def line(self) -> str:
        """The next line; ends the script at the end of the stream."""
        while b"\n" not in self.rest:
            self.rest += servers.take(self.connection, 1)
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    def status(self) -> str:
        """The six words."""
        state = "playing" if self.playing else "paused" if self.left else "stopped"
        return (
            f"OK state={state} position={self.position} left={self.left} "
            f"frames={self.number} skipped={self.skipped}\n"
        )

    def text(self, text: str | None = None, number: int | None = None) -> bytes:
        """A text frame; without a text the right answer."""
        line = (self.status() if text is None else text).encode()
        number = self.texts if number is None else number
        header = HEADER.pack(b"AP", 1, b"T", number, self.position, len(line))
        self.texts += 1
        return header + line

    def say(self, text: str | None = None, number: int | None = None) -> None:
        """Send one."""
        self.send(self.text(text, number))

    def obey(self, line: str) -> None:
        """Do what a line says, and say nothing."""
        word, *numbers = line.split()
        if word == "PLAY":
            self.left = int(numbers[0]) * 8000
            if not self.playing:
                self.started = time.monotonic() - self.number * PERIOD
            self.playing = True
        elif word == "PAUSE":
            self.playing = False
        elif word == "SEEK":
            self.position = int(numbers[0]) * 8

    def begin(self) -> None:
        """Prove service, and be asked to play."""
        for wanted in ["STATUS", "PLAY 86400"]:
            line = self.line()
            assert line == wanted
            self.obey(line)
            self.say()

    def skip(self, frames: int) -> None:
        """These are not sent."""
        self.skipped += frames
        self.advance(frames)

    def advance(self, frames: int) -> None:
        """On to a later frame."""
        self.number += frames
        self.position += frames * FRAME
        self.left -= frames * FRAME

    def frame(self) -> bytes:
        """The right frame that is next; on to the one behind it."""
        header = HEADER.pack(b"AP", 1, b"A", self.number, self.position, 2 * FRAME)
        data = header + samples(self.position)
        self.advance(1)
        return data

    def send(self, data: bytes) -> None:
        """As it is."""
        self.connection.sendall(data)

    def wait_until_due(self, ahead: int = 0) -> None:
        """Sleep until a frame is due: the next, or the one so many behind it."""
        due = self.started + (self.number + ahead) * PERIOD
        time.sleep(max(0.0, due - time.monotonic()))

    def play(self, frames: int) -> None:
        """So many frames, each when it is due."""
        for _ in range(frames):
            self.wait_until_due()
            self.send(self.frame())

    def wait(self) -> None:
        """Until the fleet has gone."""
        servers.wait_for_end(self.connection)


Script = Callable[[Player], None]


def handler(script: Script) -> servers.Handler:
    """The script with one player for each connection."""
    return lambda connection: script(Player(connection))


def command(program: str, port: int, *arguments: str) -> list[str]:
    """The fleet, listening: at once, and in step with what the script does."""
    timing = ["--stream", "--warmup", "0s", "--spread", "0s"]
    return [program, "--connect", f"127.0.0.1:{port}", *timing, *arguments]


def listened(program: str, script: Script, *arguments: str, listeners: int = 1) -> Event:
    """The result once the script is over, or the fleet has left, on every connection."""
    done = threading.Semaphore(0)

    def to_the_end(player: Player) -> None:
        try:
            with contextlib.suppress(OSError):
                script(player)
                player.connection.shutdown(socket.SHUT_WR)
                player.wait()
        finally:
            done.release()

    asked = ["--listeners", f"{listeners}", "--duration", "60m"]
    with (
        serving(handler(to_the_end)) as server,
        fleet(command(program, server.port, *asked, *arguments)) as one,
    ):
        one.until("measuring")
        for _ in range(listeners):
            assert done.acquire(timeout=PATIENCE)
        one.process.terminate()
        result = one.result()
    assert result["interrupted_by"] == "signal"
    return result


def honest(player: Player) -> None:
    """Play in time until the fleet has gone, and obey meanwhile."""
    obedient(player, lambda _line, answer: answer)


def obedient(player: Player, answer: Callable[[str, str], str | None]) -> None:
    """Like the honest one, but `answer(line, right answer)` is what it says (None: nothing)."""
    player.begin()
    while True:
        if player.playing:
            due = player.started + player.number * PERIOD
            player.connection.settimeout(max(0.0001, due - time.monotonic()))
        else:
            player.connection.settimeout(None)
        try:
            data = player.connection.recv(256)
            if not data:
                return
            player.rest += data
        except TimeoutError:
            player.connection.settimeout(PATIENCE)
            player.send(player.frame())
        player.connection.settimeout(PATIENCE)
        while b"\n" in player.rest:
            line = player.line()
            player.obey(line)
            said = answer(line, player.status())
            if said is not None:
                player.say(said)
