"""The fleet against an honest server: what it counts, what it says, when it stops."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram

from . import servers
from .driving import PATIENCE, Event, Fleet, errors, fleet
from .servers import serving

KINDS = {
    "connect_refused", "connect_timeout", "connect_other", "refused", "reset", "closed",
    "corrupt", "extra", "reply_timeout", "own_limit", "idle_lost",
    "protocol", "too_long", "status", "disordered", "early", "wrong",
}  # fmt: skip


def command(program: str, port: int, *arguments: str) -> list[str]:
    return [program, "--connect", f"127.0.0.1:{port}", *arguments]


def names(one: Fleet) -> list[str]:
    return [event["event"] for event in one.events if event["event"] != "progress"]


def check_whole(result: Event) -> None:
    """Nothing is lost between the counters, the series and the histogram."""
    assert set(result["errors"]) == KINDS
    assert errors(result) == {}
    assert sum(result["series"]) == result["requests"]
    assert HdrHistogram.decode(result["latency"]).get_total_count() == result["requests"]
    assert result["latency_clamped"] == 0
    assert set(result["cpu"]) == {"user_ns", "system_ns", "wall_ns", "run_ns", "wait_ns"}
    assert result["net"]["listen_drops"] == 0
    assert result["net"]["namespace"]["listen_drops"] >= 0  # of all its programs
    assert result["congestion"]
    assert result["stream"] is None


def test_an_ordinary_run(program: str) -> None:
    timing = ["--warmup", "50ms", "--duration", "500ms", "--interval", "50ms"]
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--idle", "30", "--active", "5", *timing)) as one,
    ):
        result = one.result()
    assert names(one) == ["hello", "connected", "measuring", "measured", "result"]
    check_whole(result)
    assert result["requests"] > 0
    assert result["bytes"] == 64 * result["requests"]
    assert result["seconds"] == 0.5
    assert len(result["series"]) == 10
    assert (result["idle_alive"], result["active_alive"]) == (30, 5)
    assert [result[key] for key in ["served", "refused", "stopped_by"]] == [None, None, None]


@pytest.mark.parametrize("payload", ["1B", "7B", "8B", "9B", "64KiB", "65537B", "300KiB", "16MiB"])
def test_payloads_of_every_size(program: str, payload: str) -> None:
    """Partial writes and reads, at each seam of the pattern and of the buffers."""
    with (
        serving(servers.honest) as server,
        fleet(
            command(program, server.port, "--active", "2", "--payload", payload,
                    "--warmup", "0s", "--duration", "200ms", "--reply-timeout", "60s")
        ) as one,
    ):  # fmt: skip
        result = one.result()
    check_whole(result)
    assert result["active_alive"] == 2


def test_duration_0s_only_connects(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--idle", "5", "--duration", "0s", "--wait")) as one,
    ):
        connected = one.until("connected")
        assert (connected["idle"], connected["active"]) == (5, 1)
        one.tell("start")
        result = one.result()
    assert names(one) == ["hello", "connected", "measuring", "measured", "result"]
    check_whole(result)
    assert result["requests"] == 0
    assert result["series"] == []


def test_wait_starts_on_start_and_on_nothing_else(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--duration", "100ms", "--wait")) as one,
    ):
        one.until("connected")
        for line in ["", "starting", "x" * 500, "start"]:
            one.tell(line)
        assert one.result()["interrupted"] is False


@pytest.mark.parametrize("ending", ["stop", "signal"])
def test_wait_holds_the_connections_when_all_is_said(program: str, ending: str) -> None:
    """Whoever gave the start looks at the server once more, clients and all."""
    timing = ["--warmup", "0s", "--duration", "10ms"]
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--idle", "2", *timing, "--wait")) as one,
    ):
        one.until("connected")
        one.tell("start")
        assert one.until("result")["interrupted"] is False
        watched = [one.stdout.fileno(), *(each.fileno() for each in server.connections)]
        seen, _, _ = select.select(watched, [], [], 0.2)
        assert seen == [], "neither the fleet nor a connection has ended"
        if ending == "stop":
            one.tell("stop")
        else:
            one.process.terminate()
        assert one.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("ending", ["stop", "end of file"])
def test_wait_ends_without_a_start(program: str, ending: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--idle", "2", "--wait")) as one,
    ):
        one.until("connected")
        if ending == "stop":
            one.tell("stop")
        else:
            assert one.process.stdin is not None
            one.process.stdin.close()
        result = one.result()
    assert "measuring" not in names(one)
    assert result["interrupted"] is True
    assert result["interrupted_by"] == "stdin"
    assert result["idle_alive"] == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_yields_what_there_is(program: str, number: int) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--active", "3", "--duration", "60m")) as one,
    ):
        one.until("progress", phase="measuring")
        one.process.send_signal(number)
        result = one.result()
    check_whole(result)
    assert result["interrupted"] is True
    assert result["interrupted_by"] == "signal"
    assert result["requests"] > 0


def test_a_signal_while_it_waits(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--wait")) as one,
    ):
        one.until("connected")
        one.process.terminate()
        assert one.result()["interrupted_by"] == "signal"


def test_a_signal_while_it_connects(program: str) -> None:
    with (
        serving(servers.mute) as server,
        fleet(command(program, server.port, "--reply-timeout", "60m")) as one,
    ):
        one.until("progress", phase="connecting")
        one.process.terminate()
        result = one.result()
    assert names(one) == ["hello", "result"]
    assert result["interrupted"] is True


def test_the_deadline_ends_what_nothing_else_ends(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--wait", "--deadline", "1ms", "--warmup", "0s",
                      "--duration", "1ms")) as one,
    ):  # fmt: skip
        assert one.result()["interrupted_by"] == "deadline"


def test_it_leaves_when_nobody_reads(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--duration", "60m")) as one,
    ):
        one.until("measuring")
        one.stdout.close()
        assert one.process.wait(PATIENCE) == 0


def test_connections_come_from_several_addresses(fleet_program: str) -> None:
    with serving(servers.honest) as server:
        options = ["--idle", "20", "--active", "0", "--sources", "4", "--duration", "0s"]
        with fleet(command(str(fleet_program), server.port, *options)) as one:
            one.result()
        spread = {peer: server.peers.count(peer) for peer in server.peers}
    assert spread == {f"127.0.0.{last}": 5 for last in range(2, 6)}


def test_its_own_limit_is_not_the_servers_fault(program: str) -> None:
    limited = ["prlimit", "--nofile=32:32"]
    with (
        serving(servers.honest) as server,
        fleet([*limited, *command(program, server.port, "--idle", "100", "--active", "0",
                                  "--duration", "0s")]) as one,
    ):  # fmt: skip
        result = one.result()
    assert one.events[0]["nofile"] == [32, 32]
    granted = result["own_limit"]["granted"]
    assert result["own_limit"] == {"what": "nofile", "needed": 100, "granted": granted}
    assert 0 < granted < 32
    assert errors(result) == {"own_limit": 100 - granted}
    assert result["idle_alive"] == granted


def test_it_raises_its_own_soft_limit(fleet_program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(["prlimit", "--nofile=64:256",
               *command(str(fleet_program), server.port, "--duration", "0s")]) as one,
    ):  # fmt: skip
        assert one.until("hello")["nofile"] == [256, 256]


def test_the_same_seed_sends_the_same_bytes(fleet_program: str) -> None:
    def first_requests(seed: str) -> list[bytes]:
        seen: list[bytes] = []

        def recorder(connection: socket.socket) -> None:
            servers.honest_once(connection)
            seen.append(servers.take(connection, servers.REQUEST))
            connection.close()

        options = ["--active", "3", "--seed", seed]
        quick = ["--warmup", "0s", "--duration", "1ms"]
        with (
            serving(recorder) as server,
            fleet(command(str(fleet_program), server.port, *options, *quick)) as one,
        ):
            one.result()
        return sorted(seen)

    once = first_requests("7")
    assert len(set(once)) == 3
    assert first_requests("7") == once
    assert first_requests("8") != once


def test_it_works_as_pid_1(fleet_program: str) -> None:
    """PID 1 of a namespace has no default actions: SIGTERM must still stop it."""
    unshare = ["unshare", "--fork", "--pid", "--kill-child"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel or user may not make a PID namespace")
    with (
        serving(servers.honest) as server,
        fleet([*unshare, *command(str(fleet_program), server.port, "--duration", "60m")]) as one,
    ):
        assert one.until("hello")["pid"] == 1
        one.until("measuring")
        children = Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children")
        os.kill(int(children.read_text()), signal.SIGTERM)
        assert one.result()["interrupted_by"] == "signal"


@pytest.mark.parametrize(("sources", "reached"), [("2", 200), ("3", 250)])
def test_the_next_address_helps_when_ports_run_out(
    fleet_program: str, sources: str, reached: int
) -> None:
    """A hundred ports per address: 250 connections need three addresses."""
    unshare = ["unshare", "--net"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel or user may not make a network namespace")
    inside = [sys.executable, "-m", f"{__package__}.few_ports"]
    options = ["--idle", "250", "--active", "0", "--sources", sources, "--duration", "0s"]
    run = subprocess.run(
        [*unshare, *inside, *command(str(fleet_program), 9000, *options)],
        cwd=Path(__file__).parents[len((__package__ or "").split("."))],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["idle_alive"] == reached
    assert result["errors"]["own_limit"] == 250 - reached
