"""posix_aio: the 20 helper threads of glibc, and the effects of this limit."""

import resource
from pathlib import Path

import pytest

from .capabilities import Variant
from .clients import echo, is_closed, receive
from .engines import ProcessEngine
from .servers import DEADLINE, Server, send_foreign, signals_queued, wait_until

WORKERS = 20
C = Variant("posix_aio", "c")
PYTHON = Variant("posix_aio", "python")
both = pytest.mark.parametrize("variant", [C, PYTHON], ids=str)


def tasks(server: Server) -> int:
    return len(list(Path(f"/proc/{server.pid}/task").iterdir()))


def all_read(server: Server, tasks_before: int) -> bool:
    """All helper threads exist; none runs ("0") and none waits for work on a futex: all read."""
    waits = [path.read_text() for path in Path("/proc").glob(f"{server.pid}/task/*/wchan")]
    return len(waits) == tasks_before + WORKERS and not any(
        wait == "0" or "futex" in wait for wait in waits
    )


@both
def test_a_signal_of_another_process_harms_nobody(engine: ProcessEngine, variant: Variant) -> None:
    """Its number is no address of a client, and the server must not use it as one."""
    server = engine.launch(variant)
    with server.connect() as client:
        assert echo(client)
        send_foreign(server)
        assert echo(client)


@both
def test_twenty_idle_clients_make_the_next_wait(engine: ProcessEngine, variant: Variant) -> None:
    """Its bytes have arrived and stay unread: every helper thread sleeps in another client's
    read.
    """
    server = engine.launch(variant)
    own = tasks(server)
    idle = [server.connect() for _ in range(WORKERS)]
    assert all(echo(client) for client in idle)
    wait_until(lambda: all_read(server, own), "every worker waits for an idle client")
    with server.connect() as next_one:
        next_one.sendall(b"me too")
        wait_until(lambda: server.queues(next_one) == (0, 6), "the bytes wait in the kernel")
        assert server.rests()
        assert tasks(server) == own + WORKERS, "there is no 21st worker"
        assert server.queues(next_one) == (0, 6), "the bytes are unread"
        idle.pop().close()
        assert receive(next_one, 6) == b"me too"
    for client in idle:
        client.close()


@both
def test_the_cure_is_a_thread_for_each(engine: ProcessEngine, variant: Variant) -> None:
    server = engine.launch(variant, env={"AIO_THREADS": "50"})
    own = tasks(server)
    clients = [server.connect() for _ in range(50)]
    assert all(echo(client) for client in clients)
    wait_until(lambda: tasks(server) == own + 50, "all wait in a read")
    for client in clients:
        client.close()


@both
def test_idle_threads_end(engine: ProcessEngine, variant: Variant) -> None:
    """So the number of threads depends on the number of recent operations."""
    server = engine.launch(variant)
    own = tasks(server)
    with server.connect() as client:
        assert echo(client)
    wait_until(lambda: tasks(server) == own, "glibc ends a thread that has nothing to do")


@both
def test_no_more_clients_than_places_for_signals(engine: ProcessEngine, variant: Variant) -> None:
    """glibc drops the notification of a completion that finds no place, without an error.

    All processes of a user share the places, so the test adds the places that are in use.
    """
    places = signals_queued() + 18
    server = engine.launch(variant, limits=(f"--sigpending={places}",), env={"AIO_THREADS": "1000"})
    clients = [server.connect() for _ in range(places)]
    assert all(echo(client) for client in clients)
    with server.connect() as refused:
        assert is_closed(refused)
    number = server.descriptors()[-1] + 1
    assert server.lines.wait_for(2)[1:] == [f"REFUSED limit=SIGPENDING fd={number}"]
    assert all(echo(client) for client in clients)
    clients.pop().close()
    wait_until(lambda: len(server.descriptors()) == number - 1, "the client is gone")
    with server.connect() as client:
        assert echo(client)
    for client in clients:
        client.close()


@both
def test_bad_number_of_threads(engine: ProcessEngine, variant: Variant) -> None:
    process, log = engine.popen(variant, env={"AIO_THREADS": "many"})
    output, _ = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (2, b"")
    assert log.read_text() == "AIO_THREADS=many: expected a whole number from 0 to 65535\n"


def test_an_idle_client_costs_a_buffer_and_a_thread(engine: ProcessEngine) -> None:
    """Its read in progress needs both as long as the client is idle."""
    server = engine.launch(C)
    own = tasks(server)
    with server.connect() as first:
        assert echo(first)
        before = server.resident()
        idle = [server.connect() for _ in range(WORKERS - 1)]
        assert all(echo(client) for client in idle)
        wait_until(lambda: all_read(server, own), "every worker waits for an idle client")
        cost = server.resident() - before
        assert len(idle) * 4096 <= cost, "the buffer"
        assert cost <= len(idle) * 16 * 1024 + 8 * resource.getpagesize(), "and a stack"
        for client in idle:
            client.close()
