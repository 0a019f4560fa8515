"""sigio: a queued signal for every change, and in it the descriptor that changed.

Wait:        the only thread sleeps inside sigwaitinfo, until a signal is queued
Copy:        the same thread, inside recv and send, after the signal
Idle client: no time; 8 bytes of an array that is read only when signals were lost
Ceiling:     descriptors (EMFILE); past RLIMIT_SIGPENDING signals are lost, and all are polled
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

# A change comes as NEWS, a real-time signal: these queue up, one for each change, and
# carry the descriptor. When the queue is full the kernel sends one plain SIGIO, which
# carries nothing and means: some news is lost. Both stay blocked, so they interrupt no
# code; they wait in the queue until sigwaitinfo takes them out.
NEWS = signal.SIGRTMIN
SIGNALS = {NEWS, signal.SIGIO}

# News is of a change, not of a state (edge-triggered): go on until nothing is left to
# do. After so many steps without an end the others have their turn.
STEPS = 16

# poll reads the descriptors in it when news was lost.
watched = select.poll()
clients: dict[int, socket] = {}


class Siginfo(ctypes.Structure):
    """siginfo_t of <signal.h>, for signal.sigwaitinfo leaves si_fd out. On 64-bit Linux si_fd
    (from the kernel) and si_value (from sigqueue, for us) lie in the same place.
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


# Three calls for each client, because accept hands on none of this from the listener.
def ask_for_news(fd: int) -> None:
    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(fd, fcntl.F_SETSIG, NEWS)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    watched.register(fd, select.POLLIN)


# Put a descriptor at the end of the queue ourselves; if there is no room, SIGIO it is.
def come_back_to(fd: int) -> None:
    if libc.sigqueue(os.getpid(), NEWS, fd) == 0:
        return
    signal.raise_signal(signal.SIGIO)


def remove_client(fd: int) -> None:
    watched.unregister(fd)
    lab.close_client(clients.pop(fd))


# News may be old, its client gone and the number given to another: a look in vain.
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
    come_back_to(fd)


# What arrived before we asked for news is no news: look once without a signal.
def add_client(client: socket) -> None:
    fd = client.fileno()
    try:
        ask_for_news(fd)
    except OSError:
        lab.refuse_client(client, "ENOMEM", fd)
        return
    clients[fd] = client
    serve_client(fd)


# If there are more than one batch, no new signal tells of them: come back.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NOBODY:
            return
        if client is lab.REFUSED:
            continue
        add_client(client)
    come_back_to(listener.fileno())


# News was lost, and nobody knows whose. Empty the queue (to ignore a signal discards all
# of them): it is older than what poll will say. Then poll everybody, once.
def catch_up(listener: socket) -> None:
    signal.signal(NEWS, signal.SIG_IGN)
    signal.signal(NEWS, signal.SIG_DFL)
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
    ask_for_news(listener.fileno())
    lab.say_ready(listener, "sigio")
    come_back_to(listener.fileno())  # somebody may have come before we asked for news

    news = Siginfo()
    while True:
        number = libc.sigwaitinfo(signals, ctypes.byref(news))
        if number == -1:
            continue  # EINTR: nothing else can go wrong with it
        if number == signal.SIGIO:
            catch_up(listener)
        elif news.si_fd == listener.fileno():
            accept_clients(listener)
        else:
            serve_client(news.si_fd)


main()
