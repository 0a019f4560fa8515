"""The talker's flows: what it says of servers that do all that is due, and of others."""

from __future__ import annotations

import socket
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.compiled_once import compiled_once
from tests.conformance.talking import SANITIZERS, Serve, compiled, echo, listening, talking

OPEN = ("draw 7", "open A 3000", "open B 3000")
PATIENCE_MS = 300


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    builds = {"plain": ["-O2"], "sanitized": SANITIZERS}
    return {
        name: compiled_once(tmp_path_factory, f"talker-{name}", partial(compiled, flags=flags))
        for name, flags in builds.items()
    }


@pytest.fixture(params=["plain", "sanitized"])
def program(request: pytest.FixtureRequest, programs: dict[str, Path]) -> Path:
    return programs[request.param]


def flowed(program: Path, serve: Serve, *commands: str) -> dict[str, str]:
    """How a flow of these plans ended, with the server."""
    with listening(serve) as port, talking(program, port) as talker:
        return talker.outcome(*OPEN, *commands, f"flow {PATIENCE_MS} 20000")


def test_all_that_was_planned_is_done(program: Path) -> None:
    with listening(echo) as port, talking(program, port) as talker:
        plans = ("plan A 300000 -1 0 0", "plan B 2000 -1 3 0")
        found = talker.outcome(*OPEN, *plans, "flow 3000 20000")
        assert (found["done"], found["of"], found["what"]) == ("2", "2", "well")
        found = talker.outcome("plan A 5 -1 0 1", "flow 3000 20000")
        assert (found["done"], found["shut"], found["back"]) == ("1", "1", "300005")
        assert talker.outcome("hush 20")["what"] == "well"
        found = talker.outcome("admit 50 3000 20000")
        assert (found["done"], found["client"]) == ("50", "w49")
        found = talker.outcome("plan w0-w49 700 -1 0 0", "flow 3000 20000")
        assert found["done"] == found["of"] == "50"
        talker.tell("leave w0-w49 rst")
        talker.tell("leave A fin")
        talker.tell("open A 3000")
        assert talker.tell("bolt A 20").word == "left"
        assert talker.tell("plan A 1 -1 0 0").word == "failed", "it is not open"


def test_bytes_are_another_stream_for_each_connection_and_seed(program: Path) -> None:
    received: list[bytes] = []

    def listen(client: socket.socket) -> None:
        received.append(client.recv(64, socket.MSG_WAITALL))

    with listening(listen) as port:
        for seed in (1, 2):
            with talking(program, port) as talker:
                talker.outcome(f"draw {seed}", "open A 3000", "plan A 64 0 0 0", "flow 100 9000")
                talker.outcome("open A 3000", "plan A 64 0 0 0", "flow 100 9000")
                talker.tell("wait 50")
    assert len({each for each in received if len(each) == 64}) == 4


def test_what_a_seed_drew_comes_again(program: Path) -> None:
    received: list[bytes] = []

    def listen(client: socket.socket) -> None:
        received.append(client.recv(64, socket.MSG_WAITALL))

    with listening(listen) as port:
        for _ in range(2):
            with talking(program, port) as talker:
                talker.outcome("draw 9", "open A 3000", "plan A 64 0 0 0", "flow 100 9000")
                talker.tell("wait 50")
    assert len(received) == 2
    assert received[0] == received[1]


def loses(client: socket.socket) -> None:
    data = client.recv(1 << 12, socket.MSG_WAITALL)
    client.sendall(data[:1000] + data[1100:])
    client.recv(1)


def repeats(client: socket.socket) -> None:
    data = client.recv(1 << 12, socket.MSG_WAITALL)
    client.sendall(data[:1000] + data[500:])
    client.recv(1)


def changes(client: socket.socket) -> None:
    data = client.recv(1 << 12, socket.MSG_WAITALL)
    client.sendall(data[:1000] + bytes(100))
    client.recv(1)


def floods(client: socket.socket) -> None:
    while True:
        client.sendall(bytes(1 << 16))


def closes(client: socket.socket) -> None:
    client.sendall(client.recv(100, socket.MSG_WAITALL))


def trickles(client: socket.socket) -> None:
    for byte in client.recv(1 << 12, socket.MSG_WAITALL):
        client.sendall(bytes([byte]))
        threading.Event().wait(0.05)


def waits(client: socket.socket) -> None:
    threading.Event().wait(5)
    client.recv(1)


