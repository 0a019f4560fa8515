"""A trial never takes the run with it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, cast

import pytest

from runner import measure
from runner.engine.box import Box, BuildError, CrowdError, EngineError, Running
from runner.measure.driven import REFUSED_SECONDS
from runner.plan import Host, Trial, expand
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.records.usage import Usage
from tests.conftest import MakeSuite
from tests.fake_engine import READY, FakeBox, FakeEngine, Script, fleet, server

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


def raising(error: Exception) -> Script:
    def fail() -> None:
        raise error

    return Script([READY], on_read=fail)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        RecursionError("deep"),
        MemoryError(),
        ValueError("\x1b[31m²"),
        ZeroDivisionError(),
    ],
)
def test_whatever_a_trial_raises_is_its_error_with_the_traceback(
    load: Trial, error: Exception
) -> None:
    found = run(load, raising(error))
    assert found.status is Status.ERROR
    assert f"the runner itself failed: {type(error).__name__}" in found.reason
    assert "Traceback" not in found.reason
    assert "\x1b" not in found.reason + (found.record.traceback or "")
    assert "Traceback (most recent call last)" in (found.record.traceback or "")
    assert from_json(to_json(found)).record.traceback


@pytest.mark.parametrize("unwritable", [{("a", 1): 2}, {"rate": {1}}])
def test_what_json_cannot_hold_is_an_error_of_that_trial(
    load: Trial, unwritable: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*_: object) -> tuple[Status, str, dict[Any, Any], TrialRecord]:
        return Status.OK, "", unwritable, TrialRecord()

    monkeypatch.setitem(cast("dict[str, object]", measure.RUNNERS), load.measure, measured)
    found = run(load)
    assert found.status is Status.ERROR
    assert "the runner itself failed: TypeError" in found.reason
    assert from_json(to_json(found)).status is Status.ERROR


def test_a_crowd_of_processes_is_its_server_s_fault(
    load: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a fork bomb would make its own grade one that does not count."""

    def crowded(_: FakeBox, *, memory: bool = True) -> Usage:
        raise CrowdError(f"the memory of 64 was read: {memory}")

    monkeypatch.setattr(FakeBox, "usage", crowded)
    found = run(load, server(), fleet(idle=200, active=50))
    assert found.status is Status.FAIL
    assert found.reason.startswith("it starts too many processes: the memory of 64 was read")


class ByPort(FakeEngine):
    """Each server has a script of its own, whichever of several threads launches first."""

    def __init__(self, scripts: dict[str, list[Script]]) -> None:
        super().__init__([])
        self._by_trial = scripts
        self._lock = threading.Lock()

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        with self._lock:
            self._scripts = [self._by_trial[box.label].pop(0)]
            return super().launch(box, beside)


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3)])
def test_one_of_a_group_that_raises_does_not_take_the_others_with_it(
    load: Trial, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    pair = [replace(load, id=name, turn=turn, turns=2) for turn, name in enumerate("ab")]
    scripts = {
        "a": [Script([READY], on_read=fail)],
        "b": [server(), fleet(idle=200, active=50)],
    }
    first, second = measure.run_all(pair, ByPort(scripts), {})
    assert first.status is Status.ERROR
    assert second.status is Status.OK, second.reason


def test_what_does_not_compile_is_not_tried_again(load: Trial) -> None:
    program = measure.server_program(load)
    found = measure.run(
        load, FakeEngine([]), {program: BuildError("server.c:3: \x1b]0;x\x07 error")}
    )
    assert (found.status, found.record.final) == (Status.FAIL, True)
    assert "\x1b" not in found.reason


def test_waiting_for_the_reason_of_a_refusal_is_bounded() -> None:
    assert REFUSED_SECONDS <= 5
