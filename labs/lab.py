"""lab.py: everything that does not change with the I/O model.

A line belongs in labs/<model>/server.py if it would change when the I/O model
changes, and otherwise here. lab.c is the twin: same names, same order.
"""

import errno
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from enum import Enum
from typing import Final, Literal, NoReturn

# How many clients one wake-up may accept. Without a bound, a crowd of new clients
# would keep those who are already connected waiting.
ACCEPT_BATCH: Final = 64


class Nothing(Enum):
    """What accept_client returns when it has no socket to give."""

    NOBODY = -1  # the backlog is empty
    REFUSED = -2  # this one was turned away or is gone; others may be waiting


NOBODY: Final = Nothing.NOBODY
REFUSED: Final = Nothing.REFUSED

# What echo_step did, and so what the server has to wait for next.
ECHOED: Final = 0  # bytes came and went back; there may be more
WOULD_BLOCK: Final = 1  # nothing can be done now: go on waiting for the same thing
STUCK: Final = 2  # the client does not read: wait until the socket is writable
FLUSHED: Final = 3  # the pending bytes have left: wait until it is readable again
CLOSED: Final = 4  # the client is gone: forget it


def die(error: OSError, call: str) -> NoReturn:
    """Say which system call failed and why, and leave."""
    sys.exit(f"{call}: {error.strerror}")


# ---- Life and death --------------------------------------------------------------


def leave(_number: int, _frame: object) -> NoReturn:
    """Python runs this between two bytecodes of the main thread; a signal wakes it there."""
    os._exit(0)


def obey_signals() -> None:
    """The first process of a container is PID 1 of its namespace, and for PID 1 a signal
    has no default action: without a handler SIGTERM would do nothing at all.
    SIGPIPE is ignored so that writing to a client who left is an error, not a death.
    """
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


# A descriptor held back for the day there are no others: see accept_with_spare.
spare = -1


def open_spare() -> int:
    """Take it, or take it back. If that fails, spare is -1 and the answer says why."""
    global spare  # noqa: PLW0603 (one process, one spare)
    try:
        spare = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        spare = -1
        return error.errno or errno.EIO
    return 0


def read_setting(name: str, otherwise: int) -> int:
    """A whole number from the environment; a bad one is the user's mistake: exit 2."""
    text = os.environ.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        print(f"{name}={text}: expected a whole number from 0 to 65535", file=sys.stderr)
        sys.exit(2)
    return int(text)


def open_listener(*, blocking: bool) -> socket.socket:
    """A socket that listens on PORT. It does not block for the models that are told about
    new clients: between the news and the accept a client may have left again, and a
    blocking accept would then keep everybody waiting for the next one.
    """
    address = ("0.0.0.0", read_setting("PORT", 9000))
    backlog = read_setting("BACKLOG", 4096)

    try:
        call = "socket"
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setblocking(blocking)
        # Start again at once, even while connections of the last run are in TIME_WAIT.
        call = "setsockopt"
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Send small answers at once (no Nagle). On Linux every accepted socket inherits
        # this from its listener, which saves one call for each client.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        call = "bind"
        listener.bind(address)
        call = "listen"
        listener.listen(backlog)
    except OSError as error:
        die(error, call)
    if failure := open_spare():
        die(OSError(failure, os.strerror(failure)), "open")
    return listener


def say_ready(listener: socket.socket, model: str) -> None:
    """With PORT=0 the kernel chose the port: ask which. The line is flushed, so it is out
    before the next statement runs.
    """
    port = listener.getsockname()[1]
    print(f"READY port={port} model={model}", flush=True)


# ---- Clients come and go ---------------------------------------------------------

# Every client who comes has a number, refused or not.
arrivals = 0
last_refused = -1


