"""The contract for every lab in every language: the memory that a client may cost the server."""

import resource
import socket

import pytest

from .capabilities import MODELS, VARIANTS, Variant
from .clients import Talk, close_all, converse, echo, receive, reset, seeded, send_until_stuck
from .engines import Engine
from .servers import wait_until

OWN_MEMORY = [variant for variant in VARIANTS if variant.build.own_memory]
IN_C = [v for v in OWN_MEMORY if v.language == "c" and v.model.concurrent]
READY_TOLD = [v for v in IN_C if not v.model.thread_each]

each_own_memory = pytest.mark.parametrize("variant", OWN_MEMORY, ids=str)


@each_own_memory
def test_a_client_that_does_not_read_has_a_bound(engine: Engine, variant: Variant) -> None:
    """The bound holds for each client, although the clients have sent more than all the bounds."""
    server = engine.launch(variant)
    with server.connect() as client:  # use every page that the first client uses
        converse([Talk(client, bytes(1 << 20), seeded(24), 1 << 20)])
    before = server.resident()
    lazy = [server.connect(receive_buffer=4096) for _ in range(4)]
    if not variant.model.concurrent:
        close_all(lazy[1:])
        del lazy[1:]
    sent = sum(len(send_until_stuck(server, client)) for client in lazy)
    bound = len(lazy) * variant.model.stuck_bytes + variant.model.pool_bytes + (512 << 10)
    assert sent > bound or len(lazy) == 1, "they did not send enough to tell"
    assert server.resident() - before <= bound
    close_all(lazy)


@pytest.mark.parametrize("variant", IN_C, ids=str)
def test_an_idle_client_costs_no_buffer(engine: Engine, variant: Variant, descriptors: int) -> None:
    model = MODELS[variant.lab]
    number = model.at_once or (4000 if model.past_1024 else 1000)
    assert descriptors >= number + 200, "this test needs as many descriptors: ulimit -Hn"
    server = engine.launch(variant)
    first = server.connect()
    assert echo(first)
    before = server.resident()
    clients = [server.connect() for _ in range(number - 1)]
    assert echo(clients[-1]), "all have been accepted"
    pages = 8 * resource.getpagesize()
    assert server.resident() - before <= number * model.idle_bytes + pages
    close_all([first, *clients])


@pytest.mark.parametrize("variant", READY_TOLD, ids=str)
def test_clients_that_left_cost_nothing(engine: Engine, variant: Variant) -> None:
    """The server must free the memory of a client or use it again."""
    server = engine.launch(variant)
    with server.connect() as stays:
        assert echo(stays)
        before, alone = server.resident(), server.descriptors()
        for _ in range(300):
            for _ in range(20):
                reset(server.connect())
            with server.connect() as last:
                assert echo(last), "all before it have been accepted"
            wait_until(lambda: server.descriptors() == alone, "all have left")
        assert echo(stays)
        pages = 8 * resource.getpagesize() + variant.model.pool_bytes
        assert server.resident() - before <= pages


@pytest.mark.parametrize("variant", READY_TOLD, ids=str)
def test_clients_that_were_stuck_cost_nothing(engine: Engine, variant: Variant) -> None:
    """Four clients, one after another: two read all bytes at last, two leave."""
    server = engine.launch(variant)
    with server.connect() as stays:
        assert echo(stays)
        before, alone = server.resident(), server.descriptors()
        for leave in (socket.socket.close, reset) * 2:
            lazy = server.connect(receive_buffer=4096)
            sent = send_until_stuck(server, lazy)
            if leave is not reset:
                assert receive(lazy, len(sent)) == sent
            leave(lazy)
            wait_until(lambda: server.descriptors() == alone, "its descriptor is closed")
        pages = 8 * resource.getpagesize() + variant.model.pool_bytes
        assert server.resident() - before <= 2 * variant.model.stuck_bytes + pages
