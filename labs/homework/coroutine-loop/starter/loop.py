"""loop.py: your work. An event loop for coroutines, on one thread that sleeps in one place.

A coroutine is a function that can suspend itself. `await` leads through a chain of coroutines down
to a bare `yield` in this file, where the whole chain is suspended, and `send(None)` continues it
behind that `yield`. What is here runs, but it is no loop: a task is continued until it ends before
anything else goes on, and each wait puts the whole thread to sleep.

README.md says what each function must do, and what is checked. You may add whatever you like, but
no asyncio and no other event loop.
"""

import time
from collections.abc import Coroutine, Generator
from select import epoll
from socket import socket
from types import coroutine
from typing import Any


class Task:
    """A coroutine that runs concurrently with the other tasks. Awaiting it yields its result."""

    def __init__(self, program: Coroutine[Any, Any, Any]) -> None:
        self.program = program
        self.done = False
        self.result: Any = None  # also None after a cancellation
        self.result = run(program)  # to its end: no other task goes on meanwhile
        self.done = True

    def cancel(self) -> None:
        """End the coroutine where it waits: of its code only the `finally` blocks still run."""
        self.program.close()
        self.done = True

    def __await__(self) -> Generator[None, None, Any]:
        while not self.done:
            yield
        return self.result


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Run the loop until this coroutine returns or any task raises an exception.

    Your work begins here.

    1. A task is ready, or it waits: for a socket, for a time, or for another task. Keep the tasks
       that are ready, and for each way to wait which task waits for what.
    2. A round continues each ready task once, up to its next `yield`. A task that becomes ready in
       a round runs in the next round, so that no task starves.
    3. While no task is ready, sleep in epoll_wait until a socket is, or until the first timer ends.
       With neither, sleep without an end. Do not sleep while a task is ready.
    """
    while True:
        try:
            main.send(None)
        except StopIteration as end:
            return end.value


@coroutine
def until(sock: socket, event: int, seconds: float | None = None) -> Generator[None, None, None]:
    """Suspend the task until the socket is readable (EPOLLIN) or writable (EPOLLOUT), but no longer
    than so many seconds.
    """
    with epoll() as kernel:  # one for each wait; a loop has one for all tasks
        kernel.register(sock, event)
        kernel.poll(seconds)  # all other tasks wait as well
    yield


@coroutine
def sleep(seconds: float) -> Generator[None, None, None]:
    """Suspend the task for so many seconds. With 0 the other tasks have a turn."""
    time.sleep(seconds)  # all other tasks wait as well
    yield


def close(sock: socket) -> None:
    """Close the socket. The kernel gives its number to the next client: forget who waits."""
    sock.close()
