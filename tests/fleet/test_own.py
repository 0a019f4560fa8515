"""What is the client's own, and what is other programs': neither is the server's."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import socket
import time
from pathlib import Path

import pytest

from . import servers
from .driving import Event, compiled, errors, fleet
from .servers import Handler, serving
from .test_open import run

QUICK = ["--warmup", "0s", "--duration", "200ms"]
ENDLESS = ["--warmup", "0s", "--duration", "60m"]

OWN = {
    errno.EMFILE: b"nofile",
    errno.ENFILE: b"nofile",
    errno.ENOMEM: b"memory",
    errno.ENOBUFS: b"memory",
    errno.EADDRNOTAVAIL: b"ports",
    errno.EADDRINUSE: b"ports",
    errno.ENOSPC: b"watches",
    errno.EPERM: b"permission",
    errno.EACCES: b"permission",
}
SERVERS = [0, errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    target = compiled(tmp_path_factory.mktemp("own") / "own.so", "-O1", "-shared", "-fPIC")
    found = ctypes.CDLL(str(target))
    found.own_lack.restype = ctypes.c_char_p
    return found


def test_one_list_says_which_errors_are_the_clients_own(library: ctypes.CDLL) -> None:
    assert {number: library.own_lack(number) for number in OWN} == OWN
    assert [library.own_lack(number) for number in SERVERS] == [None] * len(SERVERS)


@pytest.mark.parametrize(
    "load", [["--requests-per-connection", "1"], ["--churn", "1k", "--idle", "3"]], ids=str
)
def test_descriptors_that_run_out_in_mid_trial_are_the_clients_own(
    program: str, load: list[str]
) -> None:
    asked = ["--active", "3", "--close", "fin", *load, *ENDLESS]
    with (
        serving(servers.honest) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *asked]) as one,
    ):
        one.until("measuring")
        soft, hard = resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE, (4, hard))
        one.until("progress", connected=0)  # none of them could be opened anew
        resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        one.process.terminate()
        result = one.result()
    assert set(errors(result)) == {"own_limit"}
    assert result["own_limit"]["what"] == "nofile"


@pytest.mark.parametrize("load", [[], ["--rate", "500"]], ids=str)
def test_a_load_generator_that_stood_still_says_so(program: str, load: list[str]) -> None:
    """Stopped for 300 ms: what was late meanwhile, or never sent, is not the server's doing."""
    asked = ["--active", "3", *load, *ENDLESS]
    with (
        serving(servers.honest) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *asked]) as one,
    ):
        one.until("progress", phase="measuring")  # its window has begun
        one.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, one.process.pid, os.WSTOPPED)
        time.sleep(0.3)
        one.process.terminate()  # heard when it goes on
        one.process.send_signal(signal.SIGCONT)
        result = one.result()
    assert errors(result) == {}
    assert result["still_ns"] >= 200_000_000
    assert result["still_ns"] <= result["seconds"] * 1e9


def crowd(port: int, count: int) -> list[socket.socket]:
    """So many clients that connect at once; nobody waits for them."""
    clients = [socket.socket() for _ in range(count)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
    return clients


def beside(program: str, handler: Handler, *arguments: str) -> Event:
    """A fleet, while another program's listener in the same namespace overflows, its clients send
    again and again, and others of its connections wait in TIME_WAIT."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as spare:
        for _ in range(40):
            with socket.create_connection(spare.getsockname()) as client:
                server, _ = spare.accept()
                client.shutdown(socket.SHUT_WR)
                server.recv(1)
                server.close()
                client.recv(1)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        clients = crowd(full.getsockname()[1], 50)
        try:
            return run(program, handler, *arguments)
        finally:
            for client in clients:
                client.close()


def test_what_other_programs_do_in_the_namespace_is_not_counted(fleet_program: Path) -> None:
    timing = ["--warmup", "0s", "--duration", "1500ms"]
    result = beside(str(fleet_program), servers.honest, "--active", "2", *timing)
    net, whole = result["net"], result["net"]["namespace"]
    assert errors(result) == {}
    assert whole["listen_drops"] > 0, "the others' queue did overflow meanwhile"
    assert whole["retransmits"] > 10, "and they did send again"
    assert whole["time_wait"] >= 40
    assert (net["listen_drops"], net["retransmits"], net["time_wait"]) == (0, 0, 0)


def reads_late(connection: socket.socket) -> None:
    """Echo; now and then a request waits 30 ms, as where the server's CPU is taken from it."""
    for number in range(1, 1 << 30):
        data = connection.recv(64)
        if number > 60 and number % 20 == 0:
            time.sleep(0.03)
        connection.sendall(data)
        if not data:
            return


def test_a_segment_that_the_server_had_already_is_not_lost(fleet_program: Path) -> None:
    load = ["--active", "40", "--pipeline", "4", "--warmup", "0s", "--duration", "400ms"]
    result = run(str(fleet_program), reads_late, *load)
    net = result["net"]
    assert errors(result) == {}
    assert net["retransmits"] > 0, "its kernel acknowledged late, and segments were sent again"
    assert net["needless"] == net["retransmits"], "but it had read late, and nothing was lost"


def test_what_it_leaves_in_time_wait_itself_is_counted(fleet_program: Path) -> None:
    def handler(connection: socket.socket) -> None:
        servers.honest(connection)
        connection.close()

    asked = ["--active", "2", "--requests-per-connection", "1", "--close", "fin"]
    result = run(str(fleet_program), handler, *asked, "--sources", "1", *QUICK)
    assert errors(result) == {}
    assert result["accepted"] > 2
    assert 0 < result["net"]["time_wait"] <= result["net"]["namespace"]["time_wait"]


def test_a_listen_queue_that_is_full_is_counted_once_and_by_its_length(program: str) -> None:
    """The server lets the queue fill up: it accepts nobody."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        asked = ["--active", "20", "--connect-timeout", "300ms", "--reply-timeout", "300ms"]
        command = [program, "--connect", f"127.0.0.1:{listener.getsockname()[1]}", *asked, *QUICK]
        with fleet(command) as one:
            connected = one.until("connected")
            result = one.result()
    assert connected["listening"]["backlog"] == result["net"]["listen_backlog"] == 1
    assert 18 <= connected["listening"]["drops"] <= result["net"]["listen_drops"]
    assert result["net"]["listen_drops"] <= result["net"]["namespace"]["listen_drops"]
    assert result["active_alive"] == 0
