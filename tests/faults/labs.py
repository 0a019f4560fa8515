"""Servers that end badly, each in its own way, once they have echoed for a while."""

from __future__ import annotations

import shutil
from pathlib import Path

from runner.paths import LABS

_ECHO = '''\
"""A server that echoes, until it has echoed {after} times."""
import ctypes, os, selectors, signal, socket, sys

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
listener = socket.create_server(("", int(os.environ["PORT"])), backlog=64)
waiting = selectors.DefaultSelector()
waiting.register(listener, selectors.EVENT_READ)
print("READY port=" + os.environ["PORT"] + " model=bad", flush=True)
echoed = 0
while True:
    for key, _ in waiting.select():
        if key.fileobj is listener:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            waiting.register(client, selectors.EVENT_READ)
            continue
        data = key.fileobj.recv(65536)
        if not data:
            waiting.unregister(key.fileobj)
            key.fileobj.close()
            continue
        key.fileobj.sendall(data)
        echoed += 1
        if echoed == {after}:
            {end}
'''
ENDS = {
    "exits": 'print("::error::gave up ##[group]", file=sys.stderr, flush=True); os._exit(3)',
    "crashes": "ctypes.string_at(0)",
    "hungers": "hoard = [b'x' * (1 << 20) for _ in range(4096)]",
}
GOOD = "echoes"
AFTER, CONNECTIONS = 100, 150

SPEC = f"""\
version: 1
defaults: {{repeat: 1}}
experiments:
  - id: ends
    title: Servers that end badly, and one that does not
    measure: ceiling
    server: {{lab: [exits, crashes, hungers, echoes], language: python}}
    fleet: {{connections: {CONNECTIONS}}}
    limits: {{nofile: 256, memory: 64MiB}}
    expect:
      - {{metric: served, of: {{}}, equals: {CONNECTIONS}}}
"""


def lay(folder: Path) -> Path:
    """A spec with a labs folder of its own beside it."""
    labs = folder / "labs"
    labs.mkdir()
    for name in ("lab.py", "lab.c", "lab.h"):
        shutil.copyfile(LABS / name, labs / name)
    for name, end in {**ENDS, GOOD: "pass"}.items():
        (labs / name).mkdir()
        text = _ECHO.replace("{after}", str(AFTER)).replace("{end}", end)
        (labs / name / "server.py").write_text(text, encoding="utf-8")
    path = folder / "ends.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path
