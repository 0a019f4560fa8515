"""System calls a request, from a stretch of a record, and of a real server under load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from runner import measure, plan
from runner.engine.process import ProcessEngine
from runner.records.outcome import Outcome, Status
from runner.trace import record_of, request_calls
from runner.trace.syscall_bytes import EPOLL_EVENT
from tests.conftest import MakeSuite

SOCKET, EPOLL = "7<socket:[70]>", "3<anon_inode:[eventpoll]>"
EVENT = "[{events=EPOLLIN, data={u32=7, u64=7}}]"
REQUEST = f"""\
1 10.@00000000 epoll_wait({EPOLL}, {EVENT}, 64, -1) = 1 <0.000000100>
1 10.@10000000 mmap(NULL, 266240, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f0000000000 <0.000000100>
1 10.@20000000 recvfrom({SOCKET}, "x"..., 262144, 0, NULL, NULL) = 64 <0.000000100>
1 10.@30000000 mremap(0x7f0000000000, 266240, 4096, MREMAP_MAYMOVE) = 0x7f00000 <0.000000100>
1 10.@40000000 sendto({SOCKET}, "x"..., 64, 0, NULL, 0) = 64 <0.000000100>
1 10.@50000000 munmap(0x7f0000000000, 4096) = 0 <0.000000100>
"""
BEFORE = """\
1 9.000000000 execve("/usr/bin/server", ["server"], 0x7ffd00 /* 3 vars */) = 0 <0.000100000>
1 9.100000000 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 4</x.so>, 0) = 0x7f10000 <0.000000100>
""".splitlines()
AFTER = f"1 10.900000000 epoll_wait({EPOLL}, {EVENT}, 64, -1) = 1 <3.000000000>"
BEGAN, ENDED = 9_500_000_000, 11_000_000_000

SPEC = """
    experiments:
      - id: spent
        title: t
        measure: calls
        server: {lab: asyncio/protocol, language: python}
        fleet: {active: 20, first_crowd: [0, 5]}
        limits: {nofile: 1024}
        repeat: 1
"""


def lines(requests: int) -> list[str]:
    served = "".join(REQUEST.replace("@", str(n)) for n in range(requests))
    return [*BEFORE, *served.splitlines(), AFTER]


def test_only_the_calls_that_return_while_requests_are_served_count() -> None:
    counted = request_calls(record_of(lines(2)), BEGAN, ENDED, requests=2)
    assert counted.requests == 2
    each = ("epoll_wait", "mmap", "mremap", "munmap", "recvfrom", "sendto")
    assert counted.calls == dict.fromkeys(each, 1.0)
    assert (counted.of_memory, counted.of_locks) == (3.0, 0.0)
    assert counted.bytes_copied == 64 + 64 + EPOLL_EVENT
    assert str(counted).startswith("epoll_wait 1.00, mmap 1.00, ")


def test_a_call_that_was_waiting_for_the_first_request_counts() -> None:
    waited = f"1 9.200000000 epoll_wait({EPOLL}, {EVENT}, 64, -1) = 1 <0.750000000>"
    counted = request_calls(record_of([*BEFORE, waited, *lines(1)[3:]]), BEGAN, ENDED, requests=1)
    assert counted.calls["epoll_wait"] == 1.0


def test_what_the_kernel_copies_into_a_ring_is_not_guessed() -> None:
    ring = "1 10.100000000 io_uring_enter(3<anon_inode:[io_uring]>, 1, 1, 1, NULL, 8) = 1"
    counted = request_calls(record_of([*BEFORE, f"{ring} <0.000000100>"]), BEGAN, ENDED, requests=4)
    assert counted.bytes_copied is None
    assert counted.calls == {"io_uring_enter": 0.25}


@pytest.fixture(scope="module")
def engine() -> Iterator[ProcessEngine]:
    with closing(ProcessEngine()) as engine:
        yield engine


def measured(trial: plan.Trial, engine: ProcessEngine) -> Outcome:
    done = measure.run(trial, engine, engine.prepare(measure.programs(trial), print))
    if done.status is Status.SKIP:
        pytest.skip(done.reason)
    return done


def test_a_fresh_server_maps_memory_in_every_request_until_clients_have_left(
    engine: ProcessEngine, suite_of: MakeSuite
) -> None:
    """glibc's threshold rises when a block is freed that was mapped, mallopt(3): for asyncio when
    the first client leaves."""
    trials = plan.expand(suite_of(SPEC), plan.Host(1 << 14, (0, 1))).trials
    done = {trial.drive.first_crowd: measured(trial, engine) for trial in trials}
    assert {each.status for each in done.values()} == {Status.OK}, done
    fresh, later = (float(done[crowd].metrics["memory_calls_per_request"]) for crowd in (0, 5))
    assert fresh >= 2.5
    assert later <= 0.5
    assert all(float(each.metrics["syscalls_per_request"]) >= 2 for each in done.values())
    assert "recvfrom 1.00" in str(done[0].metrics["calls_by_name"])


def test_a_server_that_cannot_hold_the_clients_is_at_fault(
    engine: ProcessEngine, suite_of: MakeSuite
) -> None:
    (trial, *_) = plan.expand(suite_of(SPEC), plan.Host(1 << 14, (0, 1))).trials
    done = measured(replace(trial, nofile=16), engine)
    assert done.status is Status.FAIL
    assert "of 20 connections" in done.reason
