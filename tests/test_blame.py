"""Who is blamed for what happened to a load: the server, the load generator, or the machine."""

from __future__ import annotations

import pytest

from runner import measure
from runner.measurement import Measurement, Status
from runner.plan import Host, Trial, expand
from tests.conftest import MakeSuite
from tests.fake_engine import ERRORS, FakeEngine, Script, fleet, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""


@pytest.fixture
def load_trial(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(LOAD), Host(20_000, (0, 1)), repeat=1).trials[0]


def run(trial: Trial, *scripts: Script) -> Measurement:
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
    (note,) = found.record["notes"]
    assert "the server's listen queue holds 5 connections: 3 found it full" in note
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
    assert "the fleet itself ran out of" in found.reason
    assert found.metrics["errors"] == 0
    assert "idle_alive" not in found.metrics