def accept_with_spare(
    listener: socket.socket, *, blocking: bool
) -> socket.socket | Literal[Nothing.NOBODY, Nothing.REFUSED]:
    """The kernel looks for a free descriptor before it looks at the backlog. So at the
    limit accept fails whether anybody waits or not, the client stays in the backlog, the
    listener stays readable, and a loop that only goes on would spin. The way out: give up
    the spare descriptor, accept with it, close the client, and take the spare back.
    """
    global arrivals  # noqa: PLW0603
    if spare != -1:
        os.close(spare)
    try:
        client, _ = listener.accept()
    except BlockingIOError:
        open_spare()
        return NOBODY
    except OSError:
        # Not this process but the whole machine is out of files or memory. Nothing
        # here can help: let it rest a moment, which also lets nobody spin.
        open_spare()
        select.select([], [], [], 0.01)
        return REFUSED
    arrivals += 1
    failure = open_spare()
    if not failure:
        client.setblocking(blocking)
        return client  # meanwhile another client left: there is room for both

    if failure == errno.EMFILE:
        refuse_client(client, "EMFILE", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    else:
        refuse_client(client, "ENFILE", client.fileno())
    open_spare()  # if it fails, the next refusal tries again
    return REFUSED


def accept_client(
    listener: socket.socket, *, blocking: bool
) -> socket.socket | Literal[Nothing.NOBODY, Nothing.REFUSED]:
    """The next client's socket, or NOBODY, or REFUSED."""
    global arrivals  # noqa: PLW0603
    try:
        client, _ = listener.accept()
    except BlockingIOError:
        return NOBODY
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            return accept_with_spare(listener, blocking=blocking)
        if error.errno in (errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP):
            die(error, "accept")  # our own mistake
        return REFUSED  # the client's network failed before we came
    arrivals += 1
    client.setblocking(blocking)
    return client


def refuse_client(client: socket.socket, limit: str, number: int) -> None:
    """Close the client at once and say which limit was met. It is said once: silence if the
    client who came just before was refused as well, so a crowd fills no log.
    """
    global last_refused  # noqa: PLW0603
    close_client(client)
    if last_refused + 1 != arrivals:
        # Unchecked: should nobody read our output, the other clients still want service.
        with suppress(OSError):
            print(f"REFUSED limit={limit} fd={number}", flush=True)
    last_refused = arrivals


# ---- Echo, for the models that are told when a socket is ready -------------------

# Bytes that a client has sent and has not yet taken back. Only a client who does not
# read has any; and while it has, nothing more is read from it. So they are never more
# than one buffer, and TCP's own flow control makes the client wait.
pending: dict[socket.socket, memoryview] = {}


def flush_pending(client: socket.socket) -> int:
    try:
        sent = client.send(pending[client])
    except BlockingIOError:
        return WOULD_BLOCK
    except OSError:
        return CLOSED
    if sent < len(pending[client]):
        pending[client] = pending[client][sent:]
        return WOULD_BLOCK
    del pending[client]
    return FLUSHED


def echo_step(client: socket.socket) -> int:  # noqa: PLR0911 (every outcome is one return)
    """One step for one ready socket: one recv and one send. The buffer lives only as long
    as this call, so an idle client costs none. A client who says EOF has nothing pending,
    because nothing is read before what is pending has left: flush, then close, needs no
    code of its own.
    """
    if client in pending:
        return flush_pending(client)

    try:
        received = client.recv(64 * 1024)
    except BlockingIOError:
        return WOULD_BLOCK
    except OSError:
        return CLOSED
    if not received:
        return CLOSED
    try:
        sent = client.send(received)
    except BlockingIOError:
        sent = 0
    except OSError:
        return CLOSED
    if sent == len(received):
        return ECHOED
    pending[client] = memoryview(received)[sent:]
    return STUCK


def close_client(client: socket.socket) -> None:
    """Close a client, and forget what it did not take."""
    pending.pop(client, None)
    client.close()


# ---- Echo, for the models that wait in the call ----------------------------------


def echo_until_closed(client: socket.socket) -> None:
    """Serve one client until it leaves. recv sleeps until it speaks, send until there is room.
    Python itself goes on after EINTR, and sendall after a short send.
    """
    try:
        while received := client.recv(16 * 1024):
            client.sendall(received)
    except OSError:
        return  # the connection is lost
