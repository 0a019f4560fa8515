"""READY and MISSING: what a server says first is held against what the runner knows."""

from __future__ import annotations

import pytest

from runner import measure
from runner.engine.box import EngineError, Exit
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine, Script, fleet, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""
CEILING = """
    experiments:
      - {id: e, title: t, measure: ceiling, server: {lab: select}, limits: {nofile: NOFILE}}
"""
HOST = Host(20_000, (0, 1))


@pytest.fixture
def load(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(LOAD), HOST, repeat=1).trials[0]


def run(trial: Trial, *scripts: Script | EngineError, leaving: bool = False) -> Outcome:
    engine = FakeEngine(scripts)
    engine.leaving = leaving
    found = measure.run(trial, engine, {})
    assert all(box.removed for box in engine.boxes), "every box is removed, whatever happened"
    return found


@pytest.mark.parametrize(
    "port", ["²", "9" * 5000, "0", "99999", "-1", "9001", "٩٠٠٠", "9000x", "", '"9000', "0x2328"]
)
def test_a_ready_line_with_another_port_fails_that_server_for_good(load: Trial, port: str) -> None:
    found = run(load, Script([f"READY port={port} model=x"]))
    assert found.status is Status.FAIL
    assert "PORT is 9000" in found.reason
    assert len(found.reason) < 300
    assert found.record.final is True


def test_a_ready_line_may_name_the_port_as_other_digits_of_the_same_number(load: Trial) -> None:
    speaks = Script(['READY model="any words" port=09000'])
    assert run(load, speaks, fleet(idle=200, active=50)).status is Status.OK


def test_without_ready_the_reason_shows_the_log_and_what_to_do(load: Trial) -> None:
    found = run(load, Script([], stderr="starting\nlistening on 9000\n"))
    assert found.status is Status.FAIL
    assert "flush stdout" in found.reason
    assert "'READY port=9000 model=NAME' with a newline" in found.reason
    assert found.reason.endswith("its log: starting | listening on 9000")
    assert found.record.final is True


def test_a_server_that_ended_while_a_child_holds_its_stdout_is_said_to_have_ended(
    load: Trial,
) -> None:
    found = run(load, Script([], ended=Exit(3), stderr="gone"))
    assert (found.status, found.reason) == (
        Status.FAIL,
        "the server ended before READY: exit code 3: gone",
    )


def test_a_server_that_closes_stdout_before_ready_fails(load: Trial) -> None:
    found = run(load, Script([], silent=False))
    assert found.status is Status.FAIL
    assert "closed its stdout before READY and keeps running" in found.reason


def test_a_server_that_closes_stdout_after_ready_goes_on(load: Trial) -> None:
    found = run(load, server(silent=False), fleet(idle=200, active=50))
    assert found.status is Status.OK, found.reason


SAYS = 'MISSING what={} remedy="type: x"'


@pytest.mark.parametrize("what", ["io_uring", "liburing", "uvloop"])
def test_missing_is_believed_where_the_runner_finds_the_same(load: Trial, what: str) -> None:
    lacking = Script(
        [f"HAS io_uring=yes liburing=yes uvloop=yes {what}=no".replace(f"{what}=yes", "")]
    )
    found = run(load, Script([SAYS.format(what)], Exit(77)), lacking)
    assert (found.status, found.reason) == (Status.SKIP, f"{what}; type: x")


def test_missing_what_is_there_fails(load: Trial) -> None:
    has = Script(["HAS io_uring=yes liburing=yes uvloop=yes"])
    found = run(load, Script([SAYS.format("io_uring")], Exit(77)), has)
    assert found.status is Status.FAIL
    assert "reported io_uring as missing; the runner found it present" in found.reason
    assert "write `Needs: io_uring` in the banner" in found.reason
    assert found.record.final is True


@pytest.mark.parametrize("what", ["libfoo", "mood", "server", "", "²" * 500])
def test_missing_what_the_runner_cannot_check_fails(load: Trial, what: str) -> None:
    found = run(load, Script([SAYS.format(what)], Exit(77)))
    assert found.status is Status.FAIL
    assert "the runner can check only io_uring, liburing, uvloop" in found.reason


@pytest.mark.parametrize(
    ("ended", "how"),
    [
        (None, "keeps running"),
        (Exit(0), "ended with exit code 0"),
        (Exit(1), "ended with exit code 1"),
        (Exit(None, 9), "ended with signal 9"),
    ],
)
def test_missing_without_status_77_fails(load: Trial, ended: Exit | None, how: str) -> None:
    found = run(load, Script([SAYS.format("io_uring")], ended))
    assert (found.status, how in found.reason) == (Status.FAIL, True), found.reason
    assert found.record.final is True


def test_a_check_that_fails_is_the_labs_error(load: Trial) -> None:
    for check in (Script(["what?"]), Script([]), EngineError("no box")):
        found = run(load, Script([SAYS.format("uvloop")], Exit(77)), check)
        assert found.status is Status.ERROR, found.reason
