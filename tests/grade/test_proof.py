"""The ruling of each claim, from records written by hand: two columns prove, one contradicts, and
what was not seen says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.grade.claims import (
    CLAIMS,
    CLAIMS_OF,
    COPIES_BY,
    NOTIFIED_BY,
    SERVES,
    WAITS_IN,
)
from runner.grade.models import MODELS
from runner.records.asked import Asked
from runner.records.observed import Doubted, Ends, Sighting
from runner.records.outcome import Status
from runner.spec import Cell
from tests.grade.proven import DENIED, HELD, SELECTS, loaded, looked, row, traced, waiting


def test_every_model_has_claims_and_each_says_how_it_waits() -> None:
    assert set(CLAIMS_OF) == set(MODELS)
    for demands in CLAIMS_OF.values():
        claims = [demand.claim for demand in demands]
        assert claims[:4] == list(CLAIMS[:4])
        assert all(demand.words for demand in demands)


def test_two_columns_that_agree_prove_a_claim() -> None:
    outcomes = traced(SELECTS), loaded(looked("select"))
    for claim in (WAITS_IN, NOTIFIED_BY, COPIES_BY, SERVES):
        assert row(claim, *outcomes).ruling == "PROVEN"


def test_one_column_proves_nothing_and_the_others_say_why() -> None:
    alone = row(WAITS_IN, traced(SELECTS))
    assert alone.ruling == "NOT PROVEN"
    assert "only traced agrees" in alone.why
    assert "no check looked at the server through /proc" in alone.why
    assert "no call was denied" in alone.why


def test_a_server_that_is_another_when_no_tracer_is_there_is_contradicted_by_name() -> None:
    found = row(WAITS_IN, traced(SELECTS), loaded(looked("select", "connected"), looked("poll")))
    assert found.ruling == "CONTRADICTED"
    assert "poll(64 descriptors), such as thread 4711" in found.why
    assert "(check speed, after the window, with 48 connections)" in found.why
    assert {seen.column: seen.agrees for seen in found.seen}["traced"] is True


def test_trials_of_the_reference_are_no_evidence() -> None:
    other = loaded(looked("poll"))
    reference = replace(other, cell=Cell("speed", (("lab", "reference"),), ()))
    assert row(WAITS_IN, traced(SELECTS), loaded(looked("select")), reference).ruling == "PROVEN"


@pytest.mark.parametrize("kind", ["read", "poll", "epoll", "select"])
def test_a_thread_that_waits_for_something_else_than_clients_accuses_nobody(kind: str) -> None:
    helper = waiting(kind, serves=False)
    look = looked("select", waiting=(waiting("select"), helper), threads=2)
    for claim in (WAITS_IN, SERVES):
        assert row(claim, traced(SELECTS), loaded(look)).ruling == "PROVEN"


def test_a_thread_in_sigwait_is_a_helper_unless_the_sockets_send_signals() -> None:
    beside = (waiting("select"), waiting("signal"))
    look = looked("select", waiting=beside, threads=2)
    assert row(WAITS_IN, traced(SELECTS), loaded(look)).ruling == "PROVEN"
    signalled = replace(look, ends=Ends(HELD, HELD, asynchronous=HELD, async_fd=7))
    assert row(WAITS_IN, traced(SELECTS), loaded(signalled)).ruling == "CONTRADICTED"


def test_a_server_that_never_sleeps_is_contradicted_and_one_that_wakes_often_is_not() -> None:
    spins = looked("select", waiting=(waiting("running", ran=0.9),))
    assert row(WAITS_IN, traced(SELECTS), loaded(spins)).ruling == "CONTRADICTED"
    ticks = looked("select", waiting=(waiting("running", ran=0.05),))
    assert row(WAITS_IN, traced(SELECTS), loaded(ticks)).ruling == "NOT PROVEN"
    assert row(WAITS_IN, traced(SELECTS, idle_cpu=0.97)).ruling == "CONTRADICTED"
    asks = replace(
        SELECTS, blocks_in="nowhere", notification_means="nothing", notified_by="nothing",
        multiplexers=(),
    )  # fmt: skip
    proven = row(WAITS_IN, traced(asks, idle_cpu=0.97), loaded(spins), model="nonblocking")
    assert proven.ruling == "PROVEN"


def test_a_look_that_saw_too_little_contradicts_nothing() -> None:
    few = looked("lock", samples=3)
    unread = looked("select", waiting=(waiting("poll", serves=None),))
    many = looked("lock", threads=300)
    for look in (few, many, unread, looked("lock", waiting=())):
        assert row(WAITS_IN, traced(SELECTS), loaded(look)).ruling == "NOT PROVEN"
    assert row(WAITS_IN, traced(SELECTS), loaded(looked("lock"))).ruling == "CONTRADICTED"


def test_where_proc_cannot_be_read_the_reason_is_that() -> None:
    hidden = Sighting("connected", lacks="Permission denied: syscall")
    found = row(WAITS_IN, traced(SELECTS), loaded(hidden))
    assert found.ruling == "NOT PROVEN"
    assert "untraced: Permission denied: syscall" in found.why


@pytest.mark.parametrize(
    ("sort", "claim"),
    [
        ("evades", WAITS_IN),
        ("long", WAITS_IN),
        ("unnamed", NOTIFIED_BY),
        ("unwatched", NOTIFIED_BY),
    ],
)
def test_a_doubt_that_no_honest_server_causes_contradicts(sort: str, claim: str) -> None:
    doubt = Doubted(sort, "it did what no honest server does")
    against = row(claim, traced(replace(SELECTS, doubts=(doubt,))), loaded(looked("select")))
    assert against.ruling == "CONTRADICTED"
    assert "it did what no honest server does" in against.why


@pytest.mark.parametrize("sort", ["incomplete", "differs", "unclear"])
def test_a_doubt_that_an_honest_server_may_cause_contradicts_nothing(sort: str) -> None:
    found = replace(SELECTS, doubts=(Doubted(sort, "the machine was busy"),))
    for claim in (WAITS_IN, NOTIFIED_BY, COPIES_BY, SERVES):
        assert row(claim, traced(found), loaded(looked("select"))).ruling != "CONTRADICTED"
    if sort == "incomplete":
        assert "the machine was busy" in row(NOTIFIED_BY, traced(found)).why


def test_a_second_multiplexer_of_several_clients_contradicts() -> None:
    both = replace(SELECTS, multiplexers=("poll", "select"))
    against = row(WAITS_IN, traced(both), loaded(looked("select")))
    assert against.ruling == "CONTRADICTED"
    assert "poll is called as well" in against.why


def test_only_calls_that_wait_on_purpose_count_as_stalls() -> None:
    waits = replace(SELECTS, stalls=("clock_nanosleep",))
    assert row(WAITS_IN, traced(waits)).ruling == "CONTRADICTED"
    late = replace(SELECTS, stalls=("fsync", "madvise"))
    assert row(WAITS_IN, traced(late), loaded(looked("select"))).ruling == "PROVEN"


def test_denials_agree_where_all_rivals_were_denied_while_it_served() -> None:
    whole = loaded(denied=DENIED)
    assert row(WAITS_IN, traced(SELECTS), whole).ruling == "PROVEN"
    assert row(SERVES, traced(SELECTS), whole).ruling == "PROVEN"
    part = row(WAITS_IN, traced(SELECTS), loaded(denied=("poll",)))
    assert part.ruling == "NOT PROVEN"
    assert "not denied: epoll_create1" in part.why
    few = replace(whole, record=replace(whole.record, asked=Asked(idle=1, active=2)))
    assert "not denied: epoll_create1, poll" in row(WAITS_IN, traced(SELECTS), few).why
    helped = row(WAITS_IN, traced(SELECTS), loaded(denied=DENIED, threads=(2, 2)))
    assert (helped.ruling, "not denied: processes, threads" in helped.why) == ("NOT PROVEN", True)
    failed = replace(whole, status=Status.FAIL, reason="epoll_create1: Function not implemented")
    found = row(WAITS_IN, traced(SELECTS), failed)
    assert found.ruling == "NOT PROVEN"
    assert "did not serve where calls were denied: check speed: epoll_create1" in found.why
