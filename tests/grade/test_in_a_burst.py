"""What a burst says against a claim, and what an honest server may do in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.grade.claims import COPIES_BY, NOTIFIED_BY, SERVES, WAITS_IN
from runner.records.observed import BurstServed
from tests.grade.proven import SELECTS, loaded, looked, row, traced

WELL = BurstServed(24, 192, 192, {"select": 192}, (192,), (192,))


def says_against(claim: str, served: BurstServed, model: str = "select", **more: object) -> str:
    """What the trace says against the claim; empty where it does not contradict."""
    found = replace(SELECTS, bursts=(served,), **more)  # type: ignore[arg-type]
    proven = row(claim, traced(found), loaded(looked("select")), model=model)
    (seen,) = [each for each in proven.seen if each.column == "traced"]
    return seen.why if seen.agrees is False else ""


@pytest.mark.parametrize(
    ("claim", "changed", "says"),
    [
        (WAITS_IN, {"named": {"select": 90, "poll": 102}}, "poll named the clients of 102 of 192"),
        (WAITS_IN, {"named": {"unclear": 192}}, "epoll named the clients of 192 of 192"),
        (
            WAITS_IN,
            {"slept": 96, "vain": 96},
            "it slept in reads of clients that had sent nothing, 96 times",
        ),
        (NOTIFIED_BY, {"named": {"nothing": 192}, "vain": 400}, "read 192 of 192 messages though"),
        (NOTIFIED_BY, {"named": {"another thread": 192}}, "read 192 of 192 messages though"),
        (COPIES_BY, {"read": 30, "named": {"select": 30}}, "no call read 162 of 192 messages"),
        (SERVES, {"readers": (90, 60, 42)}, "3 threads read from clients (90, 60, 42 calls)"),
        (SERVES, {"writers": (150, 42)}, "2 threads wrote to clients (150, 42 calls)"),
    ],
)
def test_a_crowd_that_is_served_in_another_way_contradicts(
    claim: str, changed: dict[str, object], says: str
) -> None:
    assert not says_against(claim, WELL)
    why = says_against(claim, replace(WELL, **changed))  # type: ignore[arg-type]
    assert "in a burst of messages from 24 clients" in why
    assert says in why


@pytest.mark.parametrize(
    ("claim", "changed"),
    [
        # CPython asks poll before each recv of a socket with a time-out.
        (WAITS_IN, {"named": {"poll+select": 192}}),
        # A server that reads until its sockets are empty finds messages before the next return.
        (NOTIFIED_BY, {"named": {"select": 160, "nothing": 32}, "vain": 192}),
        # asyncio's sock_recv tries once, and waits where there is nothing.
        (NOTIFIED_BY, {"named": {"select": 60, "nothing": 132}, "vain": 70}),
        (WAITS_IN, {"slept": 12}),
        (SERVES, {"readers": (190, 2)}),
        (COPIES_BY, {"read": 170, "named": {"select": 170}}),
    ],
)
def test_what_an_honest_server_may_do_contradicts_nothing(
    claim: str, changed: dict[str, object]
) -> None:
    assert not says_against(claim, replace(WELL, **changed))  # type: ignore[arg-type]


def test_a_thread_each_reads_in_a_burst_as_well() -> None:
    threads = {
        "blocks_in": "read",
        "notification_means": "nothing",
        "multiplexers": (),
        "concurrency": "a thread each",
    }
    own = replace(WELL, named={"nothing": 192}, readers=(8,) * 24, slept=150)
    assert not says_against(SERVES, own, "thread", **threads)
    few = replace(own, readers=(100, 92))
    why = says_against(SERVES, few, "thread", **threads)
    assert "2 threads read the messages of all these clients" in why


RING = {"blocks_in": "completion", "copied_by": "kernel", "notification_means": "completion"}
HELPED = {"blocks_in": "lock", "copied_by": "helper", "notification_means": "completion"}


def test_beside_a_ring_no_call_reads_a_client() -> None:
    none = BurstServed(24, 192, 0)
    assert not says_against(COPIES_BY, none, "io_uring", **RING)
    why = says_against(COPIES_BY, replace(none, read=40), "io_uring", **RING)
    assert "calls of its own read 40 of 192 messages" in why


def test_helpers_of_posix_aio_copy_and_a_pool_has_many_readers() -> None:
    many = replace(WELL, readers=(60, 50, 42, 40), named={"epoll": 192})
    assert says_against(SERVES, many, "epoll", blocks_in="epoll", multiplexers=("epoll",))
    pool = {"blocks_in": "epoll", "concurrency": "several threads", "multiplexers": ("epoll",)}
    assert not says_against(SERVES, many, "epoll_threads", **pool)
    assert not says_against(COPIES_BY, replace(many, named={}), "posix_aio", **HELPED)
