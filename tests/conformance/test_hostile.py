"""Servers that do whatever they like: every case ends, in bounded time, with FAIL and a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.process import ProcessEngine
from runner.records.outcome import Status
from tests.conformance.examining import examined, told, trials_of
from tests.spoken import assert_safe

BEGIN = """
import os, signal, socket, sys, threading
listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=100)
print(f"READY port={os.environ['PORT']} model=x", flush=True)
def serve(client):
    try:
        go(client)
    except OSError:
        pass
def main():
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
"""
HOSTILE = {
    "floods": "def go(c):\n    while True: c.sendall(os.urandom(1 << 16))",
    "greets": "def go(c):\n    c.sendall(b'220 hello')\n    while d := c.recv(9): c.sendall(d)",
    "mute": "def go(c):\n    while c.recv(1 << 16): pass",
    "closes": "def go(c):\n    c.close()",
    "trickles": "def go(c):\n    while d := c.recv(1):\n        threading.Event().wait(0.3)\n"
    "        c.sendall(d)",
    "says": "def go(c):\n    while True: print('\\x1b[2J::error::' + 'x' * 99999, flush=True)",
    "stops": "def go(c):\n    os.kill(os.getpid(), signal.SIGSTOP)",
    "leaves": "def go(c):\n    os._exit(0)",
}
CASES = ("bytes", "large", "together", "crowd")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_fails_with_a_reason(
    name: str, engine: ProcessEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.measure.clients.MOST_MS", 3_000)
    folder = tmp_path / "labs" / "hostile"
    folder.mkdir(parents=True)
    text = f"{BEGIN}\n{HOSTILE[name]}\nmain()\n"
    (folder / "server.py").write_text(text, encoding="utf-8")
    trials = trials_of(tmp_path, "hostile", "python", CASES)
    found = examined(engine, [replace(trial, timeout_ns=10**10) for trial in trials])
    assert {each.status for each in found.values()} == {Status.FAIL}, told(found)
    for each in found.values():
        assert_safe(each)
        assert len(each.reason) < 600
