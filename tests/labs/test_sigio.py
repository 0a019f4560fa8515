"""sigio: lost and old notifications, bytes before the first one, and an endless client."""

import signal
import socket
from pathlib import Path

import pytest

from .capabilities import Variant
from .clients import Talk, converse, echo, receive, seeded, send_until_stuck
from .engines import ProcessEngine
from .preload import Counts, preload
from .servers import Server, send_foreign, signals_queued, wait_until

C = Variant("sigio", "c")
PYTHON = Variant("sigio", "python")
both = pytest.mark.parametrize("variant", [C, Variant("sigio", "c-sanitized"), PYTHON], ids=str)


def pending(server: Server) -> set[int]:
    """The pending signals of the process: proc(5)."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    masks = [int(line.split()[1], 16) for line in status.splitlines() if "Pnd:" in line]
    return {number for number in range(1, 65) if any(mask >> (number - 1) & 1 for mask in masks)}


@both
def test_a_signal_of_another_process_harms_nobody(engine: ProcessEngine, variant: Variant) -> None:
    """sigqueue of the same user carries any number, also one that is no descriptor of a client."""
    server = engine.launch(variant)
    with server.connect() as client:
        assert echo(client)
        send_foreign(server)
        assert echo(client)


def serves_as_ever(server: Server) -> None:
    chance = seeded(50)
    talks = [Talk(server.connect(), chance.randbytes(50_000), chance, 9000) for _ in range(20)]
    converse(talks)
    for talk in talks:
        assert bytes(talk.received) == talk.payload
        talk.client.close()
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        sent = send_until_stuck(server, lazy)
        assert echo(other)
        assert server.rests()
        assert receive(lazy, len(sent)) == sent


@both
def test_a_queue_without_a_place(engine: ProcessEngine, variant: Variant) -> None:
    """All notifications are lost: the server works with SIGIO and poll only."""
    serves_as_ever(engine.launch(variant, limits=("--sigpending=0",)))


@pytest.mark.alone  # RLIMIT_SIGPENDING counts the signals of all processes of the user
@both
def test_the_queue_overflows(engine: ProcessEngine, variant: Variant) -> None:
    """More clients than the queue has places connect, send and leave while the server is
    stopped.
    """
    server = engine.launch(variant, limits=(f"--sigpending={signals_queued() + 20}",))
    old = [server.connect() for _ in range(40)]
    assert all(echo(client) for client in old)
    alone = server.descriptors()
    server.kill(signal.SIGSTOP)
    new = [server.connect() for _ in range(40)]
    for client in old[20:] + new:
        client.sendall(b"stopped")
    for client in old[:20]:
        client.close()
    assert {signal.SIGRTMIN, signal.SIGIO} <= pending(server)
    server.kill(signal.SIGCONT)
    for client in old[20:] + new:
        assert receive(client, 7) == b"stopped"
    wait_until(
        lambda: len(server.descriptors()) == len(alone) + 20, "twenty came more than have left"
    )
    for client in old[20:] + new:
        client.close()
    serves_as_ever(server)


@both
def test_a_queue_that_is_long_enough_is_never_told_by_sigio(
    engine: ProcessEngine, variant: Variant
) -> None:
    server = engine.launch(variant)
    server.kill(signal.SIGSTOP)
    clients = [server.connect() for _ in range(40)]
    waiting = pending(server)
    assert signal.SIGRTMIN in waiting
    assert signal.SIGIO not in waiting
    server.kill(signal.SIGCONT)
    for client in clients:
        assert echo(client)
        client.close()


@both
def test_bytes_before_the_first_notification(engine: ProcessEngine, variant: Variant) -> None:
    """They are in the kernel before the server accepts, and so before it enables signals."""
    server = engine.launch(variant)
    server.kill(signal.SIGSTOP)
    clients = [server.connect() for _ in range(100)]
    for client in clients:
        client.sendall(b"early")
        client.shutdown(socket.SHUT_WR)
    server.kill(signal.SIGCONT)
    for client in clients:
        assert receive(client, 6) == b"early", "and then the end"
        client.close()


@pytest.mark.parametrize("variant", [C], ids=str)
def test_a_notification_of_a_client_that_left(engine: ProcessEngine, variant: Variant) -> None:
    """Another client has its number now, or the spare descriptor, which is no socket."""
    server = engine.launch(variant, nofile="16:16")
    room = 16 - len(server.descriptors())
    for _ in range(20):
        clients = [server.connect() for _ in range(room)]
        assert all(echo(client) for client in clients)
        server.kill(signal.SIGSTOP)
        for client in clients:
            client.sendall(b"x")
            client.close()
        others = [server.connect() for _ in range(room + 2)]
        server.kill(signal.SIGCONT)
        for client in others:
            echo(client)
            client.close()
        wait_until(lambda: len(server.descriptors()) == 16 - room, "all have left")
    with server.connect() as client:
        assert echo(client)


def test_an_endless_client_delays_no_other(engine: ProcessEngine, tmp_path: Path) -> None:
    counts = Counts.at(tmp_path / "counts")
    server = engine.launch(C, env=preload("receiving.c", tmp_path) | counts.env())
    with server.connect() as other, server.connect() as endless:
        assert echo(other)
        endless.sendall(b"ENDLESS")
        wait_until(lambda: counts.now()[2] > 0, "the server reads from the endless client")
        assert all(echo(other) for _ in range(20))


def test_why_python_needs_ctypes() -> None:
    """The descriptor is the notification, and the standard library does not return it."""
    assert hasattr(signal.struct_siginfo, "si_band")
    assert not hasattr(signal.struct_siginfo, "si_fd")
