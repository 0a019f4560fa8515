"""The contract for every lab in a container, as clients see it.

Each server has one container for all of these tests, in this order.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import pytest

from runner.engine.box import Nofile
from runner.engine.docker import DockerEngine
from tests.chosen import one_of_each

from . import test_echo, test_limits, test_many_clients
from .capabilities import MODELS, Variant, variants_of
from .clients import close_all, connect_until_refused, echo, receive, send_until_stuck
from .containers import PORT, BoxLines, launch, program
from .engines import Engine, breaches
from .listening import APLAY, Listener, assert_whole, listen
from .servers import Server, children, wait_until

pytestmark = pytest.mark.docker

VARIANTS = one_of_each(
    [v for v in variants_of(*MODELS) if v.language != "c-sanitized"], lambda variant: variant.lab
)
"""As processes all of them keep the contract in the other files; what a box changes is the same for
both languages."""
FEW = 40
"""The limit on processes and threads in the tests that reach it."""


@dataclass(frozen=True, slots=True)
class OneForAll(Engine):
    """Return the running server after the clients of the previous test have left it."""

    server: Server
    alone: int

    def launch(
        self,
        variant: Variant,  # noqa: ARG002 (it was chosen with the server)
        *,
        nofile: str | None = None,
        limits: tuple[str, ...] = (),
        env: dict[str, str] | None = None,  # noqa: ARG002 (as every server of this module has it)
        pid_one: bool = False,  # noqa: ARG002 (it is)
    ) -> Server:
        assert nofile in {None, "1100:1200"}
        assert not limits
        wait_until(self.is_alone, "all clients of the last test have left")
        return self.server

    def is_alone(self) -> bool:
        return len(self.server.descriptors()) == self.alone


@pytest.fixture(scope="module")
def boxes() -> Iterator[DockerEngine]:
    if os.geteuid() != 0:
        pytest.skip("only root may enter a box's network namespace; type: sudo make test")
    engine = DockerEngine()
    assert engine.prepare({program(v) for v in [*VARIANTS, APLAY]}, print) == {}
    yield engine
    engine.close()


@contextlib.contextmanager
def running(boxes: DockerEngine, variant: Variant) -> Iterator[Server]:
    """After the last test, check that the server kept the contract all the time."""
    model = MODELS.get(variant.lab)
    pids = FEW if model and model.process_each else 2048
    env = dict(model.crowd) if model else {}
    server = launch(boxes, variant, nofile=Nofile(1100, 1200), pids=pids, env=env)
    assert isinstance(server.lines, BoxLines)
    box = server.lines.running
    try:
        yield server
        assert box.stop(5).code == 0
        assert list(breaches(server.lines, box.stderr())) == []
    finally:
        box.remove()


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="module")
def server(boxes: DockerEngine, variant: Variant) -> Iterator[Server]:
    with running(boxes, variant) as server:
        yield server


@pytest.fixture(scope="module")
def engine(server: Server) -> Engine:
    return OneForAll(server, len(server.descriptors()))


def test_ready_is_all_that_it_says(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    assert server.lines.now() == [f"READY port={PORT} model={variant.lab}"]
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert "NSpid:" in status
    assert status.partition("NSpid:")[2].split("\n")[0].split()[-1] == "1", "PID 1 of its namespace"


def test_bytes_come_back_in_order_however_they_are_cut(engine: Engine, variant: Variant) -> None:
    test_echo.test_bytes_come_back_in_order_however_they_are_cut(engine, variant)


def test_half_close_is_answered_to_the_last_byte(engine: Engine, variant: Variant) -> None:
    test_echo.test_half_close_is_answered_to_the_last_byte(engine, variant)
    test_echo.test_half_close_of_a_stuck_client_is_answered_to_the_last_byte(engine, variant)


def test_reset_affects_no_other_client(engine: Engine, variant: Variant) -> None:
    test_echo.test_reset_affects_no_other_client(engine, variant)


def test_a_client_that_does_not_read(engine: Engine, server: Server, variant: Variant) -> None:
    """It delays no other client, except in the labs that show this."""
    if not variant.model.concurrent:
        test_many_clients.test_the_second_client_waits_for_a_stuck_one(engine, variant)
    elif variant.model.sleeps:
        test_many_clients.test_a_client_that_does_not_read_delays_no_other(engine, variant)
    else:
        with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
            sent = send_until_stuck(server, lazy)
            assert all(echo(other) for _ in range(50))
            assert receive(lazy, len(sent)) == sent


def test_idle_clients_cost_no_time(engine: Engine, server: Server, variant: Variant) -> None:
    """Except in the model that never sleeps, which is tested as well."""
    if variant.model.sleeps:
        test_many_clients.test_idle_clients_cost_no_time(engine, variant)
    else:
        before = server.cpu_seconds()
        wait_until(lambda: server.cpu_seconds() > before + 0.05, "it never sleeps")


def test_past_1024_or_a_named_refusal(
    engine: Engine, server: Server, variant: Variant, descriptors: int
) -> None:
    if variant.model.process_each:
        processes_run_out(engine.launch(variant))
    elif variant.model.sleeps and variant.model.concurrent:
        test_limits.test_past_1024_or_a_named_refusal(engine, variant, descriptors)
    elif variant.model.concurrent:
        descriptors_run_out(engine.launch(variant))
    else:
        with server.connect() as first, server.connect() as second:
            assert echo(first)
            second.sendall(b"me too")
            wait_until(lambda: server.queues(second) == (0, 6), "the second one waits")
        assert server.lines.now()[1:] == [], "a server with one client at a time reaches no limit"


def processes_run_out(server: Server) -> None:
    """The limit of the container, which the kernel's control group enforces."""
    wait_until(lambda: children(server.pid) == [], "all children are reaped")
    clients: list[socket] = []
    connect_until_refused(server, clients)
    assert len(clients) == FEW - 1
    fd = server.descriptors()[-1] + 1
    assert server.lines.wait_for(2)[1:] == [f"REFUSED limit=PROCESSES fd={fd}"]
    assert all(echo(client) for client in clients)
    close_all(clients)
    wait_until(lambda: children(server.pid) == [], "all children are reaped")
    with server.connect() as client:
        assert echo(client)


def descriptors_run_out(server: Server) -> None:
    own = len(server.descriptors())
    clients: list[socket] = []
    connect_until_refused(server, clients)
    assert len(clients) == 1100 - own
    assert server.lines.wait_for(2)[1:] == ["REFUSED limit=EMFILE fd=1100"]
    assert all(echo(client) for client in (clients[0], clients[-1]))
    close_all(clients)
    wait_until(lambda: len(server.descriptors()) == own, "all descriptors are closed")
    with server.connect() as client:
        assert echo(client)


def test_sigterm_ends_pid_1_at_once(server: Server) -> None:
    """A client is sending meanwhile. This is the last test of each container."""
    with contextlib.ExitStack() as clients:

        def is_served() -> bool:
            """At first the server may still be full of the clients of the last test."""
            return echo(clients.enter_context(server.connect()))

        wait_until(is_served, "a client is served")
        assert server.ends_at_once(signal.SIGTERM)


def test_aplay_plays_from_a_container(boxes: DockerEngine) -> None:
    with running(boxes, APLAY) as player, player.connect() as client:
        listener = Listener(client)
        listener.send("PLAY 1")
        listen([listener], Listener.has_end)
        assert_whole(listener.audio(), start=0, frames=50)
