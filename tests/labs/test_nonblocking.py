"""nonblocking: the contract for a server that never sleeps, and its cost in calls.

Some tests of the conformance suite watch a server sleep. All other tests of the suite run here.
"""

import socket
from pathlib import Path

import pytest

from .capabilities import Variant, variants_of
from .clients import close_all, connect_until_refused, echo, receive, send_until_stuck
from .engines import ProcessEngine
from .preload import Counts, preload
from .servers import wait_until
from .test_beginning_and_end import (  # noqa: F401 (pytest finds them here)
    test_backlog_is_the_requested_one,
    test_bad_setting_is_one_clear_line,
    test_port_in_use_names_the_call,
    test_ready_names_port_and_model,
    test_signal_ends_it_while_idle,
    test_sigterm_ends_it_as_pid_1,
    test_sigterm_ends_it_while_serving,
    test_sigterm_ends_it_with_a_stalled_client,
)
from .test_echo import (  # noqa: F401
    test_bytes_come_back_in_order_however_they_are_cut,
    test_descriptors_come_back_when_clients_leave,
    test_half_close_is_answered_to_the_last_byte,
    test_half_close_of_a_stuck_client_is_answered_to_the_last_byte,
    test_megabytes_come_back,
    test_reset_affects_no_other_client,
    test_small_answers_are_not_delayed,
    test_writing_to_a_client_that_left_does_not_kill,
)
from .test_interruptions import test_stop_and_continue  # noqa: F401

each_language = pytest.mark.parametrize("language", ["c", "python"])
each_build = pytest.mark.parametrize("language", ["c", "c-sanitized", "python"])


@pytest.fixture(params=variants_of("nonblocking"), ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="module")
def receiving(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return preload("receiving.c", tmp_path_factory.mktemp("preload"))


@each_build
def test_a_client_that_does_not_read_delays_no_other(engine: ProcessEngine, language: str) -> None:
    server = engine.launch(Variant("nonblocking", language))
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        sent = send_until_stuck(server, lazy)
        assert all(echo(other) for _ in range(50))
        assert receive(lazy, len(sent)) == sent
        assert echo(lazy)


@each_build
@pytest.mark.parametrize(("limit", "crowds"), [(1100, 1), (48, 2)])
def test_no_descriptor_left(engine: ProcessEngine, language: str, limit: int, crowds: int) -> None:
    """At the limit accept fails whether a client waits or not, and every round calls it."""
    server = engine.launch(Variant("nonblocking", language), nofile=f"{limit}:1200")
    own = len(server.descriptors())
    for _ in range(crowds):
        clients: list[socket.socket] = []
        connect_until_refused(server, clients)
        assert len(clients) == limit - own, "every descriptor below the limit serves a client"
        assert all(echo(client) for client in clients[::10])
        close_all(clients)
        wait_until(lambda: len(server.descriptors()) == own, "all descriptors are closed")
    refusals = server.lines.wait_for(1 + crowds)[1:]
    assert refusals == [f"REFUSED limit=EMFILE fd={limit}"] * crowds


@each_language
def test_nonblocking_asks_again_and_again(
    engine: ProcessEngine, receiving: dict[str, str], tmp_path: Path, language: str
) -> None:
    """Ten idle clients cause only EAGAIN, and CPU time is used."""
    counts = Counts.at(tmp_path / "counts")
    server = engine.launch(Variant("nonblocking", language), env={**receiving, **counts.env()})
    clients = [server.connect() for _ in range(10)]
    assert all(echo(client) for client in clients)
    useful, again, _ = counts.now()
    cpu = server.cpu_seconds()
    wait_until(lambda: counts.now()[1] > again + 1000, "a thousand vain calls")
    assert counts.now()[0] == useful == len(clients)
    wait_until(lambda: server.cpu_seconds() > cpu + 0.05, "it never sleeps")
    for client in clients:
        client.close()


@each_language
@pytest.mark.parametrize(("lab", "least", "most"), [("epoll", 0, 0), ("epoll_et", 1, 31)])
def test_who_is_told_asks_hardly_ever(
    engine: ProcessEngine,
    receiving: dict[str, str],
    tmp_path: Path,
    lab: str,
    language: str,
    least: int,
    most: int,
) -> None:
    """Level-triggered: no EAGAIN. Edge-triggered: one EAGAIN for each edge, to find the end,
    unless the client's next bytes arrive first. A new client causes one more edge, because its
    socket is writable.
    """
    counts = Counts.at(tmp_path / "counts")
    server = engine.launch(Variant(lab, language), env={**receiving, **counts.env()})
    clients = [server.connect() for _ in range(11)]
    assert all(echo(clients[-1]) for _ in range(20))
    wait_until(lambda: least <= counts.now()[1], "EAGAIN ends the last edge")
    useful, again, _ = counts.now()
    assert useful == 20
    assert least <= again <= most
    for client in clients:
        client.close()
