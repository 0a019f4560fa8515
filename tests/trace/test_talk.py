"""The talker's answers are bounded and typed, and a trace has one time limit."""

from __future__ import annotations

import time
from random import Random

import pytest

from runner.engine.box import EngineError, Exit, Nofile
from runner.measure.server import ServerFault
from runner.measure.talk import LIMIT_SECONDS, Overtime, Talk
from runner.spec import Exchange
from runner.spec.exchange import Reply
from tests.fake_engine import FakeBox, Script

PING = Exchange(send=b"PING\r\n", reply=Reply(exactly=b"+PONG\r\n"))


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


def took(content: bytes, at: int = 9) -> str:
    return f"took A at={at} hex={content.hex()}"


def test_a_reply_of_another_protocol_may_come_in_pieces() -> None:
    one = talk("sent A at=1", took(b"+PO", 2), took(b"NG\r\n", 3))
    one.spoken = PING
    asked = one.ask("A")
    assert (asked.text, asked.sent, asked.replied) == ("PING", 1, 3)


def test_half_of_a_reply_is_kept_for_a_client_that_waits_again() -> None:
    one = talk("sent A at=1", took(b"+PO"), "silence A at=4", took(b"NG\r\n", 7))
    one.spoken = PING
    asked = one.ask("A", 50)
    assert asked.replied is None
    assert one.listen(asked, 50).replied == 7


def test_a_wrong_reply_is_named_with_its_request() -> None:
    one = talk("sent A at=1", took(b"-ERR unknown\r\n"))
    one.spoken = PING
    wrong = r"replied to 'PING.*' '-ERR unknown.*', not '\+PONG"
    with pytest.raises(ServerFault, match=wrong):
        one.ask("A")


def test_bytes_that_are_none_are_the_labs_error() -> None:
    one = talk("sent A at=1", "took A at=2 hex=zz")
    one.spoken = PING
    with pytest.raises(EngineError, match="the talker says 'took' without hex="):
        one.ask("A")
