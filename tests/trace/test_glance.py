"""What one look through /proc shows of a server: who waits for clients and who for something else,
the flags of its sockets, how epoll watches them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import cast

import pytest

from runner.engine.box import Running
from runner.measure.glance import glance, glance_loaded
from runner.records.observed import Sighting

CLIENTS = 9
SERVER = """
import select, socket, sys, threading
how = sys.argv[1]
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
clients = [listener.accept()[0] for _ in range(int(sys.argv[2]))]
quiet, other = socket.socketpair()
def helper():
    if how == "poll":
        select.select([quiet], [], [])
    quiet.recv(1)
if how in ("threads", "oversees"):
    for each in clients:
        threading.Thread(target=each.recv, args=(1,)).start()
else:
    threading.Thread(target=helper).start()
for number, each in enumerate(clients):
    each.setblocking(how in ("threads", "oversees") or (how == "some" and number == 0))
print("here", flush=True)
if how in ("level", "edge", "some"):
    waiting = select.epoll()
    for number, each in enumerate(clients):
        edge = how == "edge" or (how == "some" and number > 0)
        waiting.register(each, select.EPOLLIN | (select.EPOLLET if edge else 0))
    waiting.poll()
elif how == "select":
    select.select(clients, [], [])
elif how == "poll":
    waiting = select.poll()
    for each in clients:
        waiting.register(each, select.POLLIN)
    waiting.poll()
elif how in ("oversees", "relays"):
    waiting, pairs = select.poll(), [socket.socketpair() for _ in clients]
    for each, _ in pairs:
        waiting.register(each, select.POLLIN)
    waiting.poll()
elif how == "spins":
    while True:
        for each in clients:
            try:
                each.recv(1)
            except BlockingIOError:
                pass
"""


@contextmanager
def serving(how: str) -> Iterator[tuple[Running, int]]:
    """A process that does so with all its clients, which stay silent."""
    command = [sys.executable, "-S", "-c", SERVER, how, str(CLIENTS)]
    with ExitStack() as stack:
        child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(child.kill)
        assert child.stdout is not None
        port = int(child.stdout.readline())
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        child.stdout.readline()
        yield cast("Running", SimpleNamespace(pid=child.pid)), port


def sighting(how: str, kind: str) -> Sighting:
    """The first that finds a thread waiting so: the process has just said that it begins."""
    with serving(how) as (server, port):
        while True:
            found = glance(server, port, "connected", 7)
            assert not found.lacks
            if any(each.kind == kind and each.serves for each in found.waiting):
                return found


@pytest.mark.parametrize(
    ("how", "kind", "call"),
    [("select", "select", "select"), ("poll", "poll", "poll"), ("level", "epoll", "epoll_wait")],
)
def test_the_thread_that_waits_for_clients_is_told_from_one_that_does_not(
    how: str, kind: str, call: str
) -> None:
    found = sighting(how, kind)
    serves = [each for each in found.waiting if each.serves and each.kind == kind]
    assert [each.threads for each in serves] == [1]
    assert call in serves[0].call
    assert serves[0].on.startswith(f"{CLIENTS} descriptors" if kind != "epoll" else "descriptor ")
    helpers = [each for each in found.waiting if not each.serves]
    assert [each.threads for each in helpers] == [1]
    assert (found.connections, found.threads, found.processes) == (CLIENTS, 2, 1)


def test_threads_that_read_their_clients_all_wait_for_clients() -> None:
    found = sighting("threads", "read")
    (reading,) = [each for each in found.waiting if each.kind == "read"]
    assert (reading.threads, reading.serves) == (CLIENTS, True)
    assert found.ends.nonblocking == 0
    assert found.ends.blocking >= 0


def test_a_thread_that_watches_pairs_passes_bytes_on_unless_each_client_has_a_reader() -> None:
    """As a parent watches its children: a pipe or a socket for each of them."""
    (relaying,) = [each for each in sighting("relays", "poll").waiting if each.kind == "poll"]
    assert (relaying.descriptors, relaying.serves) == (CLIENTS, True)
    with serving("oversees") as (server, port):
        kinds: dict[str, tuple[int, bool | None]] = {}
        while not ("poll" in kinds and kinds.get("read") == (CLIENTS, True)):
            waiting = glance(server, port, "connected", 7).waiting
            kinds = {each.kind: (each.threads, each.serves) for each in waiting}
        assert kinds["poll"] == (1, False)
        loaded = glance_loaded(server, CLIENTS, 1.0)
        assert loaded is not None
        assert not any(each.serves for each in loaded.waiting if each.kind == "poll")


@pytest.mark.parametrize(("how", "edge", "nonblocking"), [
    ("level", 0, CLIENTS), ("edge", CLIENTS, CLIENTS), ("some", CLIENTS - 1, CLIENTS - 1),
])  # fmt: skip
def test_flags_are_those_that_the_kernel_has(how: str, edge: int, nonblocking: int) -> None:
    found = sighting(how, "epoll")
    assert found.interest is not None
    assert (found.interest.clients, found.interest.edge) == (CLIENTS, edge)
    assert (found.interest.level_fd >= 0) == (edge < CLIENTS)
    assert (found.ends.looked_at, found.ends.nonblocking) == (CLIENTS, nonblocking)
    assert found.ends.asynchronous == 0


def test_a_thread_that_never_sleeps_is_seen_to_run() -> None:
    found = sighting("spins", "running")
    (runs,) = [each for each in found.waiting if each.kind == "running"]
    assert runs.ran > 0


def test_under_load_only_calls_that_name_a_number_of_descriptors_are_told_apart() -> None:
    with serving("poll") as (server, _):
        found = glance_loaded(server, CLIENTS, 1.0)
        assert found is not None
        while not any(each.kind == "poll" and each.serves for each in found.waiting):
            found = glance_loaded(server, CLIENTS, 1.0)
            assert found is not None
        assert found.ends.looked_at == 0
        assert glance_loaded(server, CLIENTS, 0.001) is None


def test_what_has_ended_shows_nothing() -> None:
    with serving("select") as (server, port):
        pass
    assert not glance(server, port, "connected", 7).waiting
