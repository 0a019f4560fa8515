"""The contract for every lab in every language: which bytes come back, and when clients leave."""

import ctypes
import os
import signal
import socket

from .capabilities import Variant
from .clients import Talk, close_all, converse, echo, receive, reset, seeded, send_until_stuck
from .engines import Engine
from .servers import wait_until


def test_bytes_come_back_in_order_however_they_are_cut(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    chance = seeded(20)
    for largest in (1, 100, 10_000):
        talks = [
            Talk(
                server.connect(), chance.randbytes(chance.randint(1, 50 * largest)), chance, largest
            )
            for _ in range(6 if variant.model.concurrent else 1)
        ]
        converse(talks)
        for talk in talks:
            assert bytes(talk.received) == talk.payload
            talk.client.close()


def test_megabytes_come_back(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect() as client:
        chance = seeded(21)
        talk = Talk(client, chance.randbytes(4 << 20), chance, 1 << 20)
        converse([talk])
        assert bytes(talk.received) == talk.payload


def test_half_close_is_answered_to_the_last_byte(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as client:
        chance = seeded(22)
        talk = Talk(client, chance.randbytes(1 << 20), chance, 1 << 16, half_close=True)
        converse([talk])
        assert talk.ended
        assert bytes(talk.received) == talk.payload


def test_half_close_of_a_stuck_client_is_answered_to_the_last_byte(
    engine: Engine, variant: Variant
) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as client:
        sent = send_until_stuck(server, client)
        client.shutdown(socket.SHUT_WR)
        assert receive(client, len(sent)) == sent
        assert client.recv(1) == b""


def test_descriptors_come_back_when_clients_leave(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    before = server.descriptors()
    chance = seeded(23)
    for leave in (socket.socket.close, reset) * 4:
        clients = [server.connect() for _ in range(8 if variant.model.concurrent else 1)]
        assert all(echo(client) for client in clients)
        chance.shuffle(clients)
        for client in clients:
            leave(client)
    wait_until(lambda: server.descriptors() == before, "all descriptors are closed")


def test_reset_affects_no_other_client(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    stays = [server.connect()] if variant.model.concurrent else []
    assert all(echo(client) for client in stays)
    without = server.descriptors()
    for length in (0, 1, 100_000) * 4:
        client = server.connect()
        client.setblocking(False)
        if length:
            client.send(bytes(length))
        reset(client)
        assert all(echo(client) for client in stays)
    stuck = server.connect(receive_buffer=4096)
    send_until_stuck(server, stuck)
    reset(stuck)
    # The parent in `fork` may have held one more descriptor at the moment of the count.
    wait_until(lambda: {*server.descriptors()} <= {*without}, "its descriptor is closed")
    with server.connect() as client:
        assert echo(client), "the next client with this descriptor gets no old bytes"
        assert all(echo(client) for client in stays)
    close_all(stays)


def test_writing_to_a_client_that_left_does_not_kill(engine: Engine, variant: Variant) -> None:
    """FIN, then RST, behind an unread message: recv still returns it, and send raises SIGPIPE."""
    server = engine.launch(variant)
    client = server.connect()
    assert echo(client)
    server.kill(signal.SIGSTOP)
    client.sendall(b"and off")
    client.shutdown(socket.SHUT_WR)
    reset(client)
    server.kill(signal.SIGCONT)
    with server.connect() as other:
        assert echo(other)


def test_small_answers_are_not_delayed(engine: Engine, variant: Variant) -> None:
    """Read TCP_NODELAY from a copy of the server's descriptor."""
    server = engine.launch(variant)
    with server.connect() as client:
        assert echo(client)
        own = copy_of_descriptor(server.pid, server.descriptors()[-1])
        with own:
            assert own.getpeername() == client.getsockname()
            assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def copy_of_descriptor(pid: int, fd: int) -> socket.socket:
    pidfd_getfd = 438  # the same number on every architecture; Python has no name for it
    pidfd = os.pidfd_open(pid)
    try:
        copy = ctypes.CDLL(None, use_errno=True).syscall(pidfd_getfd, pidfd, fd, 0)
    finally:
        os.close(pidfd)
    assert copy >= 0, os.strerror(ctypes.get_errno())
    return socket.socket(fileno=copy)
