"""How a server begins and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runner.engine.box import Exit
from runner.measure.exam import Exam
from runner.measure.server import KILLED, ServerFault
from runner.measure.server_output import TERM_SECONDS

AT_ONCE = "exit at once with status 0 on SIGTERM, whatever the clients do"
NO_HANDLER = (
    "install a handler that exits at once with status 0: without one a process dies of the signal, "
    "or ignores it if it is PID 1"
)


def ready(exam: Exam) -> Mapping[str, float]:
    """That it printed READY in time with the given port, and served a client at once, is how every
    case begins; here the port is drawn. A second client is served as well."""
    clients = exam.clients
    clients.open("A")
    did = f"a client came to port {exam.box.env['PORT']} and sent 100 bytes"
    clients.echo("A", 100, did, "listen on the port that the environment variable PORT names")
    return {}


def sigterm(exam: Exam) -> Mapping[str, float]:
    """Two servers: one whose only client has left, and one with a client that it served and a
    client that does not read."""
    _ends(exam, "no client was connected", exam.another)
    _ends(_busy(exam), "client A was connected, and client B did not read", lambda: _busy(exam))
    return {}


def sigterm_silent(exam: Exam) -> Mapping[str, float]:
    """A server of any protocol: no byte is sent to it."""
    _ends(
        _connected(exam),
        "client A was connected and had sent nothing",
        lambda: _connected(exam.another()),
    )
    return {}


def _connected(exam: Exam) -> Exam:
    exam.clients.open("A")
    return exam


def _busy(exam: Exam) -> Exam:
    other = exam.another()
    other.clients.open("A")
    other.clients.open("B", small=True)
    other.clients.echo("A", 100, "client A sent 100 bytes", "serve a client")
    other.clients.fill("B")
    return other


def _ends(exam: Exam, state: str, another: Callable[[], Exam]) -> None:
    """A machine that stands still does so once; a server that takes its time does so again."""
    ended = exam.server.stop(TERM_SECONDS)
    if ended.signal == KILLED:
        ended = another().server.stop(TERM_SECONDS)
    if ended == Exit(0):
        return
    killed = ended.signal == KILLED
    how = f"was still running after {TERM_SECONDS:.0f} s" if killed else f"ended with {ended}"
    must = AT_ONCE if ended.signal is None else NO_HANDLER
    raise ServerFault(f"{state}; on SIGTERM the server {how}: {must}")
