"""Servers that know that they are watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.box import EngineError, Program
from runner.engine.process import ProcessEngine
from runner.measure.boxes import TRACE_PROGRAMS
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
    bare = ProcessEngine(without=("user", "pid", "mount", "uid"))
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
