"""What the load generator itself ran out of, and whose fault that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner import measure
from runner.plan import Host, expand
from runner.records.outcome import Status
from tests.conftest import MakeSuite
from tests.fake_engine import ERRORS, FakeEngine, Script, event, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""


@pytest.mark.parametrize(
    ("what", "sockets", "isolation", "status", "reason"),
    [
        ("ports", 28_000, ("net",), Status.FAIL, "the server's processes hold 27,562 sockets"),
        (
            "ports",
            28_000,
            (),
            Status.INVALID,
            "the load generator ran out of ports; raise `sources`",
        ),
        ("ports", 500, ("net",), Status.INVALID, "ran out of ports; raise `sources` (219 of 250"),
        ("memory", None, ("net",), Status.INVALID, "the load generator ran out of memory"),
    ],
)
def test_what_the_fleet_lacked_is_named_and_is_the_servers_fault_where_the_server_has_it(
    suite_of: MakeSuite, what: str, sockets: int | None, isolation: tuple[str, ...],
    status: Status, reason: str,
) -> None:  # fmt: skip
    errors = {**dict.fromkeys(ERRORS, 0), "own_limit": 31}
    lack = {"what": what, "needed": 250, "granted": 219, "sockets": sockets}
    told = event("connected", idle=169, active=50, seconds=0.1, errors=errors, own_limit=lack)
    trial = expand(suite_of(LOAD), Host(20_000, (0, 1)), repeat=1).trials[0]
    engine = FakeEngine([replace(server(), isolation=isolation), Script([told])])
    found = measure.run(trial, engine, {})
    assert (found.status, reason in found.reason) == (status, True), found.reason
