"""Every lie of a player has its name; none hangs the fleet or makes it grow."""

from __future__ import annotations

import struct
import time

import pytest

from . import players, servers
from .driving import errors, fleet
from .players import HEADER, Player, Script, command, handler, listened
from .servers import serving

SHORT = ["--duration", "100ms", "--reply-timeout", "10s"]
IMPATIENT = ["--duration", "100ms", "--reply-timeout", "300ms"]
BOUND = 16 << 20  # bytes of memory, with twenty listeners


def says(data: bytes) -> Script:
    """Begins well, and then says this."""

    def script(player: Player) -> None:
        player.begin()
        player.send(data)
        player.wait()

    return script


def header(magic: bytes = b"AP", version: int = 1, kind: bytes = b"A", length: int = 320) -> bytes:
    """The first frame's, with something wrong; and bytes enough to fill it."""
    return HEADER.pack(magic, version, kind, 0, 0, length) + players.samples(0) * 2


def garbage(player: Player) -> None:
    """From the beginning, without end."""
    while True:
        player.send(bytes(range(256)) * 256)


def garbage_later(player: Player) -> None:
    """After a frame, without end."""
    player.begin()
    player.send(player.frame())
    garbage(player)


def frame_before_play(player: Player) -> None:
    """Nobody has asked for it."""
    player.line()
    player.send(player.text() + player.frame())
    player.wait()


def frame_before_the_answer(player: Player) -> None:
    """To PLAY."""
    player.line()
    player.say()
    player.obey(player.line())
    player.send(player.frame() + player.text())
    player.wait()


def frame_before_service(player: Player) -> None:
    """Not even an answer to STATUS."""
    player.send(player.frame())
    player.wait()


def closes(player: Player) -> None:
    """In the middle of a frame."""
    player.begin()
    player.send(player.frame()[:100])
    player.connection.close()


def resets(player: Player) -> None:
    """In the middle of a frame."""
    player.begin()
    player.send(player.frame()[:100])
    servers.reset(player.connection)


def stops(player: Player) -> None:
    """In the middle of a frame, and stays."""
    player.begin()
    player.send(player.frame() + player.frame()[:100])
    player.wait()


def stops_in_a_header(player: Player) -> None:
    """The same, nine bytes into it."""
    player.begin()
    player.send(player.frame()[:9])
    player.wait()


def plays_nothing(player: Player) -> None:
    """Promises to."""
    player.begin()
    player.wait()


def mute(player: Player) -> None:
    """Accepts, and says nothing."""
    player.wait()


def closes_at_once(player: Player) -> None:
    """Does not serve."""
    player.connection.close()


TEXT = header(kind=b"T", length=321)
LIARS = [
    ("garbage", garbage, SHORT, "protocol"),
    ("garbage later", garbage_later, SHORT, "protocol"),
    ("magic", says(header(magic=b"AQ")), SHORT, "protocol"),
    ("version", says(header(version=2)), SHORT, "protocol"),
    ("kind", says(header(kind=b"a")), SHORT, "protocol"),
    ("no length", says(header(length=0)), SHORT, "protocol"),
    ("odd length", says(header(length=319)), SHORT, "protocol"),
    ("short frame", says(header(length=318)), SHORT, "protocol"),
    ("long frame", says(header(length=322)), SHORT, "protocol"),
    ("huge length", says(header(length=(1 << 32) - 1)), SHORT, "protocol"),
    ("empty text", says(header(kind=b"T", length=0)), SHORT, "protocol"),
    ("long text", says(TEXT), SHORT, "protocol"),
    ("echo", lambda player: servers.honest(player.connection), SHORT, "protocol"),
    ("another protocol", lambda player: player.send(b"HTTP/1.1 400\r\n"), SHORT, "protocol"),
    ("unasked text", says(header(kind=b"T", length=9)), SHORT, "extra"),
    ("frame before PLAY", frame_before_play, SHORT, "extra"),
    ("frame before the answer", frame_before_the_answer, SHORT, "extra"),
    ("frame before service", frame_before_service, SHORT, "extra"),
    ("closes", closes, SHORT, "closed"),
    ("resets", resets, SHORT, "reset"),
    ("closes at once", closes_at_once, SHORT, "refused"),
    ("stops", stops, IMPATIENT, "reply_timeout"),
    ("stops in a header", stops_in_a_header, IMPATIENT, "reply_timeout"),
    ("plays nothing", plays_nothing, IMPATIENT, "reply_timeout"),
    ("mute", mute, IMPATIENT, "reply_timeout"),
]


