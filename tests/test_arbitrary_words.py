"""Whatever bytes a server, a probe, a fleet or a talker prints: an outcome, and safe text in it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import measure
from runner.engine.box import Exit
from runner.judge import verdicts
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from runner.spec import Suite
from tests.conformance.answering import TalkingEngine
from tests.conftest import MakeSuite
from tests.examples import examples
from tests.fake_engine import FakeEngine, Script, fleet, server
from tests.spoken import NOISE, READY_NOISE, SPOKEN, assert_safe, lines_of

SUITE = """
    experiments:
      - {id: load, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50},
         expect: [{metric: errors, at_most: 0}]}
      - {id: ceiling, title: t, measure: ceiling, server: {lab: select}, limits: {nofile: 4096},
         expect: [{metric: limit, equals: EMFILE}]}
      - {id: probe, title: t, measure: probe, probe: {name: neighbours},
         server: {lab: epoll, language: python},
         expect: [{finding: a, equals: 1}, {finding: a, at_most: 1}]}
      - {id: trace, title: t, measure: trace, server: {lab: epoll}, fleet: {idle: 10}}
      - {id: conformance, title: t, measure: conformance, server: {lab: epoll},
         fleet: {case: limit}, expect: [{metric: kept, equals: 1}]}
"""
MANY = settings(
    deadline=None,
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ENDS = st.sampled_from([None, Exit(0), Exit(77), Exit(1), Exit(137), Exit(None, 9), Exit(None, 11)])
CHECK = Script(["HAS io_uring=yes liburing=yes uvloop=no"])
"""Where a server says that something is missing, the runner looks itself."""
OWN_FAULT = "the runner itself failed"


@pytest.fixture
def suite(suite_of: MakeSuite) -> Suite:
    return suite_of(SUITE)


def trial_of(suite: Suite, experiment: str) -> Trial:
    trials = expand(suite, Host(20_000, (0, 1)), repeat=1).trials
    return next(trial for trial in trials if trial.experiment == experiment)


def run(suite: Suite, trial: Trial, *scripts: Script) -> Outcome:
    found = measure.run(replace(trial, timeout_ns=2 * 10**9), FakeEngine(scripts), {})
    assert_safe(found)
    for verdict in verdicts(suite, [found]):
        assert verdict.outcome in ("FAIL", "ERROR", "INVALID", "INCONCLUSIVE", "SKIP", "PASS")
    return found


def speaker(data: bytes, ended: Exit | None, *, silent: bool) -> Script:
    return Script(lines_of(data), ended, "its \x1b[31mlog".replace("\x1b", ""), silent=silent)


@MANY
@given(SPOKEN, ENDS, st.booleans())
def test_a_server_that_prints_anything_under_a_load(
    suite: Suite, data: bytes, ended: Exit | None, silent: bool
) -> None:
    trial = trial_of(suite, "load")
    says = speaker(data, ended, silent=silent)
    second = CHECK if lines_of(data)[:1] and lines_of(data)[0].startswith("MISSING") else None
    found = run(suite, trial, says, second or fleet(idle=200, active=50))
    assert OWN_FAULT not in found.reason
    assert found.status is not Status.ERROR


@MANY
@given(READY_NOISE, st.integers(0, 20_000), st.sampled_from(["cap", "closed", "timeout"]))
def test_a_server_that_prints_anything_at_its_ceiling(
    suite: Suite, data: bytes, served: int, stopped_by: str
) -> None:
    lines = lines_of(data)
    later = server(*lines[1:], descriptors=4096)
    met = fleet(served=served, refused=1, stopped_by=stopped_by, requests=0)
    found = run(suite, trial_of(suite, "ceiling"), later, met)
    assert OWN_FAULT not in found.reason
    assert found.status in (Status.OK, Status.FAIL)


@MANY
@given(SPOKEN, ENDS, st.booleans())
def test_a_probe_that_prints_anything(
    suite: Suite, data: bytes, ended: Exit | None, silent: bool
) -> None:
    says = speaker(data, ended, silent=silent)
    found = run(suite, trial_of(suite, "probe"), server(), says, CHECK)
    assert OWN_FAULT not in found.reason
    assert found.status in (Status.OK, Status.ERROR, Status.SKIP)


@MANY
@given(SPOKEN, st.booleans())
def test_a_server_beside_a_probe_that_prints_anything(
    suite: Suite, data: bytes, silent: bool
) -> None:
    probe = Script(['{"a": 1}'], Exit(0), silent=False)
    found = run(suite, trial_of(suite, "probe"), speaker(data, None, silent=silent), probe)
    assert OWN_FAULT not in found.reason
    assert found.status in (Status.OK, Status.FAIL)


@MANY
@given(NOISE, st.integers(0, 6), st.booleans())
def test_a_fleet_that_prints_anything_is_never_the_servers_fault(
    suite: Suite, data: bytes, before: int, silent: bool
) -> None:
    right = fleet(idle=200, active=50).lines
    says = Script([*right[:before], *lines_of(data)], Exit(3), silent=silent)
    found = run(suite, trial_of(suite, "load"), server(), says)
    # It may have said itself, a moment before, how few connections the server accepted.
    slow = silent and re.search("accepted only|answered no client", found.reason)
    assert slow or found.status in (Status.ERROR, Status.OK)


@MANY
@given(NOISE, st.booleans(), st.sampled_from(["trace", "conformance"]))
def test_a_talker_that_prints_anything(
    suite: Suite, data: bytes, silent: bool, experiment: str
) -> None:
    says = Script(lines_of(data), Exit(3), silent=silent)
    found = run(suite, trial_of(suite, experiment), server(), says)
    assert OWN_FAULT not in found.reason


@MANY
@given(SPOKEN, ENDS)
def test_a_server_that_prints_anything_under_a_trace(
    suite: Suite, data: bytes, ended: Exit | None
) -> None:
    silent_talker = Script([], Exit(3), silent=True)
    found = run(suite, trial_of(suite, "trace"), speaker(data, ended, silent=True), silent_talker)
    assert OWN_FAULT not in found.reason


@MANY
@given(SPOKEN, ENDS)
def test_a_server_that_prints_anything_while_its_contract_is_checked(
    suite: Suite, data: bytes, ended: Exit | None
) -> None:
    engine = TalkingEngine(speaker(data, ended, silent=True), CHECK)
    trial = replace(trial_of(suite, "conformance"), timeout_ns=2 * 10**9)
    found = measure.run(trial, engine, {})
    assert_safe(found)
    assert OWN_FAULT not in found.reason
