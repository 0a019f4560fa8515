"""posix_aio: start a read and continue; a signal reports when the bytes are in the buffer.

Wait:        one helper thread of glibc per operation, inside read; the main thread, for a signal
Copy:        the helper thread, into and out of the client's buffer, before the signal
Idle client: a buffer and a request, for the read in progress, and one of the 20 helper threads
Ceiling:     20 operations at once (aio_init sets it): the read of the 21st idle client waits
"""

import ctypes
import os
import resource
import signal
import sys
from ctypes import c_byte, c_char, c_int, c_size_t, c_ssize_t, c_void_p
from pathlib import Path
from socket import socket
from threading import Thread

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The Linux kernel has no POSIX AIO for sockets. glibc emulates it with threads: each thread
# takes a request from a list and makes a blocking read or write. When all 20 threads sleep in
# read, the other requests stay on the list, and no call reports it. With one thread for each
# client this would be the model of labs/thread.

DONE = signal.SIGRTMIN  # queued when an operation is complete; carries the client's address
SIGEV_SIGNAL = 0
SI_ASYNCIO = -4

# An operation needs its buffer from the start, although the client may be idle for hours.
BUFFER_SIZE = 4 * 1024


# Python has no POSIX AIO. These are the structures of <aio.h> and <signal.h> in 64-bit glibc.
class Aiocb(ctypes.Structure):
    """struct aiocb, with its struct sigevent from sigev_value to sigev_notify."""

    aio_fildes: int
    aio_buf: int
    aio_nbytes: int
    sigev_value: int
    sigev_signo: int
    sigev_notify: int
    _fields_ = (
        ("aio_fildes", c_int), ("aio_lio_opcode", c_int), ("aio_reqprio", c_int),
        ("aio_buf", c_void_p), ("aio_nbytes", c_size_t),
        ("sigev_value", c_void_p), ("sigev_signo", c_int), ("sigev_notify", c_int),
        ("rest", c_byte * (48 + 72)),
    )  # fmt: skip


class Siginfo(ctypes.Structure):
    """siginfo_t: signal.sigwaitinfo of Python does not return si_value."""

    si_code: int
    si_pid: int
    si_value: int
    _fields_ = (
        ("head", c_byte * 8), ("si_code", c_int), ("gap", c_int), ("si_pid", c_int),
        ("si_uid", c_int), ("si_value", c_void_p), ("rest", c_byte * 96),
    )  # fmt: skip


class Client(ctypes.Structure):
    """Allocated by ctypes, because glibc's threads write to it: it must neither move nor be
    freed before they have finished.
    """

    socket: socket
    start: int
    to: int
    operation: Aiocb
    _fields_ = (("operation", Aiocb), ("bytes", c_char * BUFFER_SIZE))


libc = ctypes.CDLL(None, use_errno=True)
libc.aio_return.restype = c_ssize_t

# Each client may have one signal in the queue. When the queue is full, glibc drops the
# notification of a completed operation and replaces its result by EAGAIN, and its client would
# wait forever. So the server accepts no more clients than the queue has places.
clients: dict[int, Client] = {}
places, _ = resource.getrlimit(resource.RLIMIT_SIGPENDING)


def remove_client(client: Client) -> None:
    lab.close_client(client.socket)
    del clients[ctypes.addressof(client)]


def start_read(client: Client) -> None:
    client.start = client.to = 0
    client.operation.aio_buf = ctypes.addressof(client) + Client.bytes.offset
    client.operation.aio_nbytes = BUFFER_SIZE
    if libc.aio_read(ctypes.byref(client.operation)) == -1:
        remove_client(client)


def start_write(client: Client) -> None:
    client.operation.aio_buf = ctypes.addressof(client) + Client.bytes.offset + client.start
    client.operation.aio_nbytes = client.to - client.start
    if libc.aio_write(ctypes.byref(client.operation)) == -1:
        remove_client(client)


def add_client(newcomer: socket) -> None:
    if places != resource.RLIM_INFINITY and len(clients) >= places:
        lab.refuse_client(newcomer, "SIGPENDING", newcomer.fileno())
        return
    client = Client()
    client.socket = newcomer
    clients[ctypes.addressof(client)] = client
    client.operation.aio_fildes = newcomer.fileno()
    client.operation.sigev_notify = SIGEV_SIGNAL
    client.operation.sigev_signo = DONE
    client.operation.sigev_value = ctypes.addressof(client)
    start_read(client)


# POSIX AIO has no accept, only read, write and fsync. So a separate thread accepts clients.
def accept_clients(listener: socket) -> None:
    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is not lab.NO_CLIENT and client is not lab.REFUSED:
            add_client(client)


# The operation is complete. After a read, write; after a write, write the rest or read again.
def serve_client(client: Client) -> None:
    error = libc.aio_error(ctypes.byref(client.operation))
    length = libc.aio_return(ctypes.byref(client.operation))
    if error != 0 or length == 0:
        remove_client(client)
        return
    if client.to == 0:
        client.to = length
    else:
        client.start += length
    if client.start < client.to:
        start_write(client)
    else:
        start_read(client)


def main() -> None:
    lab.obey_signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, {DONE})
    signals = (ctypes.c_ulong * 16)(1 << (DONE - 1))
    # 20 is the default of glibc. AIO_THREADS sets another number.
    threads = lab.read_setting("AIO_THREADS", 20)
    libc.aio_init(ctypes.byref((c_int * 8)(threads, 0, 0, 0, 0, 0, 1)))
    listener = lab.open_listener(blocking=True)
    Thread(target=accept_clients, args=(listener,), daemon=True).start()
    lab.say_ready(listener, "posix_aio")

    done = Siginfo()
    while True:
        if libc.sigwaitinfo(signals, ctypes.byref(done)) == -1:
            continue  # EINTR, the only error that can occur here
        # Any process of this user can send this signal, but only glibc's carry a client.
        if done.si_code == SI_ASYNCIO and done.si_pid == os.getpid():
            serve_client(clients[done.si_value])


main()
