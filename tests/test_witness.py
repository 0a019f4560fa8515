"""A failure under denials: what its reason says of them, and what the record keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner import measure
from runner.engine.box import Exit, MissingError, Program
from runner.measure import ClaimError, ServerFault, judged
from runner.measure.witness import hint
from runner.paths import LABS
from runner.plan import Host, Trial, expand
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from tests.conftest import MakeSuite
from tests.fake_engine import FakeEngine, Script, fleet, server

SPEC = """
    experiments:
      - id: e
        title: t
        server: {lab: epoll}
        fleet: {idle: 0, active: 1}
        limits: {deny: [pselect6, threads, poll]}
"""
DENIED = ("poll", "select", "threads")
CONFINED = ("net", "pid", "seccomp")


@pytest.fixture
def trial(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(SPEC), Host(20_000, (0, 1)), repeat=1).trials[0]


def run(trial: Trial, *scripts: Script) -> Outcome:
    return measure.run(trial, FakeEngine(scripts), {})


def dead(stderr: str, isolation: tuple[str, ...] = CONFINED) -> Script:
    return Script([], ended=Exit(1), stderr=stderr, silent=False, isolation=isolation)


def test_the_record_says_what_was_denied_and_whether_it_was_in_force(trial: Trial) -> None:
    assert trial.deny == DENIED
    held = run(trial, replace(server(), isolation=CONFINED), fleet())
    assert held.record.asked.deny == held.record.granted.denied == DENIED
    assert from_json(to_json(held)).record.granted.denied == DENIED
    open_box = run(trial, server(), fleet())
    assert open_box.record.granted.denied == ()
    assert from_json(to_json(open_box)).record.granted.denied == ()
    free = run(replace(trial, deny=()), server(), fleet())
    assert free.record.granted.denied is None


@pytest.mark.parametrize(
    ("stderr", "named"),
    [
        ("poll: Function not implemented\n", "poll"),
        ("ppoll failed: ENOSYS\n", "poll"),
        ("    self.poller.poll()\nOSError: [Errno 38] Function not implemented\n", "poll"),
        ("    t.start()\nRuntimeError: can't start new thread\n", "new threads"),
        ("something: Function not implemented\n", "poll, select, new threads"),
        ("", "poll, select, new threads"),
    ],
)
def test_a_server_that_does_not_start_is_told(trial: Trial, stderr: str, named: str) -> None:
    found = run(trial, dead(stderr))
    assert found.status is Status.FAIL
    assert f"denied here: {named} (ENOSYS" in found.reason


def test_a_server_that_fails_later_is_told_only_where_its_log_says_so() -> None:
    assert hint(DENIED, "died during the trial, signal 11: nothing on stderr") == ""
    assert hint(DENIED, "the server held 3 of 50 connections\npoll did well") == ""
    assert "new threads" in hint(DENIED, "held 0; it reported REFUSED limit=THREADS fd=7")
    for held, said in ((10, True), (30, False)):
        assert ("poll of 16" in hint(("poll_many",), f"the server held {held} of 50")) == said
    lines = ["poll: ok", "", "", "pthread_create: Function not implemented"]
    assert ": new threads (" in hint(DENIED, "\n".join(lines)), "a line far above names nothing"


def test_what_is_not_in_force_is_no_reason(trial: Trial) -> None:
    found = run(trial, dead("poll: Function not implemented\n", isolation=("net",)))
    assert "denied here" not in found.reason


def test_a_server_does_not_skip_a_trial_with_the_word_for_what_is_denied() -> None:
    """Not even on a machine without io_uring: an assignment that denies it needs none."""
    claim = ClaimError("io_uring", "type this", "server")
    program = Program("server", LABS / "io_uring", "c")
    answer = Script(["HAS io_uring=no liburing=no uvloop=no"])
    fault = judged(claim, FakeEngine([answer]), program, denied=("io_uring_setup",))
    assert isinstance(fault, ServerFault)
    assert "its box denies it" in str(fault)
    assert isinstance(judged(claim, FakeEngine([answer]), program), MissingError)
