"""The bytes of one client come back, however they are cut."""

from __future__ import annotations

from collections.abc import Mapping

from runner.measure.clients import AS_IT_IS
from runner.measure.exam import Exam

HUSH_MS = 30
SIPS, SIP = 16, (8_000, 24_000)
"""All together less than the buffers hold, so that they stay full."""


def every_value(exam: Exam) -> Mapping[str, float]:
    """Messages of random bytes, each answered before the next: together every value of a byte, and
    most messages do not end with a newline."""
    clients, draw = exam.clients, exam.draw
    clients.open("A")
    sizes = [*(draw.randint(2, 64) for _ in range(6)), *(draw.randint(500, 3000) for _ in range(4))]
    for size in (*sizes, 8192):
        did = f"client A sent a message of {size:,} random bytes and waited for them"
        clients.echo("A", size, did, AS_IT_IS)
    clients.hush(HUSH_MS, "client A had all its bytes back and sent nothing")
    return {}


def pieces(exam: Exam) -> Mapping[str, float]:
    """First each byte waits for the one before it, then many are on the way."""
    clients, draw = exam.clients, exam.draw
    clients.open("A")
    for _ in range(draw.randint(20, 40)):
        clients.echo("A", 1, "client A sent one byte and waited for it", AS_IT_IS)
    for most, size in ((1, draw.randint(300, 600)), (draw.randint(2, 9), draw.randint(2000, 4000))):
        did = f"client A sent {size:,} bytes, at most {most} of them in one call"
        clients.echo("A", size, did, AS_IT_IS, piece=most)
    return {}


def pipelined(exam: Exam) -> Mapping[str, float]:
    """More than one call of recv returns, but no more than the socket's buffers hold."""
    clients, draw = exam.clients, exam.draw
    clients.open("A")
    must = "one notification may stand for many messages: read until none is left, and answer all"
    for most in (draw.randint(10, 100), draw.randint(1000, 2000), 0):
        size = draw.randint(30_000, 50_000)
        clients.plan("A", size, take=0, piece=most)
        how = f"messages of at most {most:,} bytes" if most else "one go"
        did = f"client A sent {size:,} bytes in {how}, and read none before the last was sent"
        clients.flow(did, must)
        clients.plan("A", 0)
        clients.flow(did, must)
    return {}


def large(exam: Exam) -> Mapping[str, float]:
    """The server's send fills the buffer of the socket before the client reads a byte, and again
    whenever the client has read a little."""
    clients, draw = exam.clients, exam.draw
    clients.open("A", small=True)
    before = clients.fill("A").given
    did = f"client A sent {before:,} bytes, read none for a while, and then a little at a time"
    must = "where send takes fewer bytes than it got, send the rest when the socket is writable"
    _sip(exam, "A", did, must)
    after, most = draw.randint(100_000, 300_000), draw.randint(3_000, 30_000)
    did = f"{did}; then it sent {after:,} bytes more while it read"
    clients.echo("A", after, did, must, piece=most)
    return {}


def _sip(exam: Exam, client: str, did: str, must: str) -> None:
    """A client whose buffers are full reads a little, again and again: each time the server can
    send a little."""
    back = 0
    for _ in range(SIPS):
        back += exam.draw.randint(*SIP)
        exam.clients.plan(client, 0, take=back, piece=8_000)
        exam.clients.flow(did, must)
