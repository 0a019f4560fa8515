"""The peers of `make bench`: their servers keep the contract, and what is missing is told."""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from runner import measure
from runner.engine.box import Box, BuildError, Nofile, Program
from runner.engine.process import ProcessEngine
from runner.measure.server import ready
from runner.paths import LABS
from runner.records.outcome import Outcome, Status
from runner.spec import Cell
from tests.bench import peers

CELL = Cell("c", ())


@pytest.fixture
def engine(tmp_path: Path) -> ProcessEngine:
    for name in ("lab.h", "lab.c"):
        shutil.copy(LABS / name, tmp_path / name)
    return ProcessEngine(labs=tmp_path, without=("net",))


@pytest.mark.parametrize("name", ["libevent", "libevent_buffers"])
def test_a_peer_echoes_or_says_what_to_type(engine: ProcessEngine, name: str) -> None:
    program = Program("server", peers.PEERS / name, "c")
    problem = engine.prepare([measure.FLEET_PROGRAM, program], lambda _: None).get(program)
    if problem is not None:
        assert isinstance(problem, BuildError)
        assert peers.reason(problem).endswith("type: sudo apt-get install libevent-dev")
        return
    box = Box(program, (), {"PORT": str(engine.free_port())}, Nofile(64, 64), 1 << 28, 8, (), name)
    running = engine.launch(box)
    try:
        address = ("127.0.0.1", ready(running, int(box.env["PORT"])))
        with socket.create_connection(address, 20) as client, client.makefile("rb") as answers:
            for text in (b"hello", b"again" * 1000):
                client.sendall(text)
                assert answers.read(len(text)) == text
            client.shutdown(socket.SHUT_WR)
            assert answers.read() == b""
        assert str(running.stop(20)) == "exit code 0"
    finally:
        engine.close()


def test_a_header_that_is_not_there_is_a_package_to_install() -> None:
    problem = BuildError("libevent/server.c:11:10: fatal error: event2/event.h: No such file")
    assert peers.reason(problem) == (
        "libevent is not there; type: sudo apt-get install libevent-dev"
    )
    assert peers.reason(BuildError("cc: cannot find -levent_core\nmore")).endswith("libevent-dev")
    assert peers.reason(BuildError("server.c:1: error: x\nmore")) == "server.c:1: error: x"


def test_a_line_compares_block_by_block() -> None:
    def sampled(rate: float) -> dict[int, Outcome]:
        return {
            block: Outcome(
                f"c#{block}", CELL, block, Status.OK,
                metrics={"rate": rate * (1 + block), "cpu_per_request": 1e9 / rate},
            )
            for block in range(6)
        }  # fmt: skip

    of, to = sampled(300), sampled(150)
    del of[0]
    line = peers.Line("ours", "theirs", "≥ 0.95")
    to[3] = replace(to[3], status=Status.INVALID)
    name, rate, bar, cpu, *counts = peers.row(line, {"ours": of, "theirs": to})
    assert (name, bar, counts) == ("ours ÷ theirs", "≥ 0.95", ["5", "1"])
    assert rate.startswith("2.00 [")
    assert cpu.startswith("0.50 [")
