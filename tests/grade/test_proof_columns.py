"""The columns one by one, and the proof as points of a check."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.grade.claims import (
    NONBLOCKING,
    NOTIFIED_BY,
    SERVES,
    WAITS_IN,
    WATCHES,
)
from runner.grade.proof import prove
from runner.grade.proof.points import proof_points
from runner.grade.record import State
from runner.records.asked import Asked
from runner.records.observed import Classified, Doubted, Ends, Interest, Ran, Sighting
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from tests.grade.proven import HELD, SELECTS, cell, loaded, looked, row, traced, waiting


@pytest.mark.parametrize(
    ("model", "threads", "processes", "agrees"),
    [
        ("select", (1, 1), (1, 1), True),
        ("select", (1, 49), (1, 1), False),
        ("select", (17, 17), (1, 1), None),
        ("thread", (1, 49), (1, 1), True),
        ("thread", (1, 1), (1, 1), False),
        ("fork", (1, 49), (1, 49), True),
        ("fork", (1, 49), (1, 1), False),
        ("prethread", (9, 9), (1, 1), True),
        ("prethread", (1, 1), (1, 1), None),
        ("prefork", (9, 9), (9, 9), True),
    ],
)
def test_threads_and_processes_before_and_under_load(
    model: str, threads: tuple[int, int], processes: tuple[int, int], agrees: bool | None
) -> None:
    found = row(SERVES, loaded(threads=threads, processes=processes), model=model)
    assert {seen.column: seen.agrees for seen in found.seen}["behaves"] is agrees


def test_edges_must_be_those_of_all_clients() -> None:
    edged = replace(SELECTS, blocks_in="epoll", watches="edge", multiplexers=("epoll",))

    def watched(edge: int) -> Outcome:
        interest = Interest(HELD, edge, edge_fd=9 if edge else -1, level_fd=8)
        return loaded(looked("epoll", interest=interest))

    assert row(WATCHES, traced(edged), watched(HELD), model="epoll_et").ruling == "PROVEN"
    for edge in (0, HELD - 1):
        found = row(WATCHES, traced(edged), watched(edge), model="epoll_et")
        assert found.ruling == "CONTRADICTED"
        assert "descriptor 8" in found.why


def test_a_socket_without_the_flag_may_be_read_without_blocking_by_the_call() -> None:
    blocks = looked("epoll", ends=Ends(HELD, 0, blocking=6))
    told = row(NONBLOCKING, traced(SELECTS), loaded(blocks), model="epoll_et")
    assert told.ruling == "NOT PROVEN"
    against = row(NONBLOCKING, traced(replace(SELECTS, nonblocking="no")), model="epoll_et")
    assert against.ruling == "CONTRADICTED"


def slow_reader(kept: int) -> Outcome:
    record = TrialRecord(asked=Asked(measure="conformance"))
    place = cell("echo", case="slow_reader")
    return Outcome("echo/slow_reader#1", place, 0, Status.OK, "", {"kept": kept}, record)


def test_other_clients_that_are_served_beside_one_that_does_not_read_prove_no_blocking() -> None:
    assert row(NONBLOCKING, traced(SELECTS), slow_reader(1), model="epoll_et").ruling == "PROVEN"
    assert row(NONBLOCKING, traced(SELECTS), slow_reader(0), model="epoll_et").ruling != "PROVEN"


def test_a_ring_must_have_the_reads_pending() -> None:
    ring = replace(
        SELECTS, blocks_in="completion", notification_means="completion", multiplexers=(),
        notified_by="completion", copied_by="kernel",
    )  # fmt: skip
    for reads, ruling in ((HELD, "PROVEN"), (0, "CONTRADICTED"), (None, "NOT PROVEN")):
        look = loaded(looked("completion", reads_pending=reads))
        assert row(NOTIFIED_BY, traced(ring), look, model="io_uring").ruling == ruling


def points(*outcomes: Outcome, traced: bool = True) -> dict[str, tuple[State, float]]:
    rows = prove("select", outcomes, "submission")
    lines = proof_points(rows, {row.claim: 5.0 for row in rows}, traced=traced)
    return {line.expected.partition(":")[0]: (line.state, line.earned) for line in lines}


def test_what_is_proven_and_what_is_not_earns_its_points() -> None:
    assert set(points(traced(SELECTS), loaded(looked("select"))).values()) == {(State.PASS, 5.0)}
    assert set(points(traced(SELECTS)).values()) == {(State.INCONCLUSIVE, 5.0)}


def test_a_contradicted_claim_loses_its_points_and_another_way_to_wait_loses_all() -> None:
    grown = points(traced(SELECTS), loaded(looked("select"), threads=(1, 49)))
    assert grown[SERVES] == (State.FAIL, 0.0)
    assert sum(earned for _, earned in grown.values()) == 15.0
    polls = points(traced(SELECTS), loaded(looked("poll")))
    assert polls[WAITS_IN] == (State.FAIL, 0.0)
    assert sum(earned for _, earned in polls.values()) == 0.0


def test_without_a_trace_what_is_not_proven_cannot_be_graded() -> None:
    earned = points(loaded(looked("select")), traced=False)
    assert earned[WAITS_IN] == (State.UNGRADABLE, 0.0)
    assert earned[SERVES] == (State.PASS, 5.0)  # proven by its threads, whose number stays one


READS = replace(
    SELECTS, blocks_in="read", notification_means="nothing", multiplexers=(), copiers=5, clients=5,
    concurrency="a thread each",
)  # fmt: skip


def test_the_thread_that_waits_for_a_connection_copies_its_bytes() -> None:
    """Threads that only peek, while another one copies, are threads for show."""
    look = loaded(looked("read", waiting=(waiting("read", HELD),)), threads=(1, HELD + 1))
    for claim in (WAITS_IN, SERVES):
        assert row(claim, traced(READS), look, model="thread").ruling == "PROVEN"
    peek = replace(READS, blocks_in="lock", copiers=1, concurrency="unknown")
    for claim in (WAITS_IN, SERVES):
        assert row(claim, traced(peek), look, model="thread").ruling == "CONTRADICTED"


def test_a_call_that_ends_by_its_time_is_news_of_no_client() -> None:
    """select of clients that can never be ready in it, each millisecond, and a read of each."""
    tries = replace(SELECTS, notification_means="nothing", notified_by="unknown")
    found = row(NOTIFIED_BY, traced(tries), loaded(looked("select")))
    assert found.ruling == "CONTRADICTED"
    assert row(NOTIFIED_BY, traced(tries), model="thread").ruling == "NOT PROVEN"


def test_loops_of_several_threads_may_wait_in_different_calls() -> None:
    other = Doubted("long", "in a long silence in: poll", ("poll",))
    naps = Doubted("long", "in a long silence in: pause", ("pause",))
    left = Doubted("unwatched", "epoll does not watch 5 of 10 idle connections")
    loops = replace(SELECTS, blocks_in="epoll", multiplexers=("epoll", "poll"))
    several = replace(loops, concurrency="several threads")

    def ruling(found: Classified, *doubts: Doubted, model: str = "events") -> set[str]:
        seen = traced(replace(found, doubts=doubts)), loaded(looked("epoll"))
        return {row(claim, *seen, model=model).ruling for claim in (WAITS_IN, NOTIFIED_BY)}

    assert ruling(several, other, left) == {"PROVEN"}
    assert ruling(several, naps) == {"CONTRADICTED", "PROVEN"}
    assert ruling(loops, left) == {"CONTRADICTED", "PROVEN"}
    assert ruling(several, left, model="multiplexed") == {"CONTRADICTED"}


def test_a_look_at_a_thread_that_peeks_does_not_say_who_copies() -> None:
    peeks = replace(waiting("read", HELD), call="recvfrom with MSG_PEEK")
    found = row(WAITS_IN, loaded(looked("read", waiting=(peeks,))), model="thread")
    assert found.ruling == "NOT PROVEN"
    assert "takes no byte" in found.why


def test_a_thread_that_copies_and_wakes_by_itself_was_given_no_work() -> None:
    unclear = replace(SELECTS, notification_means="unknown", notified_by="unknown")
    for waits, ruling in (("pause", "CONTRADICTED"), ("nowhere", "CONTRADICTED"),
                          ("lock", "NOT PROVEN"), ("read of no socket", "NOT PROVEN")):  # fmt: skip
        copier = replace(unclear, blocks_in=waits)
        assert row(WAITS_IN, traced(copier), loaded(looked("select"))).ruling == ruling


@pytest.mark.parametrize(
    ("shares", "ran_ms", "ruling"),
    [
        ({4711: 0.95, 4712: 0.05}, 100, "PROVEN"),
        ({4712: 0.8, 4711: 0.2}, 100, "PROVEN"),
        ({4712: 0.7, 4713: 0.29, 4711: 0.01}, 100, "CONTRADICTED"),
        ({4712: 0.7, 4713: 0.29, 4711: 0.01}, 10, "PROVEN"),
    ],
)
def test_the_thread_that_waits_uses_the_cpu_time_under_load(
    shares: dict[int, float], ran_ms: int, ruling: str
) -> None:
    """A helper that logs each request may use more than half of it."""
    ran = tuple(Ran(thread, share) for thread, share in shares.items())
    window = Sighting("window", HELD, ran=ran, ran_ns=ran_ms * 1_000_000)
    assert row(SERVES, traced(SELECTS), loaded(looked("select"), window)).ruling == ruling


def test_a_signal_interrupts_whatever_its_thread_sleeps_in() -> None:
    told = replace(SELECTS, multiplexers=(), blocks_in="pause", notified_by="signal")
    ends = Ends(HELD, HELD, asynchronous=HELD, async_fd=7)
    sleeps = loaded(looked("pause", ends=ends))
    assert row(WAITS_IN, traced(told), sleeps, model="sigio").ruling == "NOT PROVEN"
    assert row(NOTIFIED_BY, traced(told), model="sigio").ruling == "NOT PROVEN"
    naps = replace(told, notified_by="return")
    for evidence in (traced(naps), loaded(looked("pause"))):
        assert row(WAITS_IN, evidence, model="sigio").ruling == "CONTRADICTED"
