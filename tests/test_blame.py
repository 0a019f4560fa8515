"""Who is blamed for what happened to a load: the server, the load generator, or the machine."""

from __future__ import annotations

import os

import pytest

from runner import measure
from runner.engine.box import Exit
from runner.measure import held
from runner.measure.listening import Listener
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from tests.conftest import MakeSuite
from tests.fake_engine import ERRORS, FakeEngine, Script, event, fleet, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""


@pytest.fixture
def load_trial(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(LOAD), Host(20_000, (0, 1)), repeat=1).trials[0]


def run(trial: Trial, *scripts: Script) -> Outcome:
    return measure.run(trial, FakeEngine(scripts), {})


def test_drops_in_the_listen_queue_are_invalid(load_trial: Trial) -> None:
    net = {"listen_drops": 3, "retransmits": 0}
    found = run(load_trial, server(), fleet(idle=200, active=50, net=net))
    assert (found.status, "listen queue" in found.reason) == (Status.INVALID, True)


def test_drops_in_a_queue_that_the_server_made_short_are_its_own(load_trial: Trial) -> None:
    """Its figures count, and its backlog is named: no setting of this machine would help."""
    net = {"listen_drops": 3, "retransmits": 4, "listen_backlog": 5, "somaxconn": 4096}
    found = run(load_trial, server(), fleet(idle=200, active=50, net=net))
    assert found.status is Status.OK, found.reason
    (note,) = found.record.notes or ()
    assert "the server's listen queue holds 5 connections: 3 arrived while it was full" in note
    assert "raise" not in note


def test_an_interrupted_load_generator_is_invalid_and_never_the_servers_fault(
    load_trial: Trial,
) -> None:
    """What was still in flight counts as nothing, and half a window is no window."""
    cut = fleet(idle=200, active=50, interrupted=True, interrupted_by="signal")
    found = run(load_trial, server(), cut)
    assert found.status is Status.INVALID
    assert "the load generator was interrupted (signal)" in found.reason


@pytest.mark.parametrize("what", ["nofile", "memory", "ports", "watches", "permission"])
def test_what_the_load_generator_lacks_is_no_error_of_the_server(
    load_trial: Trial, what: str
) -> None:
    """In mid-trial too: neither a lost connection nor an error is counted against the server."""
    lack = {"what": what, "needed": 250, "granted": 249}
    errors = {**dict.fromkeys(ERRORS, 0), "own_limit": 7}
    short = fleet(idle=193, active=50, own_limit=lack, errors=errors)
    short.lines[2] = fleet(idle=200, active=50).lines[2]
    found = run(load_trial, server(), short)
    assert found.status is Status.INVALID
    assert "the load generator ran out of" in found.reason
    assert found.metrics["errors"] == 0
    assert "idle_alive" not in found.metrics


@pytest.mark.parametrize("killed", [Exit(None, 9), Exit(None, 15), Exit(None, 9, oom=True)])
def test_a_killed_load_generator_is_no_fault_of_a_server_that_ends_of_it(
    load_trial: Trial, killed: Exit
) -> None:
    """Its connections are reset, and a server that ends then has not died in mid-trial."""
    cut = fleet(idle=200, active=50)
    lines = cut.lines[:4]  # up to "measuring"
    found = run(load_trial, server(ended=Exit(1)), Script(lines, killed, silent=False))
    assert found.status is Status.ERROR
    assert "the load generator was killed" in found.reason


@pytest.mark.parametrize(
    ("why", "status"),
    [("deadline", Status.FAIL), ("signal", Status.ERROR), ("stdin", Status.ERROR)],
)
def test_a_load_generator_that_ends_while_it_connects(
    load_trial: Trial, why: str, status: Status
) -> None:
    """Only the server can keep it waiting until its own deadline."""
    early = fleet(idle=30, active=2, interrupted=True, interrupted_by=why).lines[-1]
    found = run(load_trial, server(), Script([event("hello", version=1), early]))
    assert found.status is status
    assert ("accepted only 32 connections" in found.reason) is (why == "deadline")


