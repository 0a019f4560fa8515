"""More clients than a server may take: it serves or refuses each, and says which limit it met."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from runner.measure import busy
from runner.measure.clients import END_SECONDS
from runner.measure.exam import Exam
from runner.measure.flow import described
from runner.measure.metrics import impossible
from runner.measure.server import left, require_alive
from runner.plural import number_of

CROWD = (1_050, 1_100)
"""More than an fd_set has bits."""
CROWD_NOFILE = 2_048
LIMIT = (20, 24)
"""Descriptors: enough to start an interpreter, and fewer clients than a pool has threads."""
LIMIT_MOST = 256
"""A trial's own limit is taken where it is not above this one."""
BEYOND = 16
"""So many clients more than descriptors: several processes have that many."""
KNOCKS = 5
REFUSED_SECONDS = 1.0
ROOM_MS = 20
CLOSE = "serve each client, or close it at once where a limit is reached"


def nofile_of_crowd(nofile: int, _draw: Random) -> int:
    return min(nofile, CROWD_NOFILE)


def nofile_of_limit(nofile: int, draw: Random) -> int:
    drawn = draw.randint(*LIMIT)
    return nofile if nofile <= LIMIT_MOST else drawn


def crowd(exam: Exam) -> Mapping[str, float]:
    """A thousand clients, then all of them at once, then half of them leave and others come."""
    count = exam.draw.randint(*CROWD)
    served = _served(exam, count)
    _all_at_once(exam, 0, served, _connected(served))
    exam.clients.leave(f"w0-w{served // 2}")
    _takes_another(exam, served // 2 + 1)
    return {"served": served}


def limit(exam: Exam) -> Mapping[str, float]:
    """At the descriptor limit: new clients are closed at once, the others are served, the server
    rests, and when two have left another one is served."""
    clients, nofile = exam.clients, exam.server.nofile.soft
    rested, _ = exam.rests()
    served = _served(exam, nofile + BEYOND)
    if served == nofile + BEYOND:
        return {"served": served}  # several processes share them
    at_limit = f"{_connected(served)}, all that a limit of {nofile} descriptors allows"
    for _ in range(KNOCKS):
        found = clients.admit(1)
        if not found.closed:
            clients.blame(found, f"{at_limit}, and another one came", CLOSE)
    _all_at_once(exam, 0, served, at_limit)
    if rested:
        rests, cpus = exam.rests()
        if not rests:
            clients.broken(
                f"{at_limit}, and all were silent",
                busy.described(cpus),
                "a client that is left in the listen queue wakes it again at once",
            )
    clients.leave("w0-w1")
    _takes_another(exam, 2)
    return {"served": served}


def _served(exam: Exam, count: int) -> int:
    """How many clients are served before one is refused in the way of the contract."""
    clients = exam.clients
    found = clients.admit(count)
    if found.done == count:
        return count
    did = f"{_connected(found.done)}, and another one came"
    if not found.closed:
        clients.blame(found, did, CLOSE)
    clients.doing = did
    require_alive(exam.server, END_SECONDS)
    exam.output.read(REFUSED_SECONDS)
    granted = exam.server.nofile.hard
    if not exam.output.refusals:
        clients.broken(
            did,
            f"{described(found, 0)}, and printed no line REFUSED",
            "print `REFUSED limit=NAME fd=NUMBER` when a limit is reached (the descriptor limit is "
            f"{granted})",
        )
    claim = exam.output.refusals[0]
    if why := impossible(claim, granted):
        clients.broken(did, f"the server printed REFUSED {claim}, which is impossible", why)
    return found.done


def _connected(count: int) -> str:
    return f"{number_of(count, 'client')} {'was' if count == 1 else 'were'} connected"


def _all_at_once(exam: Exam, first: int, count: int, state: str) -> None:
    if count == 0:
        return
    size = exam.draw.randint(2, 100)
    exam.clients.plan(f"w{first}-w{first + count - 1}", size)
    did = f"{state}, and each of them sent {size} bytes"
    exam.clients.flow(did, "a client that was refused must not disturb the others")


def _takes_another(exam: Exam, left_count: int) -> None:
    """A server may only notice that clients have left when it has refused one more."""
    clients = exam.clients
    did = f"{number_of(left_count, 'client')} left, and another one came"
    deadline = exam.overtime.ends
    tries = clients.patience_ms // ROOM_MS
    for _ in range(tries):
        found = clients.admit(1)
        if found.done == 1:
            return
        if not found.closed or left(deadline) == 0:
            break
        clients.talk.wait(ROOM_MS)
    clients.blame(found, did, "accept clients again as soon as there is room")
