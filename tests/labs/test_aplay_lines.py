"""The stream contract: commands and their answers."""

import re
import socket
import time

import pytest

from .listening import (
    FRAME,
    PERIOD,
    Listener,
    assert_right,
    assert_whole,
    listen,
    words,
)
from .servers import Server


def test_pause_holds_and_play_goes_on(server: Server, listener: Listener) -> None:
    listener.send("PLAY 5")
    listener.wait_for_audio(5)
    held = words(listener.ask("PAUSE"))
    assert held["state"] == "paused"
    count = len(listener.audio())
    assert int(held["position"]) == count * FRAME
    with server.connect() as client:
        clock = Listener(client)
        clock.send("PLAY 1")
        clock.wait_for_audio(10)
    assert words(listener.ask("STATUS")) == held
    assert len(listener.audio()) == count, "nothing came while it was held"
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    assert_whole(listener.audio(), start=0, frames=count + 50)


def test_seek_moves_the_next_sample(listener: Listener) -> None:
    listener.send("PLAY 60")
    listener.wait_for_audio(3)
    assert words(listener.ask("SEEK 12345"))["position"] == str(12345 * 8)
    before = len(listener.audio())
    after = listener.wait_for_audio(before + 5)[before:]
    assert [frame.number for frame in after[:5]] == list(range(before, before + 5))
    assert_right(after, start=12345 * 8 - before * FRAME)


def test_seek_before_play(listener: Listener) -> None:
    assert "state=stopped position=4000 " in listener.ask("SEEK 500")
    listener.send("PLAY 1")
    assert_right(listener.wait_for_audio(5), start=4000)


def test_stop_goes_back_to_the_beginning(listener: Listener) -> None:
    listener.send("PLAY 60")
    listener.wait_for_audio(3)
    assert re.match(r"OK state=stopped position=0 left=0 ", listener.ask("STOP"))
    before, sent_at = len(listener.audio()), time.monotonic()
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    again = listener.audio()[before:]
    assert_right(again, start=-before * FRAME)
    assert [f.number for f in again if f.at - sent_at < (f.number - before) * PERIOD] == []
    assert [text.split()[0] for text in listener.texts()] == ["OK", "OK", "OK", "END"]


def test_play_while_playing_keeps_step(listener: Listener) -> None:
    """No frame is lost, doubled or early. Only the remaining time changes."""
    sent_at = time.monotonic()
    listener.send("PLAY 60")
    listener.wait_for_audio(3)
    listener.send("PLAY 1")
    listen([listener], Listener.has_end)
    played = listener.audio()
    assert 53 <= len(played) < 200
    assert_whole(played, start=0, frames=len(played))
    assert [f.number for f in played if f.at - sent_at < f.number * PERIOD] == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "expected PLAY n"),
        ("SING", "expected PLAY n"),
        ("STOP now", "expected PLAY n"),
        ("PLAY", "expected PLAY n"),
        ("PLAY 1 LOUD", "expected PLAY n"),
        ("\xff\xfe\x00", "expected PLAY n"),
        ("PLAY 0", "whole number from 1 to 86400"),
        ("PLAY -1", "whole number from 1 to 86400"),
        ("PLAY 1.5", "whole number from 1 to 86400"),
        ("PLAY 86401", "whole number from 1 to 86400"),
        ("SEEK " + 70 * "9", "whole number from 0 to 86400000"),
        (81 * "x", "at most 80 characters"),
        (100_000 * "x", "at most 80 characters"),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_bad_line_is_one_clear_error(listener: Listener, line: str, reason: str) -> None:
    answer = listener.ask(line)
    assert answer.startswith("ERR ")
    assert reason in answer
    assert answer.isascii() or "\ufffd" in answer
    assert listener.ask("STATUS") == "OK state=stopped position=0 left=0 frames=0 skipped=0\n"
    assert len(listener.frames) == 2


def test_a_line_without_end_costs_no_memory(server: Server, listener: Listener) -> None:
    listener.ask("STATUS")
    memory = server.resident()
    for _ in range(64):
        listener.client.sendall(bytes(65536))
    with server.connect() as client:
        assert Listener(client).ask("STATUS").startswith("OK "), "others are served meanwhile"
    assert server.resident() - memory < 1 << 20
    assert "at most 80 characters" in listener.ask("")
    assert len(listener.frames) == 2


def test_lines_may_come_in_pieces_and_from_telnet(listener: Listener) -> None:
    for piece in (b"pl", b"ay 1", b"\r", b"\n"):
        listener.client.sendall(piece)
    assert_right(listener.wait_for_audio(1))


def test_many_lines_at_once_are_answered_in_order(listener: Listener) -> None:
    listener.send(*(f"SEEK {ms}" for ms in range(2000)))
    answers = [words(text)["position"] for text in listener.wait_for_texts(2000)]
    assert answers == [str(ms * 8) for ms in range(2000)]
    assert [frame.number for frame in listener.frames] == list(range(2000))


def test_lines_are_obeyed_between_frames(listener: Listener) -> None:
    """The server also sends frames between commands: neither delays the other."""
    listener.send("PLAY 1")
    while not listener.has_end():
        assert listener.ask("STATUS").startswith(("OK ", "END "))
    assert_whole(listener.audio(), start=0, frames=50)


def test_eof_ends_a_silent_connection(listener: Listener) -> None:
    listener.send("PLAY 60", "PAUSE")
    listener.client.shutdown(socket.SHUT_WR)
    while not listener.ended:
        listener.receive()
    assert [text.split()[0] for text in listener.texts()] == ["OK", "OK"]
