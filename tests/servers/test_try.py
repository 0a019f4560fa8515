"""`runner try`: a server that runs in its box, and that a program of this machine talks to."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.cli.exit_codes import Exit
from tests.cli.inside import told
from tests.labs.servers import free_port

RUNNER = [sys.executable, "-c", "from runner.cli import main; main()"]
ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]
SECONDS = 60


@contextmanager
def trying(*words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command, and the port where its server is reached."""
    command = [*RUNNER, "try", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    ) as runner:
        try:
            assert runner.stdout is not None
            first = runner.stdout.readline()
            reached = re.search(r"serves at 127\.0\.0\.1:(\d+); Ctrl-C stops it", first)
            assert reached, first or (runner.stderr and runner.stderr.read())
            yield runner, int(reached[1])
        finally:
            runner.kill()


def until_closed(client: socket.socket) -> bytes:
    received = b""
    while piece := client.recv(65_536):
        received += piece
    return received


@pytest.mark.parametrize("engine", ENGINES)
def test_two_clients_talk_to_it_and_ctrl_c_stops_it(engine: str) -> None:
    port = str(free_port())
    with trying("epoll", "--engine", engine, "--port", port) as (runner, reached):
        assert str(reached) == port
        address = ("127.0.0.1", reached)
        with socket.create_connection(address, SECONDS) as one:
            one.sendall(b"first")
            assert one.recv(5) == b"first"
            with socket.create_connection(address, SECONDS) as other:
                sent = os.urandom(200_000)
                other.sendall(sent)
                other.shutdown(socket.SHUT_WR)
                assert until_closed(other) == sent
            one.sendall(b"again")
            assert one.recv(5) == b"again"
        runner.send_signal(signal.SIGINT)
        _, said = runner.communicate(timeout=SECONDS)
        assert runner.returncode == Exit.OK
        assert said.splitlines()[-1] == "epoll (c): stopped, exit code 0"


def test_its_calls_are_shown_while_they_happen() -> None:
    if shutil.which("strace") is None:
        pytest.skip("NOT TRACED: strace is missing")
    port = str(free_port())
    with trying("poll", "--engine", "process", "--calls", "--port", port) as (runner, reached):
        with socket.create_connection(("127.0.0.1", reached), SECONDS) as client:
            client.sendall(b"a word of mine")
            assert runner.stdout is not None
            for line in runner.stdout:
                if "recvfrom" in line and "a word of mine" in line:
                    break
            assert client.recv(100) == b"a word of mine"
        runner.terminate()
        runner.communicate(timeout=SECONDS)
        assert runner.returncode == Exit.OK


def test_a_server_that_ends_by_itself_says_so(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "version: 1\nservers: {brief: {command: [sh, -c, 'echo no luck >&2; exit 3']}}\n"
        "experiments: [{id: a, title: t, server: {lab: brief}}]\n",
        encoding="utf-8",
    )
    done = told("try", "brief", "--spec", str(spec), "--engine", "process")
    assert done.code == Exit.FAILED
    assert "brief (command): the server died before it was ready, exit code 3: no luck" in done.err


def test_a_server_that_runs_already_needs_no_command(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nservers: {there: {connect: "127.0.0.1:9777"}}\n'
        "experiments: [{id: a, title: t, server: {lab: there}}]\n",
        encoding="utf-8",
    )
    done = told("try", "there", "--spec", str(spec))
    assert done.code == Exit.USAGE
    assert "there runs already; type: nc 127.0.0.1 9777" in done.err
