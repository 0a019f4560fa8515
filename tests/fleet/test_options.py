"""A mistake on the command line: one line that says what to type, and exit code 2."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TARGET = ["--connect", "127.0.0.1:9000"]

MISTAKES = [
    ([], "--connect", "type --connect HOST:PORT"),
    (["--connect", "9000"], "'9000'", "127.0.0.1:9000"),
    (["--connect", "127.0.0.1:0"], "'127.0.0.1:0'", "HOST:PORT"),
    (["--connect", "127.0.0.1:65536"], "--connect", "HOST:PORT"),
    (["--connect", ":9000"], "--connect", "HOST:PORT"),
    (["--connect", "x" * 300 + ":1"], "--connect", "HOST:PORT"),
    ([*TARGET, "--payload", "64"], "--payload", "--payload 64B"),
    ([*TARGET, "--payload", "64b"], "'64b'", "KiB"),
    ([*TARGET, "--payload", "0B"], "'0B'", "1B to 16MiB"),
    ([*TARGET, "--payload", "17MiB"], "'17MiB'", "1B to 16MiB"),
    ([*TARGET, "--payload", "99999999999999999999B"], "--payload", "unit"),
    ([*TARGET, "--duration", "2"], "--duration", "ns, us, ms, s, m"),
    ([*TARGET, "--duration", "1.5s"], "'1.5s'", "whole number"),
    ([*TARGET, "--duration", "-1s"], "'-1s'", "whole number"),
    ([*TARGET, "--duration", "18446744073709551615m"], "--duration", "whole number"),
    ([*TARGET, "--duration", "60m", "--interval", "1ms"], "--interval", "longer --interval"),
    ([*TARGET, "--interval", "0s"], "--interval", "1ms to 60m"),
    ([*TARGET, "--idle", "many"], "'many'", "plain or with k"),
    ([*TARGET, "--idle", "10K"], "'10K'", "plain or with k"),
    ([*TARGET, "--idle", ""], "--idle", "plain or with k"),
    ([*TARGET, "--sources", "0"], "--sources", "1 to 250"),
    ([*TARGET, "--in-flight", "0"], "--in-flight", "1 to 65535"),
    ([*TARGET, "--until-refused", "--active", "5"], "--until-refused", "type --connections"),
    ([*TARGET, "--connections", "5"], "--connections", "type --idle or --active"),
    ([*TARGET, "--turn", "3/2"], "'3/2'", "--turn 1/2"),
    ([*TARGET, "--slot", "20ms"], "--slot", "type --turn as well"),
    ([*TARGET, "--turn", "1/2", "--rate", "1k"], "--turn", "type no --rate"),
    ([*TARGET, "--turn", "1/2", "--slot", "1ms"], "--slot", "2ms to 60s"),
    ([*TARGET, "--listeners", "5"], "--listeners", "type --stream as well"),
    ([*TARGET, "--stalled", "5"], "--stalled", "type --stream as well"),
    ([*TARGET, "--control", "5"], "--control", "type --stream as well"),
    ([*TARGET, "--late", "20ms"], "--late", "type --stream as well"),
    ([*TARGET, "--spread", "20ms"], "--spread", "type --stream as well"),
    ([*TARGET, "--stream", "--active", "5"], "--active", "--listeners or --stalled"),
    ([*TARGET, "--stream", "--idle", "5"], "--idle", "--listeners or --stalled"),
    ([*TARGET, "--stream", "--payload", "64B"], "--payload", "no --stream"),
    ([*TARGET, "--stream", "--connections", "5"], "--connections", "--listeners"),
    ([*TARGET, "--stream", "--until-refused"], "--until-refused", "type --listeners"),
    ([*TARGET, "--stream", "--control", "20/s"], "'20/s'", "--control 0"),
    ([*TARGET, "--stream", "--control", "1000k"], "'1000k'", "0 to 100k"),
    ([*TARGET, "--stream", "--late", "0s"], "'0s'", "1us to 60m"),
    ([*TARGET, "--stream=yes"], "--stream=yes", "--help"),
    ([*TARGET, "--payload", "uniform:9B..5B"], "'uniform:9B..5B'", "uniform:LOW..HIGH"),
    ([*TARGET, "--payload", "normal:9B"], "'normal:9B'", "exponential:MEAN"),
    ([*TARGET, "--rate", "1k/s"], "'1k/s'", "whole number"),
    ([*TARGET, "--arrivals", "constant"], "--arrivals", "type --rate as well"),
    ([*TARGET, "--rate", "1k", "--arrivals", "evenly"], "'evenly'", "constant or poisson"),
    ([*TARGET, "--rate", "1k", "--think", "1ms"], "--think", "--rate"),
    ([*TARGET, "--rate", "1k", "--active", "0"], "--active 0", "how many connections"),
    ([*TARGET, "--rate", "1", "--part", "1/2"], "--rate", "higher --rate"),
    (
        [*TARGET, "--rate", "100", "--active", "1", "--part", "2/2"],
        "--active",
        "--active 2 or more",
    ),
    (
        [*TARGET, "--rate", "9", "--active", "1", "--slow-readers", "1%"],
        "--slow-readers",
        "smaller",
    ),
    (
        [
            *TARGET,
            "--rate",
            "9",
            "--active",
            "4",
            "--slow-writers",
            "5%",
            "--slow-readers",
            "5%",
            "--part",
            "1/2",
        ],
        "no connection of a part",
        "larger --active",
    ),
    ([*TARGET, "--active", "0", "--churn", "10"], "--churn", "type --active or --idle"),
    ([*TARGET, "--active", "1", "--churn", "10", "--part", "2/2"], "--churn", "2 parts"),
    ([*TARGET, "--ramp", "3", "--duration", "0s"], "--ramp", "longer --duration"),
    ([*TARGET, "--stream", "--listeners", "0", "--control", "5"], "--control", "--listeners 1"),
    ([*TARGET, "--pipeline", "0"], "'0'", "1 to 1024"),
    ([*TARGET, "--part", "3/2"], "'3/2'", "--part 1/4"),
    ([*TARGET, "--part", "0/2"], "'0/2'", "N/ALL"),
    ([*TARGET, "--part", "2"], "'2'", "N/ALL"),
    ([*TARGET, "--slow-readers", "5"], "'5'", "and %"),
    ([*TARGET, "--slow-readers", "60%", "--slow-writers", "60%"], "--slow-writers", "type less"),
    ([*TARGET, "--ramp", "0"], "'0'", "1 to 1000"),
    ([*TARGET, "--send", "x"], "--send", "type both"),
    ([*TARGET, "--send", "\\q", "--reply", "bytes:1B"], "--send", "some bytes"),
    ([*TARGET, "--send", "x", "--reply", "bytes:1"], "'bytes:1'", "bytes:7B"),
    ([*TARGET, "--send", "x", "--reply", "http:99"], "'http:99'", "http:200"),
    ([*TARGET, "--close", "now"], "'now'", "rst or fin"),
    ([*TARGET, "--stream", "--rate", "5"], "--rate", "no --stream"),
    ([*TARGET, "--idle"], "--idle", "no value"),
    ([*TARGET, "--payloda", "64B"], "'--payloda'", "--help"),
    ([*TARGET, "--wait=yes"], "--wait=yes", "--help"),
    ([*TARGET, "50"], "'50'", "--"),
]


@pytest.mark.parametrize(("arguments", "found", "advice"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake(fleet_program: Path, arguments: list[str], found: str, advice: str) -> None:
    run = subprocess.run(
        [fleet_program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("fleet: ")
    assert run.stderr.count("\n") == 1
    assert found in run.stderr
    assert advice in run.stderr


def test_help_shows_every_option_and_examples(fleet_program: Path) -> None:
    run = subprocess.run(
        [fleet_program, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "  fleet --connect 127.0.0.1:9000 --active 50" in run.stdout
    assert "  fleet --connect 127.0.0.1:9000 --stream --listeners 100" in run.stdout
    for option in [
        "connect", "idle", "active", "payload", "rate", "arrivals", "think", "pipeline", "part",
        "until-refused", "connections", "wait", "deadline",
        "stream", "listeners", "stalled", "control", "late", "spread",
    ]:  # fmt: skip
        assert f"--{option} " in run.stdout


def test_a_host_without_an_address_is_said(fleet_program: Path) -> None:
    run = subprocess.run(
        [fleet_program, "--connect", "no-such-host.invalid:9000"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 3
    assert '{"event":"error","message":"getaddrinfo no-such-host.invalid' in run.stdout
