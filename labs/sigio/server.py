"""sigio: the kernel queues a signal for every change; it carries the descriptor.

Wait:        the only thread sleeps inside sigwaitinfo, until a signal is queued
Copy:        the same thread, inside recv and send, after the signal
Idle client: no CPU time; 8 bytes of an array that poll reads only after signals were lost
Ceiling:     descriptors (EMFILE); beyond RLIMIT_SIGPENDING signals are lost: poll all clients
"""

import ctypes
import fcntl
import os
import select
import signal
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel reports a change by NOTIFY, a real-time signal. Real-time signals queue, one for
# each change, and carry the descriptor. When the queue is full the kernel sends one plain
# SIGIO, which carries no descriptor and means that notifications were lost. Both signals stay
# blocked, so they interrupt no code: they wait in the queue until sigwaitinfo takes them.
NOTIFY = signal.SIGRTMIN
SIGNALS = {NOTIFY, signal.SIGIO}

# A notification reports a change, not a state (edge-triggered), so continue until the call
# would block. After this many steps the other clients have their turn.
STEPS = 16

# poll checks these descriptors after notifications were lost.
watched = select.poll()
clients: dict[int, socket] = {}


class Siginfo(ctypes.Structure):
    """siginfo_t of <signal.h>: signal.sigwaitinfo of Python does not return si_fd. On 64-bit
    Linux si_fd (from the kernel) and si_value (from the server's own sigqueue) are at the same
    offset.
    """

    _fields_ = (
        ("si_signo", ctypes.c_int),
        ("si_errno", ctypes.c_int),
        ("si_code", ctypes.c_int),
        ("si_band", ctypes.c_long),
        ("si_fd", ctypes.c_int),
        ("rest", ctypes.c_char * 100),
    )


libc = ctypes.CDLL(None, use_errno=True)
libc.sigqueue.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)


# Three calls for each client, because an accepted socket inherits none of these settings from
# the listener.
def enable_notifications(fd: int) -> None:
    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(fd, fcntl.F_SETSIG, NOTIFY)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    watched.register(fd, select.POLLIN)


# Queue a notification for a descriptor from the server itself. If the queue is full, raise
# SIGIO.
def queue_notification(fd: int) -> None:
    if libc.sigqueue(os.getpid(), NOTIFY, fd) == 0:
        return
    signal.raise_signal(signal.SIGIO)


def remove_client(fd: int) -> None:
    watched.unregister(fd)
    lab.close_client(clients.pop(fd))


# A notification may be old: its client has left, and a new client may have the same descriptor.
# Then the step finds nothing to do. Any process of this user can queue a signal with any number
# in it, which need not be a client's.
def serve_client(fd: int) -> None:
    if fd not in clients:
        return
    for _ in range(STEPS):
        match lab.echo_step(clients[fd]):
            case lab.ECHOED:
                pass
            case lab.WOULD_BLOCK:
                return
            case lab.STUCK:
                watched.modify(fd, select.POLLOUT)
            case lab.FLUSHED:
                watched.modify(fd, select.POLLIN)
            case lab.CLOSED:
                remove_client(fd)
                return
    queue_notification(fd)


# Bytes that arrived before notifications were enabled cause no signal: check the client once
# without a signal.
def add_client(client: socket) -> None:
    fd = client.fileno()
    try:
        enable_notifications(fd)
    except OSError:
        lab.refuse_client(client, "ENOMEM", fd)
        return
    clients[fd] = client
    serve_client(fd)


# Clients beyond one batch cause no new signal: queue one for them.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NO_CLIENT:
            return
        if client is lab.REFUSED:
            continue
        add_client(client)
    queue_notification(listener.fileno())


# Notifications were lost, and the kernel does not report which ones. Empty the queue: its
# signals are older than the result of poll. Ignoring a signal discards all queued instances of
# it. Then check all clients with one poll.
def poll_clients(listener: socket) -> None:
    signal.signal(NOTIFY, signal.SIG_IGN)
    signal.signal(NOTIFY, signal.SIG_DFL)
    for fd, _ in watched.poll(0):
        if fd == listener.fileno():
            accept_clients(listener)
        else:
            serve_client(fd)


def main() -> None:
    lab.obey_signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    signals = (ctypes.c_ulong * 16)(sum(1 << (number - 1) for number in SIGNALS))
    listener = lab.open_listener(blocking=False)
    enable_notifications(listener.fileno())
    lab.say_ready(listener, "sigio")
    queue_notification(listener.fileno())  # for a client that came before

    info = Siginfo()
    while True:
        number = libc.sigwaitinfo(signals, ctypes.byref(info))
        if number == -1:
            continue  # EINTR, the only error that can occur here
        if number == signal.SIGIO:
            poll_clients(listener)
        elif info.si_fd == listener.fileno():
            accept_clients(listener)
        else:
            serve_client(info.si_fd)


main()
