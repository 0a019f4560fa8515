"""The contract for every lab in every language: many clients, and their effect on each other."""

import signal
import socket

import pytest

from .capabilities import VARIANTS, Variant
from .clients import close_all, echo, receive, reset, seeded, send_until_stuck
from .engines import Engine
from .servers import DEADLINE, wait_until

each_concurrent = pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if v.model.concurrent], ids=str
)
each_one_by_one = pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if not v.model.concurrent], ids=str
)


@each_concurrent
def test_more_clients_than_one_batch(engine: Engine, variant: Variant) -> None:
    """They connect while the server is stopped, so that one wake-up reports all of them."""
    server = engine.launch(variant)
    server.kill(signal.SIGSTOP)
    clients = [server.connect() for _ in range(variant.model.at_once or 300)]
    server.kill(signal.SIGCONT)
    for client in clients:
        client.sendall(b"all at once")
    assert all(receive(client, 11) == b"all at once" for client in clients)
    close_all(clients)


@each_concurrent
def test_clients_come_and_go_in_any_order(engine: Engine, variant: Variant) -> None:
    """Low descriptors are used again while high ones stay open: no client is lost."""
    server = engine.launch(variant)
    chance = seeded(25)
    clients = [server.connect() for _ in range(10)]
    assert all(echo(client) for client in clients)
    full = len(server.descriptors())
    for _ in range(60):
        leaver = clients.pop(chance.randrange(len(clients)))
        chance.choice([socket.socket.close, reset])(leaver)
        wait_until(lambda: len(server.descriptors()) == full - 1, "the descriptor is closed")
        clients.append(server.connect())
        assert echo(clients[-1])
        assert echo(chance.choice(clients))
    assert all(echo(client) for client in clients)
    close_all(clients)


@each_concurrent
def test_a_client_that_does_not_read_delays_no_other(engine: Engine, variant: Variant) -> None:
    """It also costs no CPU time, and gets all its bytes when it reads at last."""
    server = engine.launch(variant)
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        sent = send_until_stuck(server, lazy)
        assert all(echo(other) for _ in range(50))
        assert server.rests()
        assert receive(lazy, len(sent)) == sent
        assert echo(lazy)
        assert server.rests()


@each_one_by_one
def test_the_second_client_waits_for_the_first(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect() as first, server.connect() as second:
        second.sendall(b"me too")
        assert all(echo(first) for _ in range(50))
        assert server.queues(second) == (0, len(b"me too")), "in the kernel, unread"
        second.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.recv(1)
        second.settimeout(DEADLINE)
        first.close()
        assert receive(second, 6) == b"me too"


@each_one_by_one
def test_the_second_client_waits_for_a_stuck_one(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as lazy, server.connect() as other:
        sent = send_until_stuck(server, lazy)
        other.sendall(b"me too")
        assert receive(lazy, len(sent)) == sent
        assert server.queues(other) == (0, len(b"me too"))
        lazy.close()
        assert receive(other, 6) == b"me too"


def test_idle_clients_cost_no_time(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    clients = [server.connect() for _ in range(variant.model.at_once or 50)]
    assert echo(clients[0])
    assert server.rests()
    close_all(clients)
