"""Clients that do nothing: they do not read, or they do not even send."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runner.measure import busy
from runner.measure.exam import Exam

MIB = 1 << 20
ROUNDS = 20
BUFFERS = (32 * MIB, 4 * MIB)
"""The largest buffers of a socket for receiving and for sending, where the kernel does not say."""
OWN_BYTES = 4 * MIB
"""What a server may hold itself for one client."""
SILENT = (15, 16)
"""No more than a pool of threads usually has members. With the listener and one more client they
are always MANY of runner/syscalls/denial.py: no lot must draw whether a denial meets a server."""
SETTLE_MS = 50


def slow_reader(exam: Exam) -> Mapping[str, float]:
    """A sends until its connection takes no more, and B must be served: until B was served while A
    could send nothing. Then all are silent, and a server that rested before must rest now."""
    clients, draw = exam.clients, exam.draw
    clients.open("A", small=True)
    clients.echo("A", 100, "client A sent 100 bytes", "serve a client")
    clients.open("B")
    beside = "client A was connected and silent; client B sent 100 bytes"
    clients.echo("B", 100, beside, "serve a client while others are connected")
    rested, _ = exam.rests()
    given, full = 0, False
    for _ in range(ROUNDS):
        found = clients.fill("A")
        full = found.given == given
        given = found.given
        did = f"client A had sent {given:,} bytes and read none"
        if found.closed:
            clients.blame(found, did, "keep a client that reads late")
        size = draw.randint(100, 2_000)
        must = "serve the others while one client's buffer is full: never wait in send for it alone"
        clients.echo("B", size, f"{did}; client B sent {size:,} bytes and waited for them", must)
        if full or given > room():
            break
    if rested:
        _rests(exam, f"client A had sent {given:,} bytes and read none, and client B sent nothing")
    clients.plan("A", 0, piece=30_000)
    clients.flow(
        f"client A sent {given:,} bytes, read none for a while, and then all",
        "go on sending to a client when its socket is writable again",
    )
    return {}


def _rests(exam: Exam, did: str) -> None:
    rests, cpus = exam.rests()
    if not rests:
        exam.clients.broken(
            did,
            busy.described(cpus),
            "while a client's buffer is full wait only until its socket is writable, or the call "
            "that waits returns at once, again and again, because there is more to read",
        )


def bounded(exam: Exam) -> Mapping[str, float]:
    """A server that reads on and on from a client that reads nothing keeps what it has read."""
    clients = exam.clients
    clients.open("A", small=True)
    most = room()
    found = clients.fill("A", most=most)
    did = f"client A sent {found.given:,} bytes and read none"
    if found.closed:
        clients.blame(found, did, "keep a client that reads late")
    if found.given >= most:
        clients.broken(
            did,
            "the server received them all, more than the kernel's buffers hold",
            "do not receive from a client while bytes for it are not sent yet",
        )
    clients.plan("A", 0)
    clients.flow(f"{did}, and then all", "go on when the socket is writable again")
    return {}


def idle(exam: Exam) -> Mapping[str, float]:
    """A client that was served, and many that never send."""
    clients, draw = exam.clients, exam.draw
    must = "serve a client after a silence"
    clients.open("A")
    clients.echo("A", 100, "client A sent 100 bytes", must)
    count = draw.randint(*SILENT)
    clients.watch(count)
    clients.talk.wait(SETTLE_MS)
    rests, cpus = exam.rests()
    if not rests:
        clients.broken(
            f"{count + 1} clients were connected and silent",
            busy.described(cpus),
            "sleep in a call until a client sends, without a loop that looks again and again",
        )
    clients.echo("A", 100, f"{count + 1} clients were silent; then client A sent 100 bytes", must)
    return {"idle_cpu": cpus}


def room() -> int:
    """More than a connection's buffers hold, both ends together, and what a server may hold."""
    receive, send = (
        _largest(f"/proc/sys/net/ipv4/{name}", otherwise)
        for name, otherwise in zip(("tcp_rmem", "tcp_wmem"), BUFFERS, strict=True)
    )
    return receive + 2 * send + OWN_BYTES


def _largest(path: str, otherwise: int) -> int:
    try:
        return int(Path(path).read_text(encoding="ascii").split()[2])
    except (OSError, ValueError, IndexError):
        return otherwise
