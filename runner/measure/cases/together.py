"""Several clients at once: whatever they send together, each gets its own bytes and no others."""

from __future__ import annotations

from collections.abc import Mapping

from runner.measure.cases.echo import HUSH_MS
from runner.measure.exam import Exam
from runner.plural import number_of

CLIENTS = (8, 10)
"""Fewer than a pool of threads or processes usually has members, and, with the few descriptors that
a server opens for itself, never MANY of runner/syscalls/denial.py: no lot must draw whether a
denial meets a server."""
ROUNDS = 25
LATE_PIECE = 8_000
"""So many bytes a client that reads late takes at a time. It never stops: whether a server that
sleeps in send is stuck then would be drawn by lot, and `slow_reader` shows it."""
OWN = "keep the state of each client apart, and send each reply to the client that it belongs to"


def together(exam: Exam) -> Mapping[str, float]:
    """All send at the same moment, again and again; then long messages in pieces; then two leave
    with replies on the way, and the rest goes on; then the buffers of two new ones are full."""
    clients, draw = exam.clients, exam.draw
    count = draw.randint(*CLIENTS)
    found = clients.admit(count)
    if found.done < count:
        beside = f"{number_of(found.done, 'client')} connected and silent"
        did = f"another client came beside {beside} and sent 8 bytes"
        clients.blame(found, did, "serve a client while others are connected")
    every = f"w0-w{count - 1}"
    for _ in range(ROUNDS):
        size = draw.randint(2, 300)
        clients.plan(every, size)
        clients.flow(f"{count} clients sent {size} bytes each at the same time", OWN)
    size, most = draw.randint(30_000, 80_000), draw.randint(200, 3_000)
    clients.plan(every, size, piece=most)
    did = f"{count} clients sent {size:,} bytes each at the same time, at most {most:,} in one call"
    clients.flow(did, OWN)
    _two_leave(exam, count)
    _two_read_late(exam)
    clients.hush(HUSH_MS, f"{count} clients had all their bytes back and sent nothing")
    return {}


def _two_leave(exam: Exam, count: int) -> None:
    clients, draw = exam.clients, exam.draw
    size = draw.randint(5_000, 20_000)
    clients.plan(f"w0-w{count - 1}", size, take=0)
    clients.flow(f"{count} clients sent {size:,} bytes each and read none", OWN)
    gone = sorted(draw.sample(range(count), 2))
    clients.leave(f"w{gone[0]}", reset=True)
    clients.leave(f"w{gone[1]}")
    more = draw.randint(5_000, 20_000)
    for number in range(count):
        if number not in gone:
            clients.plan(f"w{number}", more, piece=2_000)
    clients.flow(
        f"{count} clients sent {size:,} bytes each; clients w{gone[0]} and w{gone[1]} left before "
        f"they had read any, and the others sent {more:,} bytes more",
        OWN,
    )


def _two_read_late(exam: Exam) -> None:
    clients = exam.clients
    for name in ("A", "B"):
        clients.open(name, small=True)
    clients.fill("A", "B")
    for name in ("A", "B"):
        clients.plan(name, 0, piece=LATE_PIECE)
    did = "clients A and B sent until their connections were full, and then both read"
    clients.flow(did, OWN)
