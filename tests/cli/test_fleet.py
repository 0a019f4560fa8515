"""`runner fleet`: the tool alone, as a user types it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.inside import Told, told
from tests.fleet import servers
from tests.fleet.servers import Handler, serving

PATIENCE = 60
RUNNER = [sys.executable, "-c", "from runner.cli import main; main()", "fleet"]
QUICK = ["--warmup", "0s", "--duration", "300ms"]


def typed(*words: str) -> Told:
    return told("fleet", *words)


def against(handler: Handler, *words: str) -> Told:
    with serving(handler) as server:
        return typed("--connect", f"127.0.0.1:{server.port}", *words)


def data(handler: Handler, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(against(handler, "--json", *words).out)
    return found


def test_a_summary_for_people() -> None:
    done = against(servers.honest, "--active", "3", "--idle", "4", "--rate", "200", *QUICK)
    assert done.code in (0, 4), done.err  # 4: this machine was too busy to send in time
    assert "connections held  7" in done.out
    assert "errors: none" in done.out
    for line in ("latency, since due", "from the sending", "lag of the fleet"):
        assert line in done.out


def test_the_same_as_data() -> None:
    found = data(servers.honest, "--active", "3", *QUICK)
    assert found["requests"] > 0
    assert found["rate"] == pytest.approx(found["requests"] / found["seconds"])
    assert set(found["latency_ns"]) == {"p50", "p90", "p99", "p999", "max"}
    assert found["uncorrected_ns"] is None
    assert sum(found["series"]["requests"]) == found["requests"]
    assert set(found["errors"].values()) == {0}
    assert found["valid"] is (found["reasons"] == [])


def test_several_fleets_share_the_load() -> None:
    found = data(servers.honest, "--active", "5", "--rate", "100", "--fleets", "2", *QUICK)
    assert [each["active_alive"] for each in found["fleets"]] == [3, 2]
    assert found["active_alive"] == 5
    assert len(found["fleet_cpu"]) == 2
    assert found["requests"] == sum(each["requests"] for each in found["fleets"])
    assert len(found["series"]["p99_ns"]) == len(found["series"]["requests"])


def test_a_slow_server_shows_its_rate_in_a_short_window() -> None:
    """A closed loop has `active` requests in flight: the rate times the latency is their number."""

    def slow(connection: socket.socket) -> None:
        servers.honest_once(connection)
        while data := connection.recv(65536):
            time.sleep(0.15)
            connection.sendall(data)

    found = data(slow, "--active", "8", "--warmup", "100ms", "--duration", "400ms")
    latency = found["latency_ns"]["p50"] / 1e9
    assert found["rate"] * latency == pytest.approx(8, rel=0.5)
    assert any("replies for each request in flight" in note for note in found["notes"])


@pytest.mark.parametrize(
    "words",
    [
        ["--idle", "30", "--active", "0", "--duration", "0s"],
        ["--idle", "30", "--active", "0", *QUICK],
        ["--active", "3", "--duration", "0s"],
        ["--until-refused", "--connections", "20"],
    ],
    ids=" ".join,
)
def test_what_is_no_load_is_not_judged_as_load(words: list[str]) -> None:
    """Nothing is driven, so no CPU can have been too little, and no window too short."""
    done = against(servers.honest, *words)
    assert done.code == 0, done.out
    assert "INVALID" not in done.out
    assert "CPU" not in done.out


@pytest.mark.parametrize("words", [["--until-refused"], ["--active", "5", *QUICK]], ids=" ".join)
def test_where_nobody_listens_that_is_all_that_is_said(words: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    done = typed("--connect", f"127.0.0.1:{port}", *words)
    assert done.code == 1
    assert "errors: connect_refused" in done.out
    assert "INVALID" not in done.out


def test_a_lie_is_exit_code_1() -> None:
    done = against(servers.corrupt, "--active", "2", *QUICK)
    assert done.code == 1
    assert "errors: corrupt 2" in done.out


def test_an_exchange() -> None:
    def handler(connection: socket.socket) -> None:
        while True:
            servers.take(connection, 6)
            connection.sendall(b"+PONG\r\n")

    words = ["--send", "PING\\r\\n", "--reply", "exactly:+PONG\\r\\n", "--pipeline", "4"]
    found = data(handler, *words, *QUICK)
    assert found["requests"] > 0
    assert set(found["errors"].values()) == {0}


def test_a_signal_ends_it_with_what_it_has() -> None:
    with (
        serving(servers.honest) as server,
        subprocess.Popen(
            [*RUNNER, "--connect", f"127.0.0.1:{server.port}", "--active", "2",
             "--warmup", "0s", "--duration", "60m", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):  # fmt: skip
        try:
            while not server.connections or not server.connections[-1].recv(1, socket.MSG_PEEK):
                select.select([], [], [], 0.01)  # until it has been driven
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.terminate()  # it would go on for an hour
    assert process.returncode == 130
    assert not out or json.loads(out)["interrupted"] is True


def test_where_one_of_several_is_killed_there_are_no_figures() -> None:
    """What the others count is not the whole, and none of it is the server's fault."""
    with (
        serving(servers.honest) as server,
        subprocess.Popen(
            [*RUNNER, "--connect", f"127.0.0.1:{server.port}", "--active", "2", "--fleets", "2",
             "--warmup", "0s", "--duration", "60m", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):  # fmt: skip
        try:
            while len(server.connections) < 2:
                select.select([], [], [], 0.01)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[1]), signal.SIGKILL)
            out, said = process.communicate(timeout=PATIENCE)
        finally:
            process.terminate()
    assert process.returncode == 3
    assert out == ""
    assert "load generator 2 of 2 was killed (signal 9)" in said
    assert "Traceback" not in said


def test_a_deadline_that_passes_while_it_connects_is_said() -> None:
    done = against(servers.mute, "--active", "3", "--reply-timeout", "60m", "--deadline", "300ms",
                   *QUICK)  # fmt: skip
    assert done.code == 3
    assert "stopped (deadline) while connecting: the server had accepted 0" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--active", "5"], "type --connect HOST:PORT"),
        (["--connect", "127.0.0.1:1", "--rte", "5"], "--rte"),
        (["--connect", "127.0.0.1:1", "--fleets", "0"], "--fleets"),
        (["--connect", "127.0.0.1:1", "--payload", "64"], "--payload 64B"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    words: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The load generator, a program of its own, says most of them itself."""
    done, apart = typed(*words), capfd.readouterr()
    assert done.code == 2
    assert done.out + apart.out == ""
    assert said in done.err + apart.err
    assert "Traceback" not in done.err


def test_help_has_examples_and_every_option() -> None:
    done = typed("--help")
    assert done.code == 0
    assert "runner fleet --connect 127.0.0.1:9000 --active 50 --rate 10k --duration 10s" in done.out
    for option in ("--fleets", "--json", "--rate", "--payload", "--reply", "--stream"):
        assert option in done.out
