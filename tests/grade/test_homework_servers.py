"""The references of labs/homework keep the contract, and the starters do what their handouts say.

The tests are those of tests/labs, each for a few seconds: grading itself is tried elsewhere.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chosen import chosen
from tests.labs import (
    test_beginning_and_end,
    test_echo,
    test_edge_triggered,
    test_limits,
    test_many_clients,
    test_memory,
)
from tests.labs.capabilities import MODELS, Model, Variant
from tests.labs.clients import close_all, echo
from tests.labs.engines import ProcessEngine, binaries, raise_nofile
from tests.labs.servers import states, wait_until

from .homework import HOMEWORK

EPOLL = "epoll-echo/reference"
MEND, THREADS = "nonblocking-to-epoll", "threads-vs-events"


@dataclass(frozen=True, slots=True)
class Solution(Variant):
    """A server of an assignment, which does what the lab of the same model does."""

    path: str

    @property
    def source(self) -> Path:
        return HOMEWORK / self.path / self.build.source

    def __str__(self) -> str:
        return f"{self.path}-{self.language}".replace("/", "-")


SERVERS = {
    "select-echo/reference": "select",
    EPOLL: "epoll",
    f"{EPOLL}/edge": "epoll_et",
    f"{MEND}/reference": "epoll",
    f"{THREADS}/reference": "poll",
}
SOLUTIONS = [
    Solution(lab, language, path) for path, lab in SERVERS.items() for language in ("c", "python")
]
ONE_AT_A_TIME = [
    Solution("blocking", language, f"{name}/starter")
    for name in ("select-echo", "epoll-echo")
    for language in ("c", "python")
]
BUSY = [Solution("nonblocking", language, f"{MEND}/starter") for language in ("c", "python")]
THREAD_EACH = [Solution("thread", language, f"{THREADS}/starter") for language in ("c", "python")]

Check = Callable[..., None]
RIGHT_BYTES: tuple[Check, ...] = (
    test_echo.test_bytes_come_back_in_order_however_they_are_cut,
    test_echo.test_megabytes_come_back,
    test_echo.test_half_close_of_a_stuck_client_is_answered_to_the_last_byte,
)
SEVERAL: tuple[Check, ...] = (
    test_echo.test_reset_affects_no_other_client,
    test_echo.test_descriptors_come_back_when_clients_leave,
    test_echo.test_writing_to_a_client_that_left_does_not_kill,
    test_many_clients.test_more_clients_than_one_batch,
    test_many_clients.test_a_client_that_does_not_read_delays_no_other,
    test_memory.test_a_client_that_does_not_read_has_a_bound,
)
SLEEPING: tuple[Check, ...] = (
    test_many_clients.test_idle_clients_cost_no_time,
    test_limits.test_no_descriptor_left,
    test_limits.test_limit_lowered_and_raised_again,
    test_beginning_and_end.test_sigterm_ends_it_as_pid_1,
    test_beginning_and_end.test_sigterm_ends_it_with_a_stalled_client,
    test_beginning_and_end.test_port_in_use_names_the_call,
)
"""Of a server whose thread sleeps while its clients are silent."""

each_solution = pytest.mark.parametrize("solution", SOLUTIONS, ids=str)


def name_of(check: Check) -> str:
    return check.__name__.removeprefix("test_")


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Variant], Path]:
    raise_nofile()
    return binaries(tmp_path_factory)


@pytest.fixture
def engine(binary: Callable[[Variant], Path], tmp_path: Path) -> Iterator[ProcessEngine]:
    """After every test, check that its servers kept the contract to the end."""
    engine = ProcessEngine(binary, tmp_path)
    yield engine
    assert list(engine.close()) == []


@each_solution
@pytest.mark.parametrize("check", chosen((*RIGHT_BYTES, *SEVERAL, *SLEEPING), 6), ids=name_of)
def test_a_reference_keeps_the_contract(
    engine: ProcessEngine, check: Check, solution: Solution
) -> None:
    check(engine, solution)


@each_solution
def test_a_reference_ends_at_a_named_limit(engine: ProcessEngine, solution: Solution) -> None:
    """select at FD_SETSIZE, every other one at the descriptor limit."""
    test_limits.test_past_1024_or_a_named_refusal(engine, solution, raise_nofile())


@pytest.mark.parametrize("solution", [s for s in SOLUTIONS if s.language == "c"], ids=str)
def test_an_idle_client_of_a_reference_costs_no_buffer(
    engine: ProcessEngine, solution: Solution
) -> None:
    test_memory.test_an_idle_client_costs_no_buffer(engine, solution, raise_nofile())


@pytest.mark.parametrize("solution", [s for s in SOLUTIONS if s.lab.startswith("epoll")], ids=str)
@pytest.mark.parametrize(
    "check",
    [
        test_edge_triggered.answers_all_of_one_edge,
        test_edge_triggered.finds_room_again,
    ],
    ids=lambda check: check.__name__,
)
def test_a_reference_leaves_nothing_behind(
    engine: ProcessEngine, check: test_edge_triggered.Probe, solution: Solution
) -> None:
    assert check(engine, solution, {})


# ---- The starters --------------------------------------------------------------------


@pytest.mark.parametrize("starter", ONE_AT_A_TIME, ids=str)
@pytest.mark.parametrize(
    "check",
    [
        RIGHT_BYTES[0],
        test_many_clients.test_the_second_client_waits_for_the_first,
        test_beginning_and_end.test_signal_ends_it_while_idle,
    ],
    ids=name_of,
)
def test_a_starter_serves_one_client_at_a_time(
    engine: ProcessEngine, check: Callable[..., None], starter: Solution
) -> None:
    if check is test_beginning_and_end.test_signal_ends_it_while_idle:
        check(engine, starter, signal.SIGTERM)
    else:
        check(engine, starter)


@pytest.mark.parametrize("starter", BUSY, ids=str)
def test_the_busy_loop_works_and_never_sleeps(engine: ProcessEngine, starter: Solution) -> None:
    for check in (*RIGHT_BYTES, SEVERAL[0]):
        check(engine, starter)
    server = engine.launch(starter)
    with server.connect() as client:
        assert echo(client)
        cpu = server.cpu_seconds()
        wait_until(lambda: server.cpu_seconds() > cpu + 0.05, "it never sleeps")


@pytest.mark.parametrize("starter", THREAD_EACH, ids=str)
def test_the_threads_work_and_each_client_has_one(engine: ProcessEngine, starter: Solution) -> None:
    for check in (*RIGHT_BYTES, *SEVERAL[:1], SLEEPING[0]):
        check(engine, starter)
    server = engine.launch(starter)
    clients = [server.connect() for _ in range(20)]
    assert all(echo(client) for client in clients)
    assert len(states(server)) == 21
    close_all(clients)


def test_every_server_of_these_assignments_is_tried() -> None:
    tried = {s.source for s in (*SOLUTIONS, *ONE_AT_A_TIME, *BUSY, *THREAD_EACH)}
    for name in ("select-echo", "epoll-echo", MEND, THREADS):
        assert {*(HOMEWORK / name).rglob("server.*")} <= tried
    assert all(isinstance(MODELS[s.lab], Model) for s in SOLUTIONS)