@pytest.mark.parametrize(
    ("script", "arguments", "kind"), [liar[1:] for liar in LIARS], ids=[liar[0] for liar in LIARS]
)
def test_a_liar_is_found(program: str, script: Script, arguments: list[str], kind: str) -> None:
    with (
        serving(handler(script)) as server,
        fleet(command(program, server.port, "--listeners", "2", *arguments)) as one,
    ):
        result = one.result()
    assert errors(result) == {kind: 2}
    assert result["active_alive"] == 0
    assert result["interrupted"] is False


def test_a_text_out_of_order(program: str) -> None:
    def script(player: Player) -> None:
        player.line()
        player.say(number=7)
        player.obey(player.line())
        player.say(number=8)
        player.play(3)

    result = listened(program, script)
    assert errors(result) == {"closed": 1, "disordered": 1}


@pytest.mark.parametrize("text", ["ERR no\n", "OK\n", "OK state=stopped position=0\n", "\n"])
def test_a_wrong_answer_from_the_beginning(program: str, text: str) -> None:
    def script(player: Player) -> None:
        player.line()
        player.say(text)
        player.obey(player.line())
        player.say()
        player.play(3)

    result = listened(program, script)
    assert errors(result) == {"closed": 1, "wrong": 1}
    assert result["stream"]["frames"] == 3


def test_ten_times_too_fast(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        for _ in range(100):
            player.send(player.frame())
            time.sleep(0.002)

    result = listened(program, script)
    assert errors(result) == {"closed": 1, "early": 1}
    assert result["stream"]["frames"] == 100
    assert 0 < result["stream"]["early"] <= 100
    assert result["stream"]["late"] == result["stream"]["corrupt"] == 0


def flood(player: Player) -> None:
    """Right frames, as fast as they are taken, for ever."""
    player.begin()
    whole = bytearray(b"".join(player.frame() for _ in range(800)))
    while True:
        player.send(bytes(whole))
        for i in range(800):
            at = i * 340
            number, position = struct.unpack_from(">IQ", whole, at + 4)
            struct.pack_into(">IQ", whole, at + 4, number + 800, position + 800 * players.FRAME)


def flood_of_answers(player: Player) -> None:
    """Nobody has asked anything."""
    player.begin()
    while True:
        player.say()


@pytest.mark.parametrize(
    ("script", "kinds"),
    [(garbage_later, {"protocol": 20}), (flood, {"early": 20}), (flood_of_answers, {"extra": 20})],
    ids=["garbage", "frames", "answers"],
)
def test_a_flood_fills_no_memory(fleet_program: str, script: Script, kinds: dict[str, int]) -> None:
    """Nor does it keep the fleet from ending in time."""
    with (
        serving(handler(script)) as server,
        fleet(command(str(fleet_program), server.port, "--listeners", "20", *SHORT)) as one,
    ):
        result = one.result()
    assert errors(result) == kinds
    assert result["rss_bytes"] < BOUND
    assert result["interrupted"] is False


def test_one_who_floods_does_not_silence_the_others(fleet_program: str) -> None:
    """The first floods; of the second every frame is heard, and it is not lost."""
    scripts = iter([flood, players.honest])

    def either(player: Player) -> None:
        next(scripts)(player)

    command_line = ["--listeners", "2", "--in-flight", "1", "--duration", "1s"]
    with (
        serving(handler(either)) as server,
        fleet(command(str(fleet_program), server.port, *command_line)) as one,
    ):
        result = one.result()
    assert errors(result) == {"early": 1}
    assert result["active_alive"] == 2
    assert result["stream"]["corrupt"] == result["stream"]["gaps"] == 0
