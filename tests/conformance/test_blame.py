"""Who is blamed for a case that did not end as it should: the server, the talker or the machine."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from runner import measure
from runner.engine.box import Exit
from runner.kinds.conformance import CASES
from runner.measure import busy, clock
from runner.measure.exam import PORTS
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from tests.conformance.answering import TalkingEngine
from tests.conftest import MakeSuite
from tests.fake_engine import Script, server

SPEC = """
    experiments:
      - {id: e, title: t, measure: conformance, server: {lab: epoll}}
"""
SILENT = "flowed done=0 of=1 gone=0 client=A what=silent given=100 give=100 back=40 shut=0 at=1"
RESET = "flowed done=0 of=1 gone=1 client=A what=reset given=100 give=100 back=40 shut=0 at=1"
GREETED = 1
"""Flows before those of the case."""


@pytest.fixture
def trials(suite_of: MakeSuite) -> dict[str, Trial]:
    planned = expand(suite_of(SPEC), Host(20_000, (0, 1)), repeat=1).trials
    return {str(trial.cell.get("case")): trial for trial in planned}


def run(trial: Trial, engine: TalkingEngine) -> Outcome:
    return measure.run(trial, engine, {})


def resting() -> Script:
    return server(cpu_share=0.0)


def test_without_the_key_every_case_is_a_trial(trials: dict[str, Trial]) -> None:
    assert set(trials) == set(CASES)


@pytest.mark.parametrize("case", [case for case in CASES if case not in ("ready", "sigterm")])
def test_a_server_that_does_all_that_is_due_keeps_every_case(
    case: str, trials: dict[str, Trial]
) -> None:
    found = run(trials[case], TalkingEngine(resting()))
    assert found.status is Status.OK, found.reason
    assert found.metrics["kept"] == 1
    assert found.record.granted.server is not None


def test_a_port_is_drawn_that_the_server_cannot_know(trials: dict[str, Trial]) -> None:
    trial = trials["ready"]
    port = Random(trial.seed).randint(*PORTS)
    found = run(trial, TalkingEngine(Script([f"READY port={port} model=x", None], cpu_share=0.0)))
    assert found.status is Status.OK, found.reason
    found = run(trial, TalkingEngine(server()))
    assert found.status is Status.FAIL
    assert f"the environment variable PORT is {port}" in found.reason


def test_an_end_on_sigterm_is_observed_idle_and_busy(trials: dict[str, Trial]) -> None:
    engine = TalkingEngine(resting(), resting())
    assert run(trials["sigterm"], engine).status is Status.OK
    assert len(engine.boxes) == 2
    found = run(trials["sigterm"], TalkingEngine(server(stopped=Exit(3))))
    assert (found.status, found.metrics) == (Status.FAIL, {"kept": 0})
    assert "on SIGTERM the server ended with exit code 3" in found.reason


def test_a_server_that_was_killed_after_sigterm_has_a_second_try(
    trials: dict[str, Trial],
) -> None:
    """A machine may stand still for seconds, once."""
    killed = Exit(None, 9)
    engine = TalkingEngine(server(stopped=killed), resting(), resting())
    assert run(trials["sigterm"], engine).status is Status.OK
    engine = TalkingEngine(server(stopped=killed), server(stopped=killed))
    found = run(trials["sigterm"], engine)
    assert found.status is Status.FAIL
    assert "no client was connected; on SIGTERM the server was still running" in found.reason


def test_a_silence_is_the_servers_fault_after_a_second_wait(trials: dict[str, Trial]) -> None:
    silent = {("flow", GREETED + 1): SILENT, ("flow", GREETED + 2): SILENT}
    found = run(trials["bytes"], TalkingEngine(resting(), instead=silent))
    assert (found.status, found.metrics) == (Status.FAIL, {"kept": 0})
    assert "client A sent a message of" in found.reason
    assert "the server sent 40 of 100 bytes back and then nothing for 5 s" in found.reason


def test_a_reply_that_comes_during_the_second_wait_counts(trials: dict[str, Trial]) -> None:
    late = {("flow", GREETED + 1): SILENT}
    assert run(trials["bytes"], TalkingEngine(resting(), instead=late)).status is Status.OK


def test_a_server_without_a_cpu_is_not_blamed_for_a_silence(
    trials: dict[str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    def samples() -> Iterator[busy.Sample]:
        for second in range(100):
            yield busy.Sample(second * 10**9, 0, second * 9 * 10**8)

    taken = samples()
    monkeypatch.setattr(busy, "sample", lambda _server: next(taken))
    silent = {("flow", GREETED + 1): SILENT, ("flow", GREETED + 2): SILENT}
    found = run(trials["bytes"], TalkingEngine(resting(), instead=silent))
    assert found.status is Status.INVALID
    assert "other programs used its CPU" in found.reason


def test_a_suspended_machine_is_not_the_servers_silence(
    trials: dict[str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "jump", lambda _before, _after: "the machine was suspended for 9 s")
    silent = {("flow", GREETED + 1): SILENT, ("flow", GREETED + 2): SILENT}
    found = run(trials["bytes"], TalkingEngine(resting(), instead=silent))
    assert found.status is Status.INVALID
    assert "the machine was suspended" in found.reason


def test_wrong_bytes_are_the_servers_fault_at_once(trials: dict[str, Trial]) -> None:
    wrong = (
        "flowed done=0 of=1 gone=0 client=A what=wrong given=100 give=100 back=40 shut=0 seen=7 "
        "due=9 from=own place=60 at=1"
    )
    found = run(trials["bytes"], TalkingEngine(resting(), instead={("flow", GREETED + 1): wrong}))
    assert found.status is Status.FAIL
    assert "20 bytes are missing" in found.reason


def test_a_server_that_ended_is_named_with_what_the_clients_did(trials: dict[str, Trial]) -> None:
    reset = {("flow", GREETED + 1): RESET}
    found = run(trials["bytes"], TalkingEngine(server(ended=Exit(1)), instead=reset))
    assert found.status is Status.FAIL
    assert found.reason.startswith("client A sent a message of")
    assert "the server died during the trial, exit code 1" in found.reason


@pytest.mark.parametrize("killed", [Exit(None, 9), Exit(None, 15), Exit(None, 9, oom=True)])
def test_a_killed_talker_is_no_fault_of_a_server_that_ends_of_it(
    killed: Exit, trials: dict[str, Trial]
) -> None:
    gone = {("flow", GREETED + 1): None}
    engine = TalkingEngine(server(ended=Exit(1)), instead=gone, talker_ended=killed)
    found = run(trials["bytes"], engine)
    assert found.status is Status.ERROR
    assert "the talker was killed" in found.reason


def test_a_server_that_was_killed_from_outside_is_not_blamed(trials: dict[str, Trial]) -> None:
    reset = {("flow", GREETED + 1): RESET}
    outside = server(ended=Exit(None, 9, outside=True))
    found = run(trials["bytes"], TalkingEngine(outside, instead=reset))
    assert found.status is Status.ERROR
    assert "killed from outside" in found.reason


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        ("failed socket: Cannot assign requested address", Status.ERROR, "the talker: failed"),
        ("failed connect: Connection refused", Status.FAIL, "a client could not connect"),
        ("pending A at=2", Status.FAIL, "client A could not connect for 3 s"),
        ("opened", Status.OK, ""),
    ],
)
def test_a_client_that_cannot_connect(
    answer: str, status: Status, says: str, trials: dict[str, Trial]
) -> None:
    found = run(trials["bytes"], TalkingEngine(resting(), instead={("open", 2): answer}))
    assert found.status is status
    assert says in found.reason


def test_what_is_no_outcome_is_the_labs_error(trials: dict[str, Trial]) -> None:
    for nonsense in ("", "flowed", "flowed done=² gone=0", "READY port=9000"):
        engine = TalkingEngine(resting(), instead={("flow", 1): nonsense})
        assert run(trials["bytes"], engine).status is Status.ERROR, nonsense


def test_a_server_that_never_sleeps_does_not_keep_idle_and_may_keep_the_rest(
    trials: dict[str, Trial],
) -> None:
    found = run(trials["idle"], TalkingEngine(server(cpu_share=1.0)))
    assert found.status is Status.FAIL
    assert "the server used 100% of a CPU" in found.reason
    assert run(trials["empty"], TalkingEngine(server(cpu_share=1.0))).status is Status.OK


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (None, "printed no line REFUSED"),
        ("REFUSED limit=EMFILE fd=99", "which is impossible"),
        ("REFUSED limit=FD_SETSIZE fd=20", "which is impossible"),
    ],
)
def test_a_refusal_must_name_a_limit_that_can_be(
    line: str | None, says: str, trials: dict[str, Trial]
) -> None:
    closed = "admitted done=15 of=1 gone=1 client=w15 what=gone given=8 give=8 back=0 shut=0 at=1"
    refuses = Script(["READY port=9000 model=x", None, *([line] if line else [])], cpu_share=0.0)
    found = run(trials["limit"], TalkingEngine(refuses, instead={("admit", 1): closed}))
    assert found.status is Status.FAIL
    assert says in found.reason


def test_a_client_that_is_neither_served_nor_closed_breaks_the_limit(
    trials: dict[str, Trial],
) -> None:
    waits = "admitted done=15 of=1 gone=0 client=w15 what=silent given=8 give=8 back=0 shut=0 at=1"
    silent = "flowed done=0 of=1 gone=0 client=w15 what=silent given=8 give=8 back=0 shut=0 at=1"
    engine = TalkingEngine(resting(), instead={("admit", 1): waits, ("flow", 2): silent})
    found = run(trials["limit"], engine)
    assert found.status is Status.FAIL
    assert (
        "15 clients were connected, and another one came; the server sent nothing" in found.reason
    )
