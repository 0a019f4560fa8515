"""The contract of docs/contract.md for every lab in every language: how a server starts and ends.

No test of this suite asserts a speed. Deadlines only turn a hang into a failure. A comparison
of CPU time with wall time tells a sleeping server from a spinning one.
"""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from .capabilities import VARIANTS, Variant, variants_of
from .clients import close_all, echo, send_until_stuck
from .engines import Engine, ProcessEngine
from .preload import preload
from .servers import DEADLINE, children, free_port, wait_until_stopped


def test_ready_names_port_and_model(engine: Engine, variant: Variant) -> None:
    port = free_port()
    server = engine.launch(variant, env={"PORT": str(port)})
    assert server.lines.seen == [f"READY port={port} model={variant.lab}"]
    with server.connect() as client:
        assert echo(client)
    assert server.lines.now() == [f"READY port={port} model={variant.lab}"]


BAD = (("PORT", ""), ("PORT", "65536"), ("BACKLOG", " 1"))


@pytest.mark.parametrize(
    ("variant", "name", "text"),
    [
        (variant, *setting)
        for number, variant in enumerate(VARIANTS)
        for place, setting in enumerate(BAD)
        if variant.lab == "epoll" or number % len(BAD) == place or os.environ.get("WHOLE")
    ],
    ids=str,
)
def test_bad_setting_is_one_clear_line(
    engine: ProcessEngine, variant: Variant, name: str, text: str
) -> None:
    process, log = engine.popen(variant, env={name: text})
    output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert output == b""
    assert log.read_text() == f"{name}={text}: expected a whole number from 0 to 65535\n"


def test_port_in_use_names_the_call(engine: ProcessEngine, variant: Variant) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:  # noqa: S104 (as the servers do)
        process, log = engine.popen(variant, env={"PORT": str(other.getsockname()[1])})
        output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert output == b""
    assert log.read_text() == "bind: Address already in use\n"


def test_backlog_is_the_requested_one(engine: Engine, variant: Variant) -> None:
    """A stopped server accepts no client: the kernel admits one connection more than the
    backlog.
    """
    admitted = []
    for backlog in ("1", "4096"):
        server = engine.launch(variant, env={"BACKLOG": backlog})
        server.kill(signal.SIGSTOP)
        wait_until_stopped(server)
        clients = [socket.socket() for _ in range(10)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex((server.host, server.port))
        admitted.append(sum(is_connected(client) for client in clients))
        close_all(clients)
        server.kill(signal.SIGCONT)
    assert admitted == [2, 10]


def is_connected(client: socket.socket) -> bool:
    try:
        client.getpeername()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_signal_ends_it_while_idle(
    engine: Engine, variant: Variant, number: signal.Signals
) -> None:
    server = engine.launch(variant)
    assert server.ends_at_once(number)


def test_sigterm_ends_it_as_pid_1(engine: Engine, variant: Variant) -> None:
    """For PID 1 a signal without a handler has no effect."""
    probe = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if probe.returncode != 0 and os.geteuid() != 0:
        pytest.skip(f"no PID namespace for this user: {probe.stderr.strip()}")
    server = engine.launch(variant, pid_one=True)
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert any(
        line.split()[0] == "NSpid:" and line.split()[-1] == "1" for line in status.splitlines()
    )
    with server.connect() as client:
        assert echo(client)
        assert server.ends_at_once(signal.SIGTERM)


SLEEPERS = ("blocking", "prefork", "select", "poll", "epoll", "sigio", "posix_aio", "asyncio")
"""Together they sleep in every call that a server sleeps in."""


def test_sigterm_immediately_before_the_call_that_sleeps(
    engine: ProcessEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Python would look for a signal only after the call, which does not return."""
    env = preload("at_the_gap.c", tmp_path_factory.mktemp("gap"))
    python = [variant for variant in variants_of(*SLEEPERS) if variant.language == "python"]
    started = [engine.popen(variant, env=env) for variant in python]
    try:
        assert [process.wait(DEADLINE) for process, _ in started] == [0] * len(SLEEPERS)
        assert [log.read_text() for _, log in started] == [""] * len(SLEEPERS)
    finally:
        for process, _ in started:
            process.kill()
            process.communicate()


def test_sigterm_ends_it_while_serving(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    clients = [server.connect() for _ in range(8 if variant.model.concurrent else 1)]
    assert all(echo(client) for client in clients)
    for client in clients:
        client.sendall(bytes(100_000))
    assert server.ends_at_once(signal.SIGTERM)
    close_all(clients)


def test_sigterm_ends_it_with_a_stalled_client(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect(receive_buffer=4096) as client:
        send_until_stuck(server, client)
        assert server.ends_at_once(signal.SIGTERM)


def test_close_leaves_no_process_behind(engine: Engine, variant: Variant) -> None:
    server = engine.launch(variant)
    with server.connect() as client:
        assert echo(client)
        assert children(server.pid) == []