@pytest.mark.parametrize(
    ("serve", "what", "fields"),
    [
        (loses, "wrong", {"back": "1000", "from": "own", "place": "1100"}),
        (repeats, "wrong", {"back": "1000", "from": "own", "place": "500"}),
        (changes, "wrong", {"from": "unknown", "seen": "0"}),
        (floods, "wrong", {"from": "unknown", "seen": "0"}),
        (closes, "gone", {"back": "100"}),
        (waits, "silent", {"given": "4096", "back": "0"}),
    ],
)
def test_what_a_server_does_instead_is_found(
    serve: Serve, what: str, fields: dict[str, str], program: Path
) -> None:
    found = flowed(program, serve, "plan A 4096 -1 0 0")
    assert found["what"] in (what, "reset" if what == "gone" else what)
    assert {name: found.get(name) for name in fields} == fields


def test_bytes_before_any_was_sent_are_extra(program: Path) -> None:
    def greets(client: socket.socket) -> None:
        client.sendall(b"220 hello\r\n")
        echo(client)

    with listening(greets) as port, talking(program, port) as talker:
        talker.outcome(*OPEN)
        found = talker.outcome("hush 2000")
        assert (found["what"], found["given"], found["seen"]) == ("extra", "0", str(ord("2")))
        assert found["due"] == "-1"


def test_bytes_of_another_client_are_its_bytes(program: Path) -> None:
    """Also where that client has left."""
    first: list[bytes] = []

    def swaps(client: socket.socket) -> None:
        data = client.recv(64, socket.MSG_WAITALL)
        first.append(data)
        client.sendall(first[0])
        client.recv(1)

    with listening(swaps) as port, talking(program, port) as talker:
        found = talker.outcome(*OPEN, "plan A 64 -1 0 0", f"flow {PATIENCE_MS} 9000")
        assert found["what"] == "well"
        found = talker.outcome("plan B 64 -1 0 0", f"flow {PATIENCE_MS} 9000")
        assert (found["client"], found["what"], found["from"]) == ("B", "wrong", "A")
        talker.tell("leave A fin")
        found = talker.outcome("open A 3000", "plan A 64 -1 0 0", f"flow {PATIENCE_MS} 9000")
        assert (found["client"], found["from"], found["place"]) == ("A", "earlier", "0")


def test_a_flow_has_an_end_however_slowly_bytes_come(program: Path) -> None:
    with listening(trickles) as port, talking(program, port) as talker:
        found = talker.outcome(*OPEN, "plan A 4096 -1 0 0", f"flow {PATIENCE_MS} 600")
        assert found["what"] == "slow"
        assert 0 < int(found["back"]) < 4096


def test_a_silent_flow_can_be_continued(program: Path) -> None:
    go_on = threading.Event()

    def late(client: socket.socket) -> None:
        data = client.recv(1 << 12, socket.MSG_WAITALL)
        go_on.wait(20)
        client.sendall(data)
        client.recv(1)

    with listening(late) as port, talking(program, port) as talker:
        found = talker.outcome(*OPEN, "plan A 4096 -1 0 0", "flow 60 9000")
        assert found["what"] == "silent"
        go_on.set()
        assert talker.outcome("flow 9000 20000")["what"] == "well"


def test_a_client_that_only_gives_gets_stuck_and_reads_later(program: Path) -> None:
    with listening(echo) as port, talking(program, port) as talker:
        opened = ("draw 7", "open A 3000 small", f"plan A {64 << 20} 0 0 0")
        found = talker.outcome(*opened, "flow 200 20000")
        assert found["what"] == "silent"
        assert 0 < int(found["given"]) < 64 << 20
        found = talker.outcome("plan A 0 -1 0 1", "flow 9000 20000")
        assert found["what"] == "well"
        assert found["back"] == found["given"]


def test_a_refused_client_and_one_that_waits_are_told_apart(program: Path) -> None:
    with listening(None) as port, talking(program, port) as talker:
        found = talker.outcome("draw 1", "admit 3 100 9000")
        assert (found["done"], found["what"]) == ("0", "silent"), "the queue took it"
        assert talker.outcome("admit 5 100 9000")["what"] in ("silent", "pending")
    with talking(program, port) as talker:
        assert talker.outcome("admit 3 100 9000")["what"] == "refused"
        assert talker.tell("open A 100").word == "failed"


@pytest.mark.parametrize(
    "command", ["nonsense", "plan A", "open a 10", "plan w0 1 -1 0 0", "open AA 10", "send"]
)
def test_a_wrong_command_ends_it_with_a_reason(command: str, program: Path) -> None:
    with listening(echo) as port, talking(program, port) as talker:
        assert talker.tell(command).word == "failed"
