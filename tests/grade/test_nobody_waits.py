"""The column `untraced` where no thread waits in a call by which a server can wait for clients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.grade.claims import WAITS_IN
from runner.records.observed import AT_TIMES, RUNNING
from tests.grade.proven import HELD, SELECTS, loaded, looked, row, traced, waiting

BELL = "read of no socket"


@pytest.mark.parametrize(
    ("moment", "ran", "ruling"),
    [
        ("long", 0.5, "CONTRADICTED"),
        ("long", 0.1, "PROVEN"),
        ("silences", 0.5, "PROVEN"),
    ],
)
def test_a_thread_that_soon_spins_in_a_long_silence_waits_in_no_call(
    moment: str, ran: float, ruling: str
) -> None:
    """One that wakes often, on a busy machine, is seldom found asleep either, but hardly runs."""
    seldom = looked(AT_TIMES, moment, waiting=(waiting(AT_TIMES, ran=ran),))
    found = row(WAITS_IN, traced(SELECTS), loaded(looked("select"), seldom))
    assert found.ruling == ruling


@pytest.mark.parametrize(
    ("limit", "ruling"), [("unnamed", "PROVEN"), ("EMFILE", "CONTRADICTED"), (None, "CONTRADICTED")]
)
def test_a_server_may_spin_while_a_client_waits_to_be_accepted(
    limit: str | None, ruling: str
) -> None:
    """At the descriptor limit select says again and again that there is a client: that costs the
    points of the limit, and does not show that the server sleeps nowhere else."""
    at_its_limit = loaded(looked(RUNNING, waiting=(waiting(RUNNING, ran=0.9),)))
    at_its_limit = replace(at_its_limit, metrics={} if limit is None else {"limit": limit})
    quiet = loaded(looked("select"))
    assert row(WAITS_IN, traced(SELECTS), quiet, at_its_limit).ruling == ruling


@pytest.mark.parametrize(
    ("moment", "running", "ruling"),
    [
        ("silences", 0.0, "CONTRADICTED"),
        ("silences", 0.1, "NOT PROVEN"),
        ("measured", 0.0, "NOT PROVEN"),
        ("measured", None, "CONTRADICTED"),
    ],
)
def test_a_server_that_should_never_sleep_sleeps_while_its_children_come_and_go(
    moment: str, running: float | None, ruling: str
) -> None:
    """A thread that never sleeps may get no CPU in a short look, and gets some in a second."""
    children = () if running is None else (waiting(RUNNING, 8, ran=running),)
    seen = looked("vfork", moment, waiting=(waiting("vfork"), *children))
    assert row(WAITS_IN, loaded(seen), model="nonblocking").ruling == ruling


@pytest.mark.parametrize(
    ("kind", "reads", "ruling"),
    [
        (BELL, HELD, "NOT PROVEN"),
        (BELL, HELD - 1, "CONTRADICTED"),
        (BELL, None, "CONTRADICTED"),
        ("clock_nanosleep", HELD, "CONTRADICTED"),
    ],
)
def test_an_eventfd_may_tell_of_a_rings_completions(
    kind: str, reads: int | None, ruling: str
) -> None:
    seen = looked(kind, waiting=(waiting(kind),), reads_pending=reads)
    assert row(WAITS_IN, loaded(seen), model="io_uring").ruling == ruling


def test_the_sentence_says_how_much_the_thread_ran() -> None:
    spins = looked(RUNNING, waiting=(waiting(RUNNING, ran=0.3),))
    found = row(WAITS_IN, loaded(replace(spins, samples=8)))
    assert "never slept: 30% of a CPU" in found.why
