"""The rules of an event loop, of real servers under load: what each of them keeps is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from runner import measure, plan
from runner.engine.process import ProcessEngine
from runner.records.outcome import Status
from tests.conftest import MakeSuite

SPEC = """
    experiments:
      - id: rules
        title: t
        measure: calls
        server: {lab: %s}
        fleet: {active: 10, idle: 5, churn: 100, payload: 100KiB}
        limits: {nofile: 1024}
        repeat: 1
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[ProcessEngine]:
    with closing(ProcessEngine()) as engine:
        yield engine


@pytest.mark.parametrize("lab", ["select", "poll", "epoll", "epoll_et", "thread"])
def test_what_the_labs_keep(engine: ProcessEngine, suite_of: MakeSuite, lab: str) -> None:
    """All of them send directly after receiving, which no multiplexer has announced. The
    multiplexing ones receive and send once, but for the edge-triggered one: it must go on until a
    call would block."""
    (trial,) = plan.expand(suite_of(SPEC % lab), plan.Host(1 << 14, (0, 1))).trials
    done = measure.run(trial, engine, engine.prepare(measure.programs(trial), print))
    if done.status is Status.SKIP:
        pytest.skip(done.reason)
    assert done.status is Status.OK, done.reason
    seen: Mapping[str, float | str] = done.metrics
    assert float(seen["io_without_readiness"]) > 0
    assert seen["kept_after_error"] == 0
    assert done.record.trace is not None
    assert done.record.trace.counts is not None
    assert int(str(done.record.trace.counts["connections_failed"])) > 0
    if lab == "thread":
        assert seen["multiplexers"] == 0
        return
    assert (seen["multiplexers"], seen["partial_waits"]) == (1, 0)
    once = (seen["reads_per_wakeup"], seen["writes_per_wakeup"]) == (1, 1)
    assert once == (lab != "epoll_et")
