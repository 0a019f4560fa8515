"""loop.py: an event loop for coroutines, small enough to read in full.

A coroutine is a function that can suspend itself. `await` leads through a chain of coroutines
to a bare `yield` in this file, where the whole chain is suspended and run() resumes another
task. Before it yields, a task registers with what it waits for: a descriptor, a time or another
task. A wait that was cut short leaves its registration behind, which may wake the task too
early. So a task that wakes checks again. The thread sleeps in one place, epoll_wait.
"""

from collections.abc import Coroutine, Generator
from errno import EBADF
from heapq import heappop, heappush
from itertools import count
from select import EPOLLIN, EPOLLOUT, epoll
from socket import socket
from time import monotonic
from types import coroutine
from typing import Any


class Task:
    """A coroutine that runs concurrently with the other tasks. Awaiting it yields its result."""

    def __init__(self, program: Coroutine[Any, Any, Any]) -> None:
        self.program = program
        self.done = False
        self.result: Any = None  # also None after a cancellation
        self.awaited_by: list[Task] = []
        ready[self] = None

    def cancel(self) -> None:
        """End the coroutine where it waits. Of its code only the `finally` blocks still run. They
        must not await, and a task cannot cancel itself. A timer stays in the heap until its time.
        """
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


current: Task  # the running task
ready: dict[Task, None] = {}  # the tasks of the next round, each once, in order
readers: dict[int, Task] = {}
writers: dict[int, Task] = {}
timers: list[tuple[float, int, Task]] = []  # a heap: the earliest is the first
order = count()  # between two timers for the same time the older one comes first
kernel = epoll()
interest: dict[int, int] = {}  # the events that are set in the kernel, for each descriptor


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Run the loop until this coroutine returns or any task raises an exception."""
    global current, ready
    first = Task(main)
    while not first.done:
        # Sleep until an event or until the first timer ends. Do not sleep if a task is ready.
        timeout = 0 if ready else max(0, timers[0][0] - monotonic()) if timers else None
        for fd, events in kernel.poll(timeout, 256):
            woken = len(ready)
            if events != EPOLLOUT and fd in readers:  # EPOLLIN, or an error, which wakes both
                ready[readers.pop(fd)] = None
            if events != EPOLLIN and fd in writers:
                ready[writers.pop(fd)] = None
            if len(ready) == woken:
                set_interest(fd)  # no task waits for this event any more
        while timers and timers[0][0] <= monotonic():
            ready[heappop(timers)[2]] = None
        # A task that becomes ready during this round runs in the next one, so no task starves.
        turn, ready = ready, {}
        for current in turn:
            try:
                if not current.done:
                    current.program.send(None)
            except StopIteration as end:
                current.finish(end.value)
    return first.result


def set_interest(fd: int) -> None:
    """Set the events in the kernel, which keeps them: the same wait again costs no call."""
    events = EPOLLIN * (fd in readers) | EPOLLOUT * (fd in writers)
    registered = interest.pop(fd, 0)
    if events:
        (kernel.modify if registered else kernel.register)(fd, events)
        interest[fd] = events
    else:
        kernel.unregister(fd)


@coroutine
def until(sock: socket, event: int, seconds: float | None = None) -> Generator[None, None, None]:
    """Suspend the task until the socket is readable (EPOLLIN) or writable (EPOLLOUT), but no
    longer than so many seconds. One task at a time can wait for each of the two.
    """
    fd = sock.fileno()
    tasks = readers if event == EPOLLIN else writers
    other = tasks.get(fd, current)
    if fd == -1:
        raise OSError(EBADF, "the socket is closed")
    if other is not current and not other.done:
        raise RuntimeError(f"descriptor {fd}: another task waits for the same event")
    tasks[fd] = current
    if not interest.get(fd, 0) & event:
        try:
            set_interest(fd)
        except OSError:
            del tasks[fd]
            raise
    if seconds is not None:
        heappush(timers, (monotonic() + seconds, next(order), current))
    yield


@coroutine
def sleep(seconds: float) -> Generator[None, None, None]:
    when = monotonic() + seconds
    heappush(timers, (when, next(order), current))
    yield
    while monotonic() < when:
        yield


def close(sock: socket) -> None:
    """The kernel forgets a closed descriptor and uses its number again: forget it here too."""
    fd = sock.fileno()
    sock.close()
    interest.pop(fd, None)
    ready.update((tasks.pop(fd), None) for tasks in (readers, writers) if fd in tasks)
