"""A server's way to other hosts: only its clients, only its port, only for a while."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from runner.engine.doorway import _lack, sweep
from runner.paths import ROOT
from tests.cluster.lab import SCRIPT, lack

SERVER = """
import os, socket, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
s = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("listening", flush=True)
while True:
    c, _ = s.accept()
    c.sendall(c.recv(64))
"""
OPENED = """
import subprocess, sys, types
from runner.engine.doorway import Doorway
door = Doorway([sys.argv[1]])
words = ["unshare", "--net", sys.executable, "-c", sys.argv[2], str(door.port)]
server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
server.stdout.readline()
door.open(types.SimpleNamespace(isolation=("net",), pid=server.pid))
print(door.address, server.pid, flush=True)
sys.stdin.readline()
door.close()
server.kill()
server.wait()
print("closed", flush=True)
sys.stdin.readline()
"""
ASKED = """
import socket, sys
host, _, port = sys.argv[1].rpartition(":")
for _ in range(20):
    try:
        c = socket.create_connection((host, int(port)), 0.3)
        c.sendall(b"hello")
        print(c.recv(64).decode())
        break
    except OSError as error:
        if sys.argv[2] == "no" or not isinstance(error, ConnectionRefusedError):
            print(type(error).__name__)
            break
"""
HOSTILE = """
import socket, sys
host = sys.argv[1]
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other.sendto(b"leak", (host, 7001))
one = socket.socket(); one.settimeout(0.3)
try: one.connect((host, 7002)); print("connected")
except OSError as error: print(type(error).__name__)
out = socket.socket(); out.settimeout(0.3)
try: out.connect(("10.0.0.1", 80)); print("connected")
except OSError as error: print(type(error).__name__)
"""
LISTENING = """
import socket, select
tcp = socket.create_server(("0.0.0.0", 7002))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("0.0.0.0", 7001))
print("listening", flush=True)
input()
print(len(select.select([tcp, udp], [], [], 0)[0]), flush=True)
"""

pytestmark = pytest.mark.skipif(
    bool(lack() or _lack()), reason=f"NO DOORWAY WAS TRIED: {lack() or _lack()}"
)


class Hosts:
    def __init__(self) -> None:
        self.name = f"d{os.getpid() % 100_000:x}"
        self.net = f"10.{203 + os.getpid() // 250 % 40}.{os.getpid() % 250}"

    def address(self, number: int) -> str:
        return f"{self.net}.1{number}"

    def inside(self, number: int, code: str, *words: str) -> subprocess.Popen[str]:
        return begun(f"/run/netns/iolab-{self.name}-{number}", code, *words)


def begun(net: str, code: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["nsenter", f"--net={net}", sys.executable, "-c", code, *words], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def said(process: subprocess.Popen[str], line: str = "") -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    if line:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    made = Hosts()
    try:
        subprocess.run(["sh", str(SCRIPT), "up", made.name, made.net], check=True)
        yield made
    finally:
        subprocess.run(["sh", str(SCRIPT), "down", made.name], check=True)


def test_only_its_clients_reach_it_and_it_reaches_nobody(hosts: Hosts) -> None:
    client = hosts.address(2)
    host = hosts.inside(1, OPENED, client, SERVER)
    address, pid = said(host).split()
    assert said(hosts.inside(2, ASKED, address, "yes")) == "hello"
    assert said(hosts.inside(3, ASKED, address, "no")) in ("TimeoutError", "ConnectionRefusedError")

    listening = hosts.inside(2, LISTENING)
    assert said(listening) == "listening"
    hostile = begun(f"/proc/{pid}/ns/net", HOSTILE, client)
    assert said(hostile) == "TimeoutError", "the server can connect to its client's host"
    assert said(hostile) == "OSError", "the server has a route beyond its clients"
    assert said(listening, "look") == "0", "something of the server arrived"

    assert said(host, "close") == "closed"
    assert said(hosts.inside(2, ASKED, address, "no")) == "ConnectionRefusedError"
    assert not json.loads(tables(hosts))
    host.kill()
    host.wait()


def test_what_a_killed_runner_left_is_removed(hosts: Hosts) -> None:
    host = hosts.inside(1, OPENED, hosts.address(2), SERVER)
    assert said(host)
    assert json.loads(tables(hosts))
    host.kill()
    host.wait()
    swept = hosts.inside(1, "from runner.engine.doorway import sweep; print(sweep())")
    assert said(swept) == "1"
    assert not json.loads(tables(hosts))
    assert sweep() == 0, "of the machine itself"


def test_a_client_on_the_same_machine_is_refused() -> None:
    from runner.engine.box import MissingError
    from runner.engine.doorway import Doorway

    with pytest.raises(MissingError, match="which is the same machine"):
        Doorway(["127.0.0.1"])


def tables(hosts: Hosts) -> str:
    code = "import json, subprocess\nsaid = subprocess.run(['nft', '-j', 'list', 'tables'], "
    code += "capture_output=True).stdout\n"
    code += "print([1 for each in json.loads(said)['nftables'] if 'table' in each])"
    return said(hosts.inside(1, code))
