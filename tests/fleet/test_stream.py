"""The stream workload: what it counts, to the frame, of players that do known things."""

from __future__ import annotations

import time

from hdrh.histogram import HdrHistogram

from . import players
from .driving import errors, fleet
from .heard import check_whole, counts, total
from .players import Player, command, handler, listened
from .servers import serving

PATIENT = ["--late", "500ms"]  # between any noise of the machine and what the scripts do


# ---- players that do known things ------------------------------------------------------


def test_frames_are_counted(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        player.play(15)

    result = listened(program, script, *PATIENT, listeners=3)
    check_whole(result)
    assert errors(result) == {"closed": 3}
    assert counts(result) == {"frames": 45}
    assert total(result["stream"]["lateness"]) == 45
    assert total(result["stream"]["jitter"]) == 42


def test_a_pause_in_the_middle_is_late_and_then_skipped(program: str) -> None:
    """Frames 10 to 14 come 1.5 s after their time, 15 to 89 never, 90 and after in time."""

    def script(player: Player) -> None:
        player.begin()
        player.play(10)
        player.wait_until_due(ahead=75)
        player.play(5)
        player.skip(75)
        player.play(10)

    result = listened(program, script, *PATIENT)
    check_whole(result)
    assert errors(result) == {"closed": 1}
    assert counts(result) == {"frames": 25, "late": 5, "gaps": 1, "skipped": 75}
    lateness = HdrHistogram.decode(result["stream"]["lateness"])
    assert lateness.get_max_value() > 1.4e9
    assert lateness.get_min_value() < 0.5e9


def test_a_late_first_frame_does_not_hide_in_the_schedule(program: str) -> None:
    """Were the first arrival the anchor, no frame of this play would be late."""

    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=60)
        player.play(1)
        player.skip(59)
        player.play(10)

    result = listened(program, script, *PATIENT)
    assert counts(result) == {"frames": 11, "late": 1, "gaps": 1, "skipped": 59}


def test_a_play_of_few_frames_is_judged_too(program: str) -> None:
    """Less than the anchor would like to have."""

    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=60)
        player.play(1)
        player.skip(59)
        player.play(2)

    result = listened(program, script, *PATIENT)
    assert counts(result) == {"frames": 3, "late": 1, "gaps": 1, "skipped": 59}
    assert total(result["stream"]["lateness"]) == 3


def test_gaps_are_counted_as_often_as_they_occur(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=24)
        for gap in [0, 1, 0, 2, 3, 0]:
            player.skip(gap)
            player.send(player.frame() + player.frame() + player.frame())

    result = listened(program, script, *PATIENT)
    assert errors(result) == {"closed": 1}
    assert counts(result) == {"frames": 18, "gaps": 3, "skipped": 6}


def test_order_is_checked_by_number_and_by_position(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=12)
        frames = [player.frame() for _ in range(8)]
        player.send(frames[0] + frames[2] + frames[1] + frames[3])  # 1 is missed, and comes
        player.send(frames[3] + frames[4])  # 3 comes again
        player.position += 1
        player.send(player.frame() + player.frame())  # 5 to 7 are missed; one leap

    result = listened(program, script, *PATIENT)
    assert errors(result) == {"closed": 1, "disordered": 1}
    assert counts(result) == {"frames": 8, "gaps": 2, "skipped": 4, "disordered": 3}
    assert total(result["stream"]["lateness"]) == 6


def test_every_sample_is_checked(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=60)
        for place, bit in [(20, 1), (21, 0x80), (339, 1), (178, 4)]:
            wrong = bytearray(player.frame())
            wrong[place] ^= bit
            player.send(bytes(wrong))
        player.send(player.frame()[:20] + b"\x55\x55" * players.FRAME)  # 0x5555 > 10000
        player.send(b"".join(player.frame() for _ in range(55)))  # across the joint of the tone

    result = listened(program, script, *PATIENT)
    assert errors(result) == {"closed": 1, "corrupt": 1}
    assert counts(result) == {"frames": 60, "corrupt": 4 + 160}


def test_frames_before_their_time_are_early(program: str) -> None:
    """Frames that are due in 20 s; they must not make those that follow late."""

    def script(player: Player) -> None:
        player.begin()
        player.play(10)
        number, position = player.number, player.position
        player.skip(1000)
        player.send(b"".join(player.frame() for _ in range(5)))
        player.number, player.position = number, position
        player.play(3)

    result = listened(program, script, *PATIENT)
    assert errors(result) == {"closed": 1, "disordered": 1, "early": 1}
    found = counts(result)
    assert found == {"frames": 18, "gaps": 1, "skipped": 1000, "disordered": 3, "early": 5}


def test_frames_in_pieces_are_whole(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=6)
        data = b"".join(player.frame() for _ in range(6))
        for size in [1, 2, 19, 20, 21, 339, 340, 341, 400]:
            player.send(data[:size])
            data = data[size:]
            time.sleep(0.002)
        for byte in data:
            player.send(bytes([byte]))

    result = listened(program, script, *PATIENT)
    assert errors(result) == {"closed": 1}
    assert counts(result) == {"frames": 6}


# ---- before, around and after the window -----------------------------------------------


def test_nothing_plays_before_the_start(program: str) -> None:
    heard: list[str] = []

    def script(player: Player) -> None:
        heard.append(player.line())
        player.say()
        heard.append(player.line())
        player.wait()

    timing = ["--duration", "50ms", "--reply-timeout", "200ms"]
    with (
        serving(handler(script)) as server,
        fleet(command(program, server.port, *timing, "--wait")) as one,
    ):
        connected = one.until("connected")
        assert (connected["idle"], connected["active"]) == (0, 1)
        assert heard == ["STATUS"]
        one.tell("start")
        result = one.result()
    assert heard == ["STATUS", "PLAY 86400"]
    assert errors(result) == {"reply_timeout": 1}


def test_the_warmup_is_played_and_not_counted(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        wrong = bytearray(player.frame())
        wrong[-1] ^= 1
        player.send(bytes(wrong))
        player.wait()

    timing = ["--warmup", "400ms", "--duration", "50ms", "--reply-timeout", "2s"]
    with serving(handler(script)) as server, fleet(command(program, server.port, *timing)) as one:
        result = one.result()
    check_whole(result)
    assert errors(result) == {"corrupt": 1, "reply_timeout": 1}  # in the warm-up too
    assert counts(result) == {}
    assert result["active_alive"] == 0


def test_duration_0s_only_connects(program: str) -> None:
    quick = ["--listeners", "3", "--stalled", "2", "--duration", "0s"]
    with (
        serving(handler(players.honest)) as server,
        fleet(command(program, server.port, *quick)) as one,
    ):
        connected = one.until("connected")
        result = one.result()
    assert (connected["idle"], connected["active"]) == (2, 3)
    check_whole(result)
    assert errors(result) == {}
    assert result["stream"]["stalled"] == {"asked": 0, "dropped": 0, "alive": 0}


def test_listeners_begin_one_after_the_other(program: str) -> None:
    """Over 600 ms: the last of four a sleep of 450 ms after the first, however slow we are."""
    begun: list[float] = []

    def script(player: Player) -> None:
        player.begin()
        begun.append(time.monotonic())
        player.play(1000)

    timing = ["--listeners", "4", "--spread", "600ms", "--duration", "50ms"]
    with serving(handler(script)) as server, fleet(command(program, server.port, *timing)) as one:
        assert errors(one.result()) == {}
    assert len(begun) == 4
