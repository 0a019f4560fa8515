"""The contract for every lab in every language: the named limits, and recovery."""

import resource
import socket
from pathlib import Path

import pytest

from .capabilities import VARIANTS, Variant, variants_of
from .clients import close_all, connect_until_refused, echo, is_closed
from .engines import Engine
from .preload import preload
from .servers import Server, wait_until

THREAD_EACH = [v for v in VARIANTS if v.model.thread_each]
each_concurrent = pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if v.model.concurrent], ids=str
)
each_obedient = pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if v.model.obeys_lower_limit], ids=str
)


def serves_another(server: Server, clients: list[socket.socket]) -> bool:
    """It accepts another client only after it has seen that a client left."""
    client = server.connect()
    if echo(client):
        clients.append(client)
        return True
    client.close()
    return False


@each_concurrent
def test_no_descriptor_left(engine: Engine, variant: Variant) -> None:
    """Refused at once with one line, other clients served, no spinning, and recovery."""
    server = engine.launch(variant, nofile="24:48")
    own = len(server.descriptors())
    refused = "REFUSED limit=EMFILE fd=24"
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert len(clients) == 24 - own, "every descriptor below the limit serves a client"
    for _ in range(20):
        with server.connect() as client:
            assert is_closed(client)
    assert all(echo(client) for client in clients)
    assert server.rests()
    assert server.lines.now()[1:] == [refused]

    clients.pop().close()
    clients.pop(3).close()
    wait_until(lambda: serves_another(server, clients), "a client is served again")

    def is_full() -> bool:
        """The server may see the second client leave only after one more refusal."""
        connect_until_refused(server, clients)
        return len(clients) == 24 - own

    wait_until(is_full, "as many clients are served as before")
    assert all(echo(client) for client in clients)
    again = server.lines.wait_for(3)[2:]
    assert again, "the limit is met anew, and so it is said anew"
    assert set(again) == {refused}
    close_all(clients)


@each_obedient
def test_limit_lowered_and_raised_again(engine: Engine, variant: Variant) -> None:
    """Only in this way can a server with one client at a time lose its last descriptor."""
    server = engine.launch(variant, nofile="64:64")
    tight = server.descriptors()[-1] + 1
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (tight, 64))
    # A blocking accept reserves its descriptor before it sleeps: this client may still get it.
    server.connect().close()
    for _ in range(20):
        with server.connect() as client:
            assert is_closed(client)
    assert server.rests()
    assert server.lines.now()[1:] == [f"REFUSED limit=EMFILE fd={tight}"]
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (64, 64))
    with server.connect() as client:
        assert echo(client)
    assert len(server.lines.now()) == 2


@each_concurrent
def test_past_1024_or_a_named_refusal(engine: Engine, variant: Variant, descriptors: int) -> None:
    """The limit is on the number of the descriptor, and only select has this limit."""
    assert descriptors >= 1400, "this test needs as many descriptors: ulimit -Hn"
    server = engine.launch(variant, nofile="1100:1200", env=dict(variant.model.crowd))
    own = len(server.descriptors())
    past_1024 = variant.model.past_1024
    limit, name = (1100, "EMFILE") if past_1024 else (1024, "FD_SETSIZE")
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert server.lines.wait_for(2)[1:] == [f"REFUSED limit={name} fd={limit}"]
    # With FD_SETSIZE the spare descriptor is below the limit; with EMFILE it counts against it.
    assert len(clients) == limit - own
    assert server.descriptors()[-1] == limit - 1
    assert all(echo(client) for client in (clients[0], clients[-1]))
    assert server.rests()
    clients.pop(10).close()
    wait_until(lambda: serves_another(server, clients), "a client is served again")
    close_all(clients)


EPOLLS = variants_of("epoll", "epoll_et", "epoll_threads", "aecho", "asyncio")


@pytest.mark.parametrize("variant", [v for v in EPOLLS if v.build.own_memory], ids=str)
def test_no_watch_left(
    engine: Engine, variant: Variant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """epoll_ctl refuses the client: the server says for which reason, and serves the others."""
    env = preload("watches.c", tmp_path_factory.mktemp("watches"))
    server = engine.launch(variant, env={**env, "WATCHES": "16"})
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert server.lines.wait_for(2)[1:] == ["REFUSED limit=max_user_watches fd=16"]
    clients.pop(0).close()
    wait_until(lambda: serves_another(server, clients), "a client is served again")
    connect_until_refused(server, clients)
    assert server.lines.wait_for(3)[2:] == ["REFUSED limit=ENOMEM fd=16"]
    assert all(echo(client) for client in clients)
    assert server.rests()
    close_all(clients)


@pytest.mark.parametrize("variant", [v for v in THREAD_EACH if v.build.own_memory], ids=str)
def test_no_thread_left(engine: Engine, variant: Variant) -> None:
    """No address space for another stack (not with AddressSanitizer, which reserves terabytes)."""
    server = engine.launch(variant)
    sizes = Path(f"/proc/{server.pid}/statm").read_text().split()
    room = int(sizes[0]) * resource.getpagesize() + (4 << 20)
    resource.prlimit(server.pid, resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
    clients: list[socket.socket] = []
    connect_until_refused(server, clients)
    assert clients, "some were served"
    refusal = f"REFUSED limit=THREADS fd={server.descriptors()[-1] + 1}"
    assert server.lines.wait_for(2)[1:] == [refusal]
    assert all(echo(client) for client in clients)
    assert server.rests()
    resource.prlimit(
        server.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    with server.connect() as client:
        assert echo(client)
    close_all(clients)
