"""Servers that know that they are watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.box import EngineError, Program
from runner.engine.process import ProcessEngine
from runner.measure.boxes import TRACE_PROGRAMS
from runner.measure.server import ServerFault
from tests.trace.servers import look_at

KILLER = """
import os, signal
import lab
found = [line for line in open("/proc/self/status") if line.startswith("TracerPid:")]
tracer = int(found[0].split()[1])
if tracer:
    os.kill(tracer, signal.SIGKILL)
lab.obey_signals()
listener = lab.open_listener(blocking=True)
lab.say_ready(listener, "epoll")
while True:
    client = lab.accept_client(listener, blocking=True)
    lab.echo_until_closed(client)
    lab.close_client(client)
"""


def written(folder: Path, text: str) -> Program:
    folder.mkdir()
    (folder / "server.py").write_text(text, encoding="utf-8")
    return Program("server", folder, "python")


def test_a_tracer_that_is_killed_ends_the_trace_with_an_error(
    engine: ProcessEngine, tmp_path: Path
) -> None:
    """Possible where a kernel grants no namespaces: the two are processes of one user."""
    del engine  # skips where there is no tracer
    bare = ProcessEngine(without=("user", "pid", "mount", "uid", "account"))
    program = written(tmp_path / "killer", KILLER)
    try:
        assert bare.prepare([*TRACE_PROGRAMS, program], print) == {}
        with pytest.raises(EngineError, match="the tracer ended before the conversation did"):
            look_at(program, bare, watched=0)
    finally:
        bare.close()


def test_a_namespace_hides_the_tracer(engine: ProcessEngine, tmp_path: Path) -> None:
    """TracerPid is 0 for who cannot see it, so the same server kills nobody and is traced."""
    program = written(tmp_path / "killer", KILLER)
    engine.prepare([program], print)
    assert look_at(program, engine, watched=0).classification.model == "blocking"


DIES = """
import os
import lab
lab.obey_signals()
listener = lab.open_listener(blocking=True)
lab.say_ready(listener, "blocking")
client = lab.accept_client(listener, blocking=True)
for _ in range(3):
    client.sendall(client.recv(4096))
os._exit({code})
"""


@pytest.mark.parametrize("code", [0, 3, 137])
def test_a_server_that_ends_in_mid_trace_is_at_fault(
    code: int, engine: ProcessEngine, tmp_path: Path
) -> None:
    program = written(tmp_path / "dies", DIES.format(code=code))
    engine.prepare([program], print)
    with pytest.raises(ServerFault, match=f"exit code {code}"):
        look_at(program, engine, watched=0)


SUSPICIOUS = """
import lab
lab.obey_signals()
listener = lab.open_listener(blocking=True)
lab.say_ready(listener, "blocking")
while True:
    client = lab.accept_client(listener, blocking=True)
    while text := client.recv(4096):
        lines = open("/proc/self/status").read().splitlines()
        seen = [line.split()[1] for line in lines if line.startswith("TracerPid:")]
        client.sendall(text if seen == ["0"] else b"I am traced")
    client.close()
"""


def test_no_server_sees_its_tracer(engine: ProcessEngine, tmp_path: Path) -> None:
    program = written(tmp_path / "suspicious", SUSPICIOUS)
    engine.prepare([program], print)
    assert look_at(program, engine, watched=0).classification.model == "blocking"
