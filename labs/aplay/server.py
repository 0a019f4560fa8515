"""aplay: plays audio to every listener in real time and obeys its commands: two coroutines each.

Wait:        the only thread sleeps inside epoll_wait, for all clients and for the next frame's time
Copy:        the same thread, inside recv and send, when one of the client's coroutines runs
Idle client: a task that waits for a command: its frames and objects; an entry in the interest list
Ceiling:     time: frames that one thread can send between two ticks; then descriptors (EMFILE)

Uses: aecho
Try: echo PLAY 1 WAV | nc -N HOST PORT | wc -c
"""

import os
import sys
from pathlib import Path
from select import EPOLLIN
from socket import SO_SNDBUF, SOL_SOCKET, socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
sys.path.append(str(Path(__file__).resolve().parents[1] / "aecho"))  # where the loop is
import lab
from loop import Task, close, run, until
from player import Player
from sockets import recv
from track import RATE, Track, load

LONGEST_LINE = 80
LONGEST_PLAY = 24 * 60 * 60  # seconds
SEND_BUFFER = 16 * 1024  # bytes that the kernel keeps for a stalled listener
USAGE = "expected PLAY n [RAW|WAV], PAUSE, SEEK ms, STOP or STATUS"


def number(text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most:
        return int(text)
    raise ValueError(f"{text!r} is no whole number from {least} to {most}")


def obey(player: Player, line: str) -> str:
    """Execute a command line and return the answer to it."""
    if len(line) > LONGEST_LINE:
        return f"ERR a line has at most {LONGEST_LINE} characters"
    length = player.track.length
    try:
        match line.upper().split():
            case ["PLAY", seconds, *form] if form in ([], ["RAW"], ["WAV"]):
                player.play(number(seconds, 1, LONGEST_PLAY), *(form or [""]))
            case ["SEEK", ms]:
                end = LONGEST_PLAY * 1000 if length is None else length * 1000 // RATE
                player.seek(number(ms, 0, end) * RATE // 1000)
            case ["PAUSE"]:
                player.pause()
            case ["STOP"]:
                player.stop()
            case ["STATUS"]:
                pass
            case _:
                return f"ERR {line!r}: {USAGE}"
    except ValueError as error:
        return f"ERR {error}"
    return f"OK {player.status()}"


async def serve_client(client: socket, track: Track) -> None:
    player = Player(client, track)
    rest = b""
    try:
        while received := await recv(client, 256):
            *lines, rest = (rest + received).split(b"\n")
            rest = rest[: LONGEST_LINE + 2]
            for line in lines:
                player.say(obey(player, line.decode(errors="replace").strip()))
            await player.drain()
        if player.task:
            await player.task  # a listener that sends no more commands may still listen
    except OSError:
        pass  # the connection is lost, or the server has dropped it
    player.leave()
    close(client)


async def accept_clients(listener: socket, track: Track) -> None:
    while True:
        await until(listener, EPOLLIN)
        for _ in range(lab.ACCEPT_BATCH):
            client = lab.accept_client(listener, blocking=False)
            if client is lab.NO_CLIENT:
                break
            if client is lab.REFUSED:
                continue
            Task(serve_client(client, track))


def main() -> None:
    lab.obey_signals()
    track = load(os.environ.get("AUDIO"))
    listener = lab.open_listener(blocking=False)
    listener.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER)  # every accepted socket inherits it
    lab.say_ready(listener, "aplay")
    run(accept_clients(listener, track))


main()
