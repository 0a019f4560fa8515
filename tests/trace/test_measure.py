"""`measure: trace` as a trial among others: its metrics, its record, its SKIP."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runner import judge, measure, plan
from runner.engine.box import MissingError, Program
from runner.engine.process import ProcessEngine
from runner.engine.process.grants import Grants
from runner.judge import Decision
from runner.kinds import TRACE
from runner.measure.boxes import TRACE_PROGRAMS, TRACER_PROGRAM
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Status
from runner.spec import SpecError
from tests.conftest import MakeSuite
from tests.trace.servers import MUTANTS, box_of

TEXT = """
experiments:
  - id: as-seen
    title: t
    measure: trace
    server: {{lab: {lab}, language: [{language}]}}
    fleet: {{idle: [{idle}]}}
    limits: {{nofile: 1024}}
    repeat: 1
    expect:
      - {{metric: model, of: {{}}, equals: epoll}}
      - {{metric: syscall_bytes_per_event, of: {{}}, at_most: 32B}}
"""
HOST = plan.Host(1 << 16, (0, 1))


def test_a_trial_yields_every_metric_of_a_trace_and_a_record_that_can_be_judged_again(
    engine: ProcessEngine, suite_of: MakeSuite
) -> None:
    suite = suite_of(TEXT.format(lab="epoll_et", language="c", idle=3))
    (trial,) = plan.expand(suite, HOST).trials
    done = measure.run(trial, engine, engine.prepare(measure.programs(trial), print))
    assert done.status is Status.OK, done.reason
    assert set(done.metrics) == {metric.name for metric in TRACE.metrics}
    again = from_json(json.loads(json.dumps(to_json(done))))
    assert again.metrics["model"] == "epoll, edge-triggered"
    assert again.record.trace is not None
    assert again.record.trace.timeline is not None
    assert again.record.trace.timeline.steps
    model, border = judge.verdicts(suite, [again])
    assert (model.outcome, border.outcome) == (Decision.FAIL, Decision.PASS)


def test_a_python_server_is_asked_for_its_coroutines_too(
    engine: ProcessEngine, suite_of: MakeSuite
) -> None:
    suite = suite_of(TEXT.format(lab="aecho", language="python", idle=3))
    (trial,) = plan.expand(suite, HOST).trials
    done = measure.run(trial, engine, engine.prepare(measure.programs(trial), print))
    assert done.record.trace is not None
    assert done.record.trace.switches > 0
    assert (done.record.trace.coroutines or {})["threads"] == 1
    assert {verdict.outcome for verdict in judge.verdicts(suite, [done])} == {Decision.PASS}


def test_without_a_tracer_a_trial_is_skipped_and_says_what_to_type(suite_of: MakeSuite) -> None:
    suite = suite_of(TEXT.format(lab="epoll", language="c", idle=3))
    (trial,) = plan.expand(suite, HOST).trials
    missing = MissingError("no strace", "type: sudo apt-get install strace")
    done = measure.run(trial, ProcessEngine(), {TRACER_PROGRAM: missing})
    assert done.status is Status.SKIP
    assert done.reason == "no strace; type: sudo apt-get install strace"


@pytest.mark.parametrize("idle", ["1001", "max"])
def test_a_crowd_is_not_traced(idle: str, suite_of: MakeSuite) -> None:
    with pytest.raises(SpecError, match="too many for measure: trace; at most 1k; type 100"):
        suite_of(TEXT.format(lab="epoll", language="c", idle=idle))


def test_a_tracer_outside_the_user_namespace_is_not_counted_among_the_users_processes(
    monkeypatch: pytest.MonkeyPatch, engine: ProcessEngine
) -> None:
    """RLIMIT_NPROC would count all that the user runs, and refuse it its first fork."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("platform.release", lambda: "6.1.0")
    grants = Grants(spaces=("user",), refused=(), nofile=1024, cgroups=())
    server = box_of(Program("server", MUTANTS / "select_is_poll", "c"), engine)
    tracer = replace(server, program=TRACER_PROGRAM)
    assert "--pids" in grants.options(server)
    assert "--pids" not in grants.options(tracer)


def test_the_tools_are_prepared_with_the_servers(suite_of: MakeSuite) -> None:
    suite = suite_of(TEXT.format(lab="epoll", language="c", idle=3))
    (trial,) = plan.expand(suite, HOST).trials
    assert set(measure.programs(trial)) >= set(TRACE_PROGRAMS)
