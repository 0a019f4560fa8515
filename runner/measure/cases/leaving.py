"""Clients leave in every way there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runner.engine.accounting import open_descriptors
from runner.measure import busy
from runner.measure.exam import Exam

MANY = 48
"""Clients that come and go one after the other."""
LOOK_MS, LOOKS_BEFORE, LOOKS = 10, 8, 300
ON_EOF = "when recv returns 0, send what is left and close the connection"
GO_ON = (
    "an error of one connection must end that connection alone (ignore SIGPIPE, or send with "
    "MSG_NOSIGNAL)"
)
CLOSE = "close the descriptor of every client that has left, in whatever way"


def half_close(exam: Exam) -> Mapping[str, float]:
    """A client with everything back shuts down, then one with bytes on the way, then one that reads
    late. The server's end of file shows that no byte comes after the last."""
    clients, draw = exam.clients, exam.draw
    shut = "and shut down its writing end"
    for size, most in ((draw.randint(2, 100), 0), (draw.randint(20_000, 60_000), 3000)):
        clients.open("A")
        clients.plan("A", size, piece=most, end=True)
        clients.flow(f"client A sent {size:,} bytes {shut}", ON_EOF)
        clients.leave("A")
    clients.open("B", small=True)
    given = clients.fill("B").given
    clients.plan("B", 0, piece=draw.randint(3_000, 30_000), end=True)
    clients.flow(f"client B sent {given:,} bytes, read none, {shut}, and then read", ON_EOF)
    return {}


def empty(exam: Exam) -> Mapping[str, float]:
    """None of these clients sends a byte; afterwards the server must rest."""
    clients, draw = exam.clients, exam.draw
    rested, _ = exam.rests()
    ways = ["closed", "reset", "shut down its writing end of"] * 4
    for way in draw.sample(ways, len(ways)):
        clients.open("A")
        did = f"client A {way} its connection without having sent a byte"
        if way.startswith("shut"):
            clients.plan("A", 0, end=True)
            clients.flow(did, ON_EOF)
        clients.doing = did
        clients.leave("A", reset=way == "reset")
    _serves_another(exam, clients.doing, ON_EOF)
    if not rested:
        return {}
    rests, cpus = exam.rests()
    if not rests:
        clients.broken(
            f"{len(ways)} clients came and left without having sent a byte",
            f"since then {busy.described(cpus)}",
            f"{ON_EOF}, or its socket stays readable",
        )
    return {}


def reset(exam: Exam) -> Mapping[str, float]:
    """In the middle of a reply, with a full buffer, and just after the end of file: then a send
    raises SIGPIPE."""
    ways: list[Callable[[Exam], str]] = [_reset_early, _reset_early, _reset_full]
    ways += [_reset_after_eof] * 12
    for way in exam.draw.sample(ways, len(ways)):
        exam.clients.open("A", small=way is _reset_full)
        did = exam.clients.doing = way(exam)
        _serves_another(exam, did, GO_ON)
    return {}


def _reset_early(exam: Exam) -> str:
    size = exam.draw.randint(2, 30_000)
    exam.clients.plan("A", size, take=0)
    exam.clients.flow(f"client A sent {size:,} bytes without reading", "read what a client sends")
    exam.clients.leave("A", reset=True)
    return f"client A sent {size:,} bytes and reset its connection without reading"


def _reset_full(exam: Exam) -> str:
    given = exam.clients.fill("A").given
    exam.clients.leave("A", reset=True)
    return f"client A sent {given:,} bytes, read none, and reset its connection"


def _reset_after_eof(exam: Exam) -> str:
    size = exam.draw.randint(2, 2_000)
    exam.clients.bolt("A", size)
    return f"client A sent {size:,} bytes, shut down its writing end and reset the connection"


def come_and_go(exam: Exam) -> Mapping[str, float]:
    """As many open descriptors after many clients as before, counted from outside."""
    _come_and_go(exam, 4)  # what a server opens for its first clients may stay open
    before = min(_looked(exam) for _ in range(LOOKS_BEFORE))
    _come_and_go(exam, MANY)
    for _ in range(LOOKS):  # a server may notice a moment later that a client has left
        after = _looked(exam)
        if after <= before:
            return {}
    if before:
        exam.clients.broken(
            f"{MANY} clients came, were served and left",
            f"the server has {after} open descriptors, and had {before} before",
            CLOSE,
        )
    return {}  # they cannot be counted on this machine


def _come_and_go(exam: Exam, count: int) -> None:
    clients, draw = exam.clients, exam.draw
    ways = ["fin", "rst", "end", "unread"] * (count // 4)
    for way in draw.sample(ways, len(ways)):
        clients.open("A")
        size = draw.randint(2, 500)
        clients.plan("A", size, take=0 if way == "unread" else -1, end=way == "end")
        clients.flow(f"client A sent {size} bytes", "serve one client after another")
        clients.leave("A", reset=way == "rst")


def _looked(exam: Exam) -> int:
    """The descriptors that all processes of the server have open, 0 where nothing can be seen."""
    exam.clients.talk.wait(LOOK_MS)
    return open_descriptors(exam.server.pid)


def _serves_another(exam: Exam, did: str, must: str) -> None:
    clients = exam.clients
    clients.open("B")
    size = exam.draw.randint(2, 500)
    clients.echo("B", size, f"{did}; then client B sent {size} bytes", must)
    clients.leave("B")
    clients.doing = did
