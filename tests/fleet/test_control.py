"""--control: lines while it plays, and whether their answers are right."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hdrh.histogram import HdrHistogram

from . import players
from .driving import Event, errors, fleet
from .players import Player, command, handler
from .servers import serving

Answer = Callable[[str, str], str | None]
ASKED = ["--control", "100", "--duration", "500ms"]


def run(program: str, answer: Answer, *arguments: str) -> Event:
    """One listener, of a player that obeys and answers like this."""
    with (
        serving(handler(lambda player: players.obedient(player, answer))) as server,
        fleet(command(program, server.port, *ASKED, *arguments)) as one,
    ):
        return one.result()


def run_script(program: str, script: players.Script, *arguments: str) -> Event:
    """One listener of a player of one's own."""
    with (
        serving(handler(script)) as server,
        fleet(command(program, server.port, *ASKED, *arguments)) as one,
    ):
        return one.result()


def test_right_answers(program: str) -> None:
    lines: list[str] = []

    def answer(line: str, right: str) -> str:
        lines.append(line)
        return right

    result = run(program, answer)
    control = result["stream"]["control"]
    assert errors(result) == {}
    assert control["sent"] == control["answered"] == len(lines) > 0
    assert control["wrong"] == 0
    assert HdrHistogram.decode(control["latency"]).get_total_count() == len(lines)
    assert {line.split()[0] for line in lines} <= {"PLAY", "PAUSE", "SEEK", "STATUS"}


def test_the_same_seed_gives_the_same_orders(fleet_program: str) -> None:
    def lines(seed: str) -> list[str]:
        found: list[str] = []

        def answer(line: str, right: str) -> str:
            found.append(line)
            return right

        run(str(fleet_program), answer, "--seed", seed, "--control", "1k")
        return found[:20]

    once = lines("7")
    assert len({line.split()[0] for line in once}) == 4
    again = lines("7")
    assert again[: len(once)] == once[: len(again)]
    assert lines("8") != once


def raised(word: str) -> Callable[[str], str]:
    """One of the six is one more than it should be."""
    return lambda right: re.sub(rf"(?<={word}=)\d+", lambda m: str(int(m[0]) + 1), right)


LIES: list[tuple[str, Callable[[str], str]]] = [
    ("refused", lambda _: "ERR not today\n"),
    ("malformed", lambda _: "OK\n"),
    ("malformed", lambda right: right[:-1]),
    ("malformed", lambda right: right + "\n"),
    ("malformed", lambda right: right.replace(" left", "  left")),
    ("malformed", lambda right: right.replace("position=", "position=-")),
    ("malformed", lambda right: right.replace("position=", "position=\0")),
    ("malformed", lambda right: re.sub(r"left=\d+", "left=99999999999999999999", right)),
    ("malformed", lambda right: re.sub(r"left=\d+", "left=", right)),
    ("malformed", lambda _: "x" * 320),
    ("state", lambda right: re.sub("state=[a-z]+", "state=stopped", right)),
    ("counts", raised("frames")),
    ("counts", raised("skipped")),
    ("counts", lambda right: re.sub(r"frames=\d+", "frames=18446744073709551615", right)),
    ("position", raised("position")),
    ("left", raised("left")),
]


@pytest.mark.parametrize(("kind", "lie"), LIES, ids=[f"{n}-{k[0]}" for n, k in enumerate(LIES)])
def test_a_wrong_answer_has_its_name(program: str, kind: str, lie: Callable[[str], str]) -> None:
    """To STATUS it lies; what else is asked is done and answered as it should be."""
    told: list[str] = []

    def answer(line: str, right: str) -> str:
        if line != "STATUS":
            return right
        told.append(line)
        return lie(right)

    result = run(program, answer, "--control", "200")
    control = result["stream"]["control"]
    assert errors(result) == {"wrong": 1}
    assert control["sent"] == control["answered"]
    assert control["wrong"] == control["wrong_kinds"][kind] == len(told) > 0


def test_who_skips_and_says_so_is_right(program: str) -> None:
    """A gap may show in an answer before it shows in the numbers."""

    def script(player: Player) -> None:
        player.begin()
        player.wait_until_due(ahead=20)
        player.send(player.frame())
        line = player.line()
        player.skip(3)
        player.obey(line)
        player.say()
        player.wait()

    once = ["--control", "1", "--duration", "900ms", "--reply-timeout", "2s"]
    result = run_script(program, script, *once)
    assert result["stream"]["control"]["answered"] == 1
    assert result["stream"]["control"]["wrong"] == 0
    assert (result["stream"]["gaps"], result["stream"]["skipped"]) == (1, 3)


def test_a_frame_after_the_answer_to_pause_is_extra(program: str) -> None:
    def script(player: Player) -> None:
        player.begin()
        while True:
            line = player.line()
            player.obey(line)
            player.say()
            if line == "PAUSE":
                player.send(player.frame())
                player.wait()

    result = run_script(program, script, "--control", "1k", "--duration", "300ms")
    assert errors(result) == {"extra": 1}


def test_plays_on_but_never_answers(program: str) -> None:
    result = run(program, lambda _line, _right: None, "--reply-timeout", "400ms")
    assert errors(result) == {"reply_timeout": 1}
    control = result["stream"]["control"]
    assert (control["sent"], control["answered"]) == (1, 0)


def test_answers_but_does_not_play(program: str) -> None:
    lines: list[str] = []

    def script(player: Player) -> None:
        player.begin()
        while True:
            lines.append(player.line())
            player.obey(lines[-1])
            player.say()

    once = ["--control", "1", "--duration", "100ms", "--reply-timeout", "400ms", "--seed", "6"]
    result = run_script(program, script, *once)
    assert lines == ["STATUS"]  # by this seed: after PAUSE no frame would be owed
    assert errors(result) == {"reply_timeout": 1}
    assert result["stream"]["control"]["wrong"] == 0


def test_the_waiting_for_a_slow_answer_counts_for_those_that_had_to_wait(program: str) -> None:
    """Each answer takes 300 ms, lines are due every 10 ms: the second, due at 10 ms, is sent at
    300 ms and answered at 600 ms. Counted from its sending, no reply would take so long.
    """

    def answer(_line: str, right: str) -> str:
        time.sleep(0.3)
        return right

    result = run(program, answer)
    control = result["stream"]["control"]
    assert 2 <= control["sent"] == control["answered"]
    longest = HdrHistogram.decode(control["latency"]).get_max_value()
    assert longest > 0.55e9
