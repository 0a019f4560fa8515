"""Every lie is found and counted under its own name; none hangs the fleet or fills its memory."""

from __future__ import annotations

import socket

import pytest

from . import servers
from .driving import Event, errors, fleet
from .servers import Handler, serving

SHORT = ["--warmup", "0s", "--duration", "100ms", "--reply-timeout", "10s"]
IMPATIENT = ["--warmup", "0s", "--duration", "100ms", "--reply-timeout", "200ms"]

LIARS = [
    ("corrupt", servers.corrupt, SHORT, "corrupt"),
    ("corrupt tag", servers.corrupt_tag, SHORT, "corrupt"),
    ("stale", servers.stale, SHORT, "corrupt"),
    ("swapped", None, SHORT, "corrupt"),
    ("wrong proof", servers.wrong_proof, SHORT, "corrupt"),
    ("extra", servers.extra, SHORT, "extra"),
    ("extra proof", servers.extra_proof, SHORT, "extra"),
    ("endless", servers.endless, SHORT, "extra"),
    ("close early", servers.close_early, SHORT, "closed"),
    ("reset early", servers.reset_early, SHORT, "reset"),
    ("close at once", servers.close_at_once, SHORT, "refused"),
    ("reset at once", servers.reset_at_once, SHORT, "refused"),
    ("silent", servers.silent, IMPATIENT, "reply_timeout"),
    ("mute", servers.mute, IMPATIENT, "reply_timeout"),
]


def run(program: str, port: int, *arguments: str) -> Event:
    with fleet([program, "--connect", f"127.0.0.1:{port}", *arguments]) as one:
        return one.result()


@pytest.mark.parametrize(
    ("handler", "arguments", "kind"), [liar[1:] for liar in LIARS], ids=[liar[0] for liar in LIARS]
)
def test_a_liar_is_found(
    program: str, handler: Handler | None, arguments: list[str], kind: str
) -> None:
    with serving(handler or servers.swapped()) as server:
        result = run(program, server.port, "--active", "2", *arguments)
    assert errors(result) == {kind: 2}
    assert result["active_alive"] == 0
    assert result["interrupted"] is False


def test_an_endless_reply_does_not_fill_memory(fleet_program: str) -> None:
    with serving(servers.endless) as server:
        result = run(str(fleet_program), server.port, "--active", "20", *SHORT)
    assert errors(result) == {"extra": 20}
    assert result["rss_bytes"] < 16 << 20


def test_one_byte_at_a_time_is_slow_but_true(program: str) -> None:
    with serving(servers.dribble) as server:
        result = run(program, server.port, "--active", "2", "--warmup", "0s", "--duration", "500ms")
    assert errors(result) == {}
    assert result["requests"] > 0


def test_nobody_listens(program: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = run(program, port, "--active", "3", "--idle", "2", *SHORT)
    assert errors(result) == {"connect_refused": 5}


def test_nobody_accepts(program: str) -> None:
    """The kernel fills the backlog, then drops SYNs: no handshake is taken for service."""
    with serving(servers.honest, backlog=0, accept=0) as server:
        timeouts = ["--connect-timeout", "300ms", "--reply-timeout", "300ms"]
        result = run(program, server.port, "--active", "5", "--duration", "0s", *timeouts)
    assert set(errors(result)) == {"connect_timeout", "reply_timeout"}
    assert sum(errors(result).values()) == 5


@pytest.mark.parametrize("deed", ["close", "reset", "speak"])
def test_what_an_idle_connection_suffers_is_counted(program: str, deed: str) -> None:
    """During the measurement, not before: SIGTERM comes after the deed, so no time is assumed."""
    command = ["--idle", "3", "--active", "0", "--warmup", "0s", "--duration", "60s"]
    with (
        serving(servers.honest) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *command]) as one,
    ):
        one.until("measuring")
        victim = server.connections[1]
        if deed == "speak":
            victim.sendall(b"psst")
        elif deed == "close":
            victim.shutdown(socket.SHUT_RDWR)
        else:
            victim.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, servers.RESET)
            victim.shutdown(socket.SHUT_RD)
            server.threads[2].join()  # its recv() holds the socket open
            victim.close()
        one.process.terminate()
        result = one.result()
    assert errors(result) == {"extra" if deed == "speak" else "idle_lost": 1}
    assert result["idle_alive"] == 2


def test_what_an_idle_connection_suffers_before_the_start_is_counted(program: str) -> None:
    command = ["--idle", "3", "--active", "0", "--duration", "0s", "--wait"]
    with (
        serving(servers.honest) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *command]) as one,
    ):
        assert one.until("connected")["idle"] == 3
        server.connections[0].shutdown(socket.SHUT_RDWR)
        one.tell("start")
        result = one.result()
    assert errors(result) == {"idle_lost": 1}
    assert result["idle_alive"] == 2
