"""fork: a child for every client, reaped when it ends, up to the limit on processes."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from .capabilities import Variant
from .clients import echo, is_closed, receive, send_until_stuck
from .engines import ProcessEngine
from .preload import preload
from .servers import children, exists, wait_until

LANGUAGES = ("c", "c-sanitized", "python")
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
def test_fork_has_a_child_for_every_client_and_reaps_it(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("fork", language))
    before = server.descriptors()
    clients = [server.connect() for _ in range(10)]
    assert all(echo(client) for client in clients)
    assert len(children(server.pid)) == 10
    wait_until(lambda: server.descriptors() == before, "the parent keeps none")
    for client in clients:
        client.close()
    wait_until(lambda: children(server.pid) == [], "no child and no zombie is left")


@each_language
def test_fork_many_at_once_leave_no_zombie(engine: ProcessEngine, language: str) -> None:
    """Standard signals do not queue: one SIGCHLD may stand for several children."""
    server = engine.launch(Variant("fork", language))
    clients = [server.connect() for _ in range(30)]
    assert all(echo(client) for client in clients)
    server.kill(signal.SIGSTOP)
    for client in clients:
        client.close()
    family = children(server.pid)
    wait_until(lambda: not any(exists(pid) for pid in family), "all thirty have ended")
    server.kill(signal.SIGCONT)
    wait_until(lambda: children(server.pid) == [], "all thirty are reaped")


@each_language
def test_fork_a_stuck_client_or_dead_child_affects_no_other(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("fork", language))
    with server.connect() as other, server.connect(receive_buffer=4096) as lazy:
        assert echo(other)
        sent = send_until_stuck(server, lazy)
        assert all(echo(other) for _ in range(20))
        assert receive(lazy, len(sent)) == sent
        known = set(children(server.pid))
        with server.connect() as third:
            assert echo(third)
            [child] = set(children(server.pid)) - known
            replace(server, pid=child).kill(signal.SIGKILL)
            assert is_closed(third)
        assert echo(other)


@each_language
def test_fork_no_process_left(engine: ProcessEngine, tmp_path: Path, language: str) -> None:
    """Refused at once with one line, other clients served, and recovery."""
    full = tmp_path / "full"
    env = {**preload("no_process.c", tmp_path), "NO_PROCESS": str(full)}
    server = engine.launch(Variant("fork", language), env=env)
    with server.connect() as client:
        assert echo(client)
        full.touch()
        for _ in range(5):
            with server.connect() as refused:
                assert is_closed(refused)
        fd = server.descriptors()[-1] + 1
        assert server.lines.wait_for(2)[1:] == [f"REFUSED limit=PROCESSES fd={fd}"]
        assert echo(client)
        full.unlink()
        with server.connect() as served:
            assert echo(served)
    assert len(server.lines.now()) == 2
