"""The talker's answers are bounded and typed, and a trace has one time limit."""

from __future__ import annotations

import time
from random import Random

import pytest

from runner.engine.box import EngineError, Exit, Nofile
from runner.measure.server import ServerFault
from runner.measure.talk import LIMIT_SECONDS, Overtime, Talk
from tests.fake_engine import FakeBox, Script


def talk(*lines: str, ended: Exit | None = None, overtime: Overtime | None = None) -> Talk:
    talker = FakeBox(Script(list(lines)), Nofile(64, 64))
    server = FakeBox(Script([], ended=ended), Nofile(64, 64))
    return Talk(talker, server, overtime or Overtime(), Random(1))


def test_a_connection_that_waits_in_a_full_queue_is_said_to() -> None:
    both = talk("opened A port=40000 at=7", "pending B at=8")
    assert both.open("A", 1000)
    assert not both.open("B", 1000)
    assert (both.ports, both.opened) == ({"A": 40000}, {"A": 7})


@pytest.mark.parametrize(
    "line",
    ["opened A port=²² at=1", "opened A port=-1 at=1", "opened A", "opened A port=" + "9" * 999],
)
def test_a_number_that_is_none_is_the_labs_error_and_no_traceback(line: str) -> None:
    with pytest.raises(EngineError, match="the talker says 'opened' without port="):
        talk(line).open("A", 1000)


def test_words_are_drawn_and_the_seed_tells_which() -> None:
    def sent(seed: int) -> str:
        one = talk("sent A at=1", "silence A at=2 text=")
        one.draw = Random(seed)
        return one.ask("A").text

    assert sent(1) == sent(1)
    assert len({sent(seed) for seed in range(50)}) == 50
    assert len({len(sent(seed)) for seed in range(50)}) > 5


def test_a_part_of_another_text_is_a_wrong_answer_and_no_silence() -> None:
    with pytest.raises(ServerFault, match="the server replied 'nonsense' to "):
        talk("sent A at=1", "silence A at=2 text=nonsense").ask("A")


def test_a_server_that_has_ended_is_at_fault_whatever_the_talker_says() -> None:
    with pytest.raises(ServerFault, match="exit code 3"):
        talk("gone A at=2", ended=Exit(3)).ask("A")


def test_a_trace_that_takes_too_long_is_the_servers_fault_where_clients_waited_for_it() -> None:
    slow = Overtime(ends=time.monotonic() - 1, waited=LIMIT_SECONDS / 2)
    with pytest.raises(ServerFault, match="clients waited 30 s of it for the server's replies"):
        talk("waited at=1", overtime=slow).wait(10)
    busy = Overtime(ends=time.monotonic() - 1, waited=1.0)
    with pytest.raises(EngineError, match="the server is not the cause"):
        talk("waited at=1", overtime=busy).wait(10)
