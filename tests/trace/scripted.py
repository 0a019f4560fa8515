"""Records written line by line: a server that does in each round exactly what a test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.trace import Trace, trace_of
from runner.trace.look import Look, ThreadLook
from runner.trace.model import Conversation, Request

MS = 1_000_000
BEGAN = 1_700_000_000_000_000_000
ROUND, SILENCE = 100 * MS, 80 * MS
CLIENTS = ("A", "B", "E") * 3
INODES = {"A": 101, "B": 102, "E": 103}
FDS = {"A": 5, "B": 6, "E": 7}
MAIN = 40

Lines = Sequence[str]
Round = Callable[[str, int, int], Lines]
"""What happens in one round: given the client's descriptor as strace writes it, when the silence
began and when the client sent."""


def stamp(at: int) -> str:
    return f"{at // 10**9}.{at % 10**9:09}"


def call(at: int, text: str, took: int = 10_000, thread: int = MAIN) -> str:
    return f"{thread} {stamp(at)} {text} <{took // 10**9}.{took % 10**9:09}>"


def client(name: str) -> str:
    return f"{FDS[name]}<socket:[{INODES[name]}]>"


def scripted(
    each: Round,
    before: Lines = (),
    look: Look | None = None,
    cut: str = "",
    silent: tuple[int, ...] = (),
) -> Trace:
    """A trace of nine rounds; `before` are calls of the time before the first."""
    lines = [call(BEGAN - 900 * MS, 'execve("/server", ["/server"], 0x7ffd /* 6 vars */) = 0')]
    lines += [
        call(BEGAN - 800 * MS + n, f"accept4(3<socket:[100]>, NULL, NULL, 0) = {client(name)}")
        for n, name in enumerate(INODES)
    ]
    lines += before
    requests = []
    for number, name in enumerate(CLIENTS):
        quiet = BEGAN + number * ROUND
        sent = quiet + SILENCE
        requests.append(Request(name, f"word{number}", quiet, sent, sent + 10 * MS))
        lines += each(client(name), quiet, sent)
    said = Conversation(
        ports={},
        opened=dict.fromkeys(INODES, BEGAN - 850 * MS),
        watched=0,
        requests=tuple(requests),
        began=BEGAN,
        ended=BEGAN + len(CLIENTS) * ROUND,
        alone=False,
        inodes=INODES,
        silent=silent,
    )
    return trace_of(sorted(lines, key=lambda line: line.split()[1]), said, look, cut=cut)


def waits(text: str, quiet: int, sent: int, thread: int = MAIN) -> str:
    """A call that sleeps through the silence and returns just after the client has sent."""
    return call(quiet + MS, text, sent - quiet, thread)


def answers(name: str, sent: int, thread: int = MAIN) -> list[str]:
    return [
        call(sent + 3 * MS, f'recvfrom({name}, "word", 4096, 0, NULL, NULL) = 4', thread=thread),
        call(sent + 4 * MS, f'sendto({name}, "word", 4, 0, NULL, 0) = 4', thread=thread),
    ]


def adds(name: str, events: str, data: int, at: int = BEGAN - 700 * MS, how: str = "ADD") -> str:
    word = f"{{events={events}, data={{u32={data}, u64={data}}}}}"
    number = FDS[name]
    told = call(
        at, f"epoll_ctl(4<anon_inode:[eventpoll]>, EPOLL_CTL_{how}, {client(name)}, {word}) = 0"
    )
    assert str(number) in told
    return told


def number_of(name: str) -> int:
    return int(name.partition("<")[0])


def looked(sleeps: dict[str, int], busy: float = 0.0) -> ThreadLook:
    return ThreadLook(MAIN, sleeps, 36, busy)
