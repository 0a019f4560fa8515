"""The stream contract, labs/aplay/CONTRACT.md: the frames and their times.

No test asserts a speed. A frame has an earliest time, because the listener knows when it sent
PLAY. The only latest time is a deadline that turns a hang into a failure. A test waits for time
to pass by counting the frames of another listener.
"""

import math
import time

from .listening import (
    PERIOD,
    RATE,
    Listener,
    assert_whole,
    listen,
)
from .servers import Server


def test_table_rounds_alike_everywhere() -> None:
    """CONTRACT.md promises C clients that no value is near a half, where rounding could differ."""
    exact = [10000 * math.sin(2 * math.pi * 440 * j / RATE) for j in range(RATE)]
    assert min(abs(value - math.floor(value) - 0.5) for value in exact) > 1e-6


def test_nothing_plays_until_it_is_asked_for(server: Server, listener: Listener) -> None:
    with server.connect() as client:
        clock = Listener(client)
        clock.send("PLAY 1")
        clock.wait_for_audio(10)
    answer = listener.ask("STATUS")
    assert answer == "OK state=stopped position=0 left=0 frames=0 skipped=0\n"
    assert len(listener.frames) == 1


def test_a_play_is_whole_and_exact(listener: Listener) -> None:
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    started, *played, ended = listener.frames
    assert started.text() == "OK state=playing position=0 left=8000 frames=0 skipped=0\n"
    assert_whole(played, start=0, frames=50)
    assert ended.text() == "END state=stopped position=8000 left=0 frames=50 skipped=0\n"
    assert [started.number, ended.number] == [0, 1]


def test_the_next_play_joins_on(listener: Listener) -> None:
    for _ in range(2):
        listener.send("PLAY 1")
        listen([listener], Listener.has_end)
        listener.frames = [frame for frame in listener.frames if frame.kind == "A"]
    assert_whole(listener.audio(), start=0, frames=100)


def test_no_frame_is_early(listener: Listener) -> None:
    sent_at = time.monotonic()
    listener.send("PLAY 2")
    listen([listener], Listener.has_end)
    early = [f.number for f in listener.audio() if f.at - sent_at < f.number * PERIOD]
    assert early == []
    assert listener.frames[-1].at - sent_at >= 2.0, "END comes when the last frame is over"


def test_frames_come_one_by_one(listener: Listener) -> None:
    """When a frame arrives, the frame of one second later has not arrived yet."""
    listener.send("PLAY 3")
    sent_at = time.monotonic()
    listener.wait_for_audio(1)
    assert len(listener.audio()) <= (time.monotonic() - sent_at) / PERIOD + 1
