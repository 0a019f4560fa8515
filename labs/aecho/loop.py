"""loop.py: an event loop for coroutines, small enough to be read whole.

A coroutine is a function that can stop in its middle. `await` leads down, through one
coroutine that awaits the next, to a bare `yield` in this file. There the whole chain stops,
and run() lets another task go on. Before it yields, a task leaves its name where what it
waits for will find it: with a descriptor, a time, or another task. Then it is `ready` again.
A name left by a wait that was cut short may wake its owner too early: so whoever wakes looks
again whether what it waits for has come. The thread sleeps in one place, epoll_wait.
"""

from collections.abc import Coroutine, Generator
from heapq import heappop, heappush
from itertools import count
from select import EPOLLIN, EPOLLOUT, epoll
from socket import socket
from time import monotonic
from types import coroutine
from typing import Any


class Task:
    """A coroutine that runs beside the others. Await it for what it returns."""

    def __init__(self, program: Coroutine[Any, Any, Any]) -> None:
        self.program = program
        self.done = False
        self.result: Any = None  # None as well if it was cancelled
        self.awaited_by: list[Task] = []
        ready[self] = None

    def cancel(self) -> None:
        """End it where it waits: of its program only the `finally` blocks still run."""
        self.program.close()
        self.finish(self.result)

    def finish(self, result: Any) -> None:
        self.done, self.result = True, result
        ready.update(dict.fromkeys(self.awaited_by))

    def __await__(self) -> Generator[None, None, Any]:
        while not self.done:
            self.awaited_by.append(current)
            yield
        return self.result


current: Task  # the one that runs
ready: dict[Task, None] = {}  # those who will run in the next round, each once, in order
readers: dict[int, Task] = {}
writers: dict[int, Task] = {}
timers: list[tuple[float, int, Task]] = []  # a heap: the earliest is the first
order = count()  # of two timers for the same time the older one is the first
kernel = epoll()
interest: dict[int, int] = {}  # what the kernel has been told of each descriptor


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """The loop, until this coroutine returns, or any task lets an error out."""
    global current, ready
    first = Task(main)
    while not first.done:
        # Sleep until something happens or the first timer ends, and not at all if one is ready.
        timeout = 0 if ready else max(0, timers[0][0] - monotonic()) if timers else None
        for fd, events in kernel.poll(timeout, 256):
            woken = len(ready)
            for event, tasks in (~EPOLLOUT, readers), (~EPOLLIN, writers):  # errors wake both
                if events & event and fd in tasks:
                    ready[tasks.pop(fd)] = None
            if len(ready) == woken:
                set_interest(fd)  # nobody waits for this any more
        while timers and timers[0][0] <= monotonic():
            ready[heappop(timers)[2]] = None
        # Who becomes ready during this round has its turn in the next: nobody starves.
        turn, ready = ready, {}
        for current in turn:
            try:
                if not current.done:
                    current.program.send(None)
            except StopIteration as end:
                current.finish(end.value)
    return first.result


def set_interest(fd: int) -> None:
    """Tell the kernel who waits. It remembers, so to wait again for the same costs no call."""
    events = EPOLLIN * (fd in readers) | EPOLLOUT * (fd in writers)
    known = interest.pop(fd, 0)
    if events:
        (kernel.modify if known else kernel.register)(fd, events)
        interest[fd] = events
    else:
        kernel.unregister(fd)


@coroutine
def until(sock: socket, event: int) -> Generator[None, None, None]:
    """Until it is readable (EPOLLIN) or writable (EPOLLOUT)."""
    fd = sock.fileno()
    (readers if event == EPOLLIN else writers)[fd] = current
    if not interest.get(fd, 0) & event:
        set_interest(fd)
    yield


@coroutine
def sleep(seconds: float) -> Generator[None, None, None]:
    when = monotonic() + seconds
    heappush(timers, (when, next(order), current))
    yield
    while monotonic() < when:
        yield


def close(sock: socket) -> None:
    """The kernel forgets a closed descriptor, whose number comes again: forget it here too."""
    fd = sock.fileno()
    sock.close()
    interest.pop(fd, None)
    ready.update((tasks.pop(fd), None) for tasks in (readers, writers) if fd in tasks)
