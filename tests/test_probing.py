"""`measure: probe`: what a probe tells is kept, what goes wrong is put at the right door."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from runner import measure
from runner.engine.box import BuildError, Exit
from runner.judge import Decision, verdicts
from runner.plan import Host, Trial, expand
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Fact, TrialRecord
from runner.spec import SpecError
from tests.conftest import MakeSuite
from tests.fake_engine import READY, FakeEngine, Script, server

ALONE = """
    experiments:
      - id: e
        title: t
        measure: probe
        probe: {name: select_ceiling, language: [c, python], args: ["tries=3"]}
        limits: {nofile: 4096}
        expect:
          - {finding: outcome, of: {language: c}, where: {fd: 1024}, equals: abort}
          - {finding: cost, of: {language: c}, at_most: 5}
"""
BESIDE = """
    experiments:
      - {id: e, title: t, measure: probe, probe: {name: neighbours},
         server: {lab: epoll, language: python}}
"""


@pytest.fixture
def alone(suite_of: MakeSuite) -> Trial:
    trials = expand(suite_of(ALONE), Host(20_000, (0, 1)), repeat=1).trials
    return next(trial for trial in trials if trial.language == "c")


@pytest.fixture
def beside(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(BESIDE), Host(20_000, (0, 1)), repeat=1).trials[0]


def probe(*told: dict[str, Any] | str, code: int = 0) -> Script:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in told]
    return Script(lines, Exit(code), "its last words", silent=False)


def run(trial: Trial, *scripts: Script) -> tuple[Outcome, FakeEngine]:
    engine = FakeEngine(scripts)
    found = measure.run(trial, engine, {})
    assert all(box.removed for box in engine.boxes)
    return found, engine


def test_what_a_probe_tells_is_kept(alone: Trial) -> None:
    told = [{"fd": 1024, "outcome": "abort"}, {"fd": 20, "outcome": "ready"}]
    found, engine = run(alone, probe(*told))
    assert (found.status, found.metrics["findings"]) == (Status.OK, 2)
    assert list(found.record.findings or ()) == told
    [box] = engine.asked
    assert (box.program.role, box.program.source.name) == ("probe", "probe.c")
    assert (box.args, box.nofile.soft, box.cpus) == (("tries=3",), 4096, (0,))
    assert list(from_json(to_json(found)).record.findings or ()) == told


def test_beside_a_server_it_is_a_client_and_may_ask_for_samples(beside: Trial) -> None:
    told = [{"sample": "began"}, {"case": "idle"}, {"sample": "ended"}]
    found, engine = run(beside, server(), probe(*told))
    assert found.status is Status.OK, found.reason
    assert found.record.findings == ({"case": "idle"},)
    samples = found.record.samples or {}
    assert samples["ended"].cpu_ns > samples["began"].cpu_ns
    its_server, client = engine.asked
    assert its_server.program.source.name == "server.py"
    assert (client.program.source.name, client.cpus) == ("probe.c", (1,))
    assert client.env == {"PORT": "9000"}
    assert engine.boxes[1].written == ["sampled", "sampled"]


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        (probe('MISSING what=server remedy="x"', code=77), Status.SKIP, "server; x"),
        (probe("MISSING what=server"), Status.ERROR, "ended with exit code 0"),
        (probe("MISSING what=mood", code=77), Status.ERROR, "the runner can check"),
        (probe('{"a": NaN}'), Status.ERROR, "NaN"),
        (probe('{"a": 1e999}'), Status.ERROR, "too large"),
        (probe('{"a": 1' + "0" * 400 + "}"), Status.ERROR, "too large"),
        (probe('{"a":' * 100_000), Status.ERROR, "no finding"),
        (probe("[" * 60_000), Status.ERROR, "deeper"),
        (probe('{"a": "' + "x" * 70_000 + '"}'), Status.ERROR, "longer than"),
        (probe({"sample": 5}), Status.ERROR, "no server runs"),
        (probe({"a": 1}, code=1), Status.ERROR, "the probe failed: exit code 1: its last words"),
        (probe(), Status.ERROR, "the probe reported no finding"),
        (probe("hello"), Status.ERROR, "no JSON: 'hello'"),
        (probe('["a"]'), Status.ERROR, "no finding"),
        (probe('{"a": {"b": 1}}'), Status.ERROR, "no finding"),
        (probe({"sample": "x"}), Status.ERROR, "no server runs"),
        (Script([], silent=True), Status.ERROR, "the probe did not end in time"),
    ],
)
def test_a_probe_that_fails_is_the_labs_error(
    alone: Trial, script: Script, status: Status, reason: str
) -> None:
    found, _ = run(alone, script)
    assert found.status is status
    assert reason in found.reason


def test_what_a_probe_says_is_cleaned_after_it_is_decoded(alone: Trial) -> None:
    found, _ = run(alone, probe('{"a\\u001b[31m": "\\u001b]0;title\\u0007x"}'))
    assert found.record.findings == ({"a[31m": "]0;titlex"},)


def test_missing_of_a_probe_is_believed_where_the_runner_finds_the_same(alone: Trial) -> None:
    says = probe('MISSING what=io_uring remedy="type: x"', code=77)
    found, _ = run(alone, says, Script(["HAS io_uring=no liburing=yes uvloop=yes"]))
    assert (found.status, found.reason) == (Status.SKIP, "io_uring; type: x")
    says = probe('MISSING what=io_uring remedy="type: x"', code=77)
    found, _ = run(alone, says, Script(["HAS io_uring=yes liburing=yes uvloop=yes"]))
    assert (found.status, "found it present" in found.reason) == (Status.ERROR, True)


class Forever(list[str]):
    """Lines that do not end."""

    def pop(self, index: Any = -1) -> str:
        return str(self[index])


@pytest.mark.parametrize(
    ("line", "seconds", "reason"),
    [
        ('{"sample": "x"}', 1, "did not end in time"),
        ('{"a": 1}', 600, "more than 10,000 findings"),
        ('{"a": "' + "x" * 60_000 + '"}', 600, "larger than 4 MiB"),
    ],
)
def test_a_probe_that_never_ends_is_bounded(
    beside: Trial, line: str, seconds: int, reason: str
) -> None:
    endless = Script(Forever([line]))
    found, _ = run(replace(beside, timeout_ns=seconds * 10**9), server(), endless)
    assert (found.status, reason in found.reason) == (Status.ERROR, True), found.reason


def test_samples_are_bounded_in_number_and_name(beside: Trial) -> None:
    many = probe(*({"sample": str(n)} for n in range(1002)))
    found, _ = run(beside, server(), many)
    assert (found.status, "more than 1,000 samples" in found.reason) == (Status.ERROR, True)
    found, _ = run(beside, server(), probe({"sample": "x" * 201}))
    assert (found.status, "200 characters" in found.reason) == (Status.ERROR, True)


def test_a_server_beside_a_probe_is_held_to_the_contract(beside: Trial) -> None:
    found, _ = run(beside, Script(["READY port=9001"]), probe({"a": 1}))
    assert (found.status, "PORT is 9000" in found.reason) == (Status.FAIL, True)
    found, _ = run(beside, Script([READY, "hello"], stopped=Exit(None, 9)), probe({"a": 1}))
    assert found.status is Status.OK
    printed, ended = found.record.notes or ()
    assert "printed lines" in printed
    assert "SIGTERM" in ended


def test_a_server_that_dies_under_a_probe_fails(beside: Trial) -> None:
    found, _ = run(beside, server(ended=Exit(None, 11)), probe({"a": 1}))
    assert (found.status, "signal 11" in found.reason) == (Status.FAIL, True)


def test_a_probe_that_does_not_compile_costs_nobody_marks(alone: Trial) -> None:
    [program] = measure.programs(alone)
    found = measure.run(alone, FakeEngine([]), {program: BuildError("probe.c:3: error")})
    assert (found.status, "probe.c:3" in found.reason) == (Status.ERROR, True)


@pytest.mark.parametrize(
    ("outcomes", "costs", "expected"),
    [
        (["abort", "abort"], [1.0, 1.1, 1.2, 1.1, 1.0], [Decision.PASS, Decision.PASS]),
        (["abort", "ready"], [9.0, 9.1, 9.2, 9.1, 9.0], [Decision.FAIL, Decision.FAIL]),
        ([], [], [Decision.INVALID, Decision.INVALID]),
    ],
)
def test_findings_are_judged(
    suite_of: MakeSuite, outcomes: list[str], costs: list[float], expected: list[Decision]
) -> None:
    suite = suite_of(ALONE)
    cell = next(c for c in suite.experiments[0].cells() if c.get("language") == "c")
    calls: list[Fact] = [{"fd": 1024.0, "outcome": each} for each in outcomes]
    told: list[list[Fact]] = [
        [*calls, {"fd": 20, "outcome": "ready", "cost": cost}] for cost in costs
    ] or [[{"fd": 20}]]
    measurements = [
        Outcome(f"e#{n}", cell, n, Status.OK, record=TrialRecord(findings=tuple(findings)))
        for n, findings in enumerate(told)
    ]
    assert [verdict.outcome for verdict in verdicts(suite, measurements)] == expected


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            ("measure: probe", "measure: load"),
            "does not use this key; add measure: probe, or delete it",
        ),
        (
            ("probe: {name", "server: {lab: epoll}\n        probe: {name"),
            "has the server's language",
        ),
        (("select_ceiling", "select_celing"), "did you mean 'select_ceiling'?"),
        (("equals: abort", "equals: abort, at_most: 3"), "equals cannot be combined"),
        (("finding: cost", "metric: rate"), "measure: probe does not yield 'rate'"),
    ],
)
def test_a_wrong_spec_says_what_to_type(
    suite_of: MakeSuite, change: tuple[str, str], line: str
) -> None:
    with pytest.raises(SpecError, match="experiments") as caught:
        suite_of(ALONE.replace(*change))
    assert line in str(caught.value)


def test_full_adds_what_a_plain_run_leaves_out(suite_of: MakeSuite) -> None:
    suite = suite_of(
        """
        experiments:
          - id: e
            title: t
            server: {lab: epoll}
            fleet: {idle: [0, 100, 200]}
            repeat: 2
            full: {repeat: 3, adds: [{idle: 200}]}
        """
    )
    host = Host(20_000, (0, 1))
    plain = expand(suite, host).trials
    full = expand(suite, host, full=True).trials
    assert sorted({trial.idle for trial in plain}) == [0, 100]
    assert sorted({trial.idle for trial in full}) == [0, 100, 200]
    assert (len(plain), len(full)) == (4, 9)
