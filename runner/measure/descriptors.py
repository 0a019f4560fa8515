"""The open descriptors of a server in the kernel's tables (/proc): which epoll watches what, what
io_uring has pending, which sockets are the server's ends of its clients' connections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from runner.measure.asleep import PROC, Thread, ended, folder, text
from runner.trace.look import EPOLLET
from runner.trace.watching import Watched

_WATCHED = re.compile(
    r"^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+) .*?ino:\s*([0-9a-f]+)", re.MULTILINE
)
_PENDING = re.compile(r"^  op=(\d+),", re.MULTILINE)
_FLAGS = re.compile(r"^flags:\s*([0-7]+)", re.MULTILINE)
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_EPOLL, _RING = "anon_inode:[eventpoll]", "anon_inode:[io_uring]"
EPOLLIN, EPOLLONESHOT = 1, 1 << 30
O_NONBLOCK, O_ASYNC = 0o4000, 0o20000
ESTABLISHED, CLOSE_WAIT, LISTEN = "01", "08", "0A"
_TABLE_MAX, _LIST_MAX = 64 << 20, 16 << 20
"""Bytes of the table of connections and of all interest lists together: 100,000 entries and more.
To read them takes CPU time, and a server may fill thousands of epoll descriptors with them."""
ENDS_MOST = 64
"""The flags of so many ends of connections are read, chosen at random: no server foresees which."""


@dataclass(frozen=True, slots=True)
class Connections:
    """Inodes of sockets in the server's network namespace: the server's ends of its clients'
    connections, the sockets on which clients arrive, and all other established ones."""

    clients: frozenset[int] = frozenset()
    listeners: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class End:
    """A descriptor of a client, with the flags of its socket."""

    number: int
    flags: int


@dataclass(slots=True)
class Descriptors:
    """What was read last. `lists` are the interest lists by process and epoll descriptor; `pending`
    the operations that rings have pending, None where there is no ring; `sockets` the inodes of all
    sockets, by process and descriptor."""

    lists: dict[tuple[int, int], dict[int, Watched]] = field(default_factory=dict)
    pending: list[int] | None = None
    sockets: dict[tuple[int, int], int] = field(default_factory=dict)
    holders: dict[int, Thread] = field(default_factory=dict)
    _left: int = _LIST_MAX

    def read(self, threads: Mapping[int, list[Thread]]) -> None:
        """Reads the descriptors of these processes, each given with its threads."""
        self.lists, self.pending, self.sockets, self.holders = {}, None, {}, {}
        self._left = _LIST_MAX
        for pid, own in threads.items():
            with suppress(OSError):
                # All threads of a process share its descriptors, but one that has ended has none.
                self.holders[pid] = next((each for each in own if not ended(each)), own[0])
                self._of(pid, folder(self.holders[pid]))

    def _of(self, pid: int, shown: Path) -> None:
        for entry in (shown / "fd").iterdir():
            with suppress(OSError):
                target = entry.readlink().name
                if match := _SOCKET.match(target):
                    self.sockets[pid, int(entry.name)] = int(match[1])
                if target not in (_EPOLL, _RING):
                    continue
                info = text(shown / "fdinfo" / entry.name, self._left)
                self._left -= len(info)
                if target == _EPOLL:
                    self.lists[pid, int(entry.name)] = dict(map(_watched, _WATCHED.findall(info)))
                else:
                    self._pend(info)

    def _pend(self, info: str) -> None:
        """A kernel before 6.x does not show what a ring has pending: then nothing is known."""
        if "PollList:" in info:
            self.pending = [*(self.pending or []), *map(int, _PENDING.findall(info))]

    def watched(self, pid: int, epoll: int) -> set[int]:
        """The descriptors that an epoll of a process watches, and those that an epoll watches that
        is among them."""
        numbers: set[int] = set()
        waiting, visited = [epoll], set[int]()
        while waiting:
            number = waiting.pop()
            if number in visited:
                continue
            visited.add(number)
            listed = self.lists.get((pid, number), {})
            numbers |= listed.keys()
            waiting += [fd for fd in listed if (pid, fd) in self.lists]
        return numbers

    def ends(self, clients: frozenset[int], random: Random) -> tuple[End, ...]:
        """Some of the server's ends of connections."""
        mine = sorted(key for key, inode in self.sockets.items() if inode in clients)
        drawn = random.sample(mine, min(ENDS_MOST, len(mine)))
        ends: list[End] = []
        for pid, number in drawn:
            with suppress(OSError):
                info = text(folder(self.holders[pid]) / "fdinfo" / str(number))
                if flags := _FLAGS.search(info):
                    ends.append(End(number, int(flags[1], 8)))
        return tuple(ends)


def connections(pid: int, port: int) -> Connections:
    """Reads the table of the process's network namespace. Raises OSError."""
    found: dict[str, set[int]] = {"clients": set(), "listeners": set(), "others": set()}
    for name in ("tcp", "tcp6"):
        path = PROC / str(pid) / "net" / name
        if name == "tcp6" and not path.exists():
            continue
        for line in text(path, _TABLE_MAX).splitlines()[1:]:
            words = line.split()
            if len(words) < 10:
                continue
            here, state, inode = int(words[1].rpartition(":")[2], 16), words[3], int(words[9])
            if state == LISTEN:
                found["listeners"].update({inode} if here == port else ())
            elif state in (ESTABLISHED, CLOSE_WAIT):
                found["clients" if here == port else "others"].add(inode)
    return Connections(**{name: frozenset(each - {0}) for name, each in found.items()})


def _watched(row: tuple[str, str, str, str]) -> tuple[int, Watched]:
    """A descriptor, and what it is watched for. Its inode may be another file's than a socket's:
    then it is no client's."""
    number, events, data, inode = row
    bits = int(events, 16)
    names = ["EPOLLIN"] if bits & EPOLLIN else []
    names += ["EPOLLET"] if bits & EPOLLET else []
    names += ["EPOLLONESHOT"] if bits & EPOLLONESHOT else []
    watched = Watched(f"socket:[{int(inode, 16)}]", "|".join(names) or "0", str(int(data, 16)))
    return int(number), watched
