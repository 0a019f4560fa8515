"""A signal for each change, in a queue, with the number of the descriptor."""

import fcntl
import os
import resource
import signal
import struct
import termios
from collections.abc import Iterator
from socket import socketpair

from kernel import descriptors
from stage import Launch

EXERCISE = "The server reads its signals from a signalfd, several with one call."
CROWD = 50


def count_signals(number: int, name: str) -> None:
    """Send messages to a socket with notifications, and count the signals in the queue."""
    here, there = socketpair()
    fcntl.fcntl(there, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(there, fcntl.F_SETSIG, number)
    fcntl.fcntl(there, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    for _ in range(3):
        here.send(b"hello")
    count = 0
    while signal.sigtimedwait({number or signal.SIGIO}, 0):
        count += 1
    [unread] = struct.unpack("i", fcntl.ioctl(there, termios.FIONREAD, b"\0" * 4))
    fcntl.fcntl(there, fcntl.F_SETFL, os.O_NONBLOCK)  # the end of the connection is a change too
    print(f"3 messages with {name}: {count} in the queue, {unread} bytes still in the kernel")


def see(launch: Launch) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN, signal.SIGIO})
    count_signals(signal.SIGRTMIN, "F_SETSIG SIGRTMIN")
    count_signals(0, "plain SIGIO")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGRTMIN, signal.SIGIO})
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, 0))
    with launch() as server:
        replies = sum(client.has_reply() for client in server.crowd(CROWD))
        print(f"{CROWD} clients send at once, no place in the queue: {replies} replies")


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        [a] = server.connect()
        a.send()
        yield "A sends a line and has its reply", a.has_reply()
        yield "the server has a signalfd", bool(descriptors(server, "[signalfd]"))
        yield "the server sleeps while A is silent", set(server.states()) == {"S"}
        yield (
            f"{CROWD} clients send at once: replies",
            all(c.has_reply(3) for c in server.crowd(CROWD)),
        )
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, 0))
    with launch() as server:
        yield "no place in the queue: replies", all(c.has_reply(3) for c in server.crowd(CROWD))