def test_connections_that_the_servers_own_queue_lost_name_it(load_trial: Trial) -> None:
    errors = {**dict.fromkeys(ERRORS, 0), "reply_timeout": 31}
    listening = {"backlog": 5, "drops": 44, "somaxconn": 4096}
    short = event("connected", idle=169, active=50, seconds=1, errors=errors, listening=listening)
    found = run(load_trial, server(), Script([short]))
    assert found.status is Status.FAIL
    assert "its listen queue holds 5, and 44 connections arrived while it was full" in found.reason
    unknown = event("connected", idle=169, active=50, seconds=1, errors=errors, listening=None)
    assert "listen queue" not in run(load_trial, server(), Script([unknown])).reason


@pytest.mark.parametrize("kind", ["load", "ceiling"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        (None, "nothing listens on port 9000; print READY when listen() has returned"),
        ("127.0.0.2", "but not on 127.0.0.1; bind 127.0.0.1 or 0.0.0.0"),
        ("127.0.0.1", "listens there by now; print READY when listen() has returned"),
    ],
)
def test_ready_without_a_listener_is_a_fault_and_no_ceiling(
    kind: str, address: str | None, said: str, suite_of: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was a ceiling of 0 connections by a limit without a name, and OK."""
    seen = () if address is None else (Listener(9000, address == "127.0.0.1", 1),)
    monkeypatch.setattr(held, "listeners", lambda _pid: seen)
    measure_it = "measure: ceiling, " if kind == "ceiling" else ""
    text = f"experiments: [{{id: e, title: t, {measure_it}server: {{lab: epoll}}}}]"
    trial = expand(suite_of(text), Host(20_000, (0, 1)), repeat=1).trials[0]
    errors = {**dict.fromkeys(ERRORS, 0), "connect_refused": 1}
    refused = [event("hello", version=1), event("connected", idle=0, active=0, seconds=0.1,
               errors=errors)]  # fmt: skip
    engine = FakeEngine([server(pid=os.getpid()), Script(refused)])
    found = measure.run(trial, engine, {})
    assert (found.status, found.record.final) == (Status.FAIL, False)
    assert found.reason.startswith("READY was printed, but 127.0.0.1:9000 refused every connection")
    assert said in found.reason


def test_a_server_that_lets_clients_in_too_slowly_is_at_fault_and_not_the_lab(
    load_trial: Trial,
) -> None:
    slow = event("progress", phase="connecting", connected=31, rate=0, p99_ns=0)
    found = run(load_trial, server(), Script([event("hello", version=1), slow]))
    assert found.status is Status.FAIL
    assert "accepted only 31 connections before the trial's timeout" in found.reason
    mute = event("progress", phase="connecting", connected=0, rate=0, p99_ns=0)
    found = run(load_trial, server(), Script([event("hello", version=1), mute]))
    assert found.status is Status.FAIL
    assert "the server answered no client before the trial's timeout" in found.reason
    assert "name what it speaks (`protocol: http`)" in found.reason
    found = run(load_trial, server(), Script([event("hello", version=1)]))
    assert found.status is Status.ERROR, "of a load generator that says nothing nothing is known"


def test_a_load_generator_that_stops_while_it_connects_is_not_the_servers_fault(
    load_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = event("progress", phase="connecting", connected=31, rate=0, p99_ns=0)
    moments = iter((1.0, 60.0))
    monkeypatch.setattr("runner.measure.fleet.monotonic", lambda: next(moments))
    found = run(load_trial, server(), Script([event("hello", version=1), slow]))
    assert found.status is Status.ERROR
    assert "the load generator said nothing for 59 s" in found.reason


def test_silence_while_the_load_generator_was_stopped_is_not_the_servers(
    load_trial: Trial,
) -> None:
    errors = {**dict.fromkeys(ERRORS, 0), "reply_timeout": 3}
    stopped = fleet(idle=200, active=50, errors=errors, still_ns=400_000_000)
    assert run(load_trial, server(), stopped).status is Status.INVALID
    awake = fleet(idle=200, active=50, errors=errors)
    assert run(load_trial, server(), awake).status is Status.FAIL
