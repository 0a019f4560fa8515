"""lab.py: everything that does not change with the I/O model.

Code belongs in labs/<model>/server.py if it changes with the I/O model, and otherwise here.
lab.c is the C twin: same names, same order.
"""

import ctypes
import errno
import os
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from enum import Enum
from typing import Final, Literal, NoReturn

# How many clients one wake-up may accept. Without a bound, a burst of new clients would delay
# the clients that are already connected.
ACCEPT_BATCH: Final = 64


class NotAccepted(Enum):
    """What accept_client returns instead of a socket."""

    NO_CLIENT = -1  # the listen queue is empty
    REFUSED = -2  # this client was refused or has left; more may wait


NO_CLIENT: Final = NotAccepted.NO_CLIENT
REFUSED: Final = NotAccepted.REFUSED

# What echo_step did. It decides which event the server waits for next.
ECHOED: Final = 0  # bytes were received and sent back; there may be more
WOULD_BLOCK: Final = 1  # the call would block: wait for the same event again
STUCK: Final = 2  # the client does not read: wait until the socket is writable
FLUSHED: Final = 3  # the pending bytes are sent: wait until the socket is readable
CLOSED: Final = 4  # the client has left or its connection is lost: close it


def die(error: OSError, call: str) -> NoReturn:
    """Report on stderr which system call failed and why, and exit with status 1."""
    sys.exit(f"{call}: {error.strerror}")


# ---- Start and end ---------------------------------------------------------------


# The functions of the C library, by their names.
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def obey_signals() -> None:
    """The first process of a container is PID 1 of its namespace. The kernel applies no default
    action of a signal to PID 1, so SIGTERM needs a handler. SIGPIPE is ignored: send to a
    client that has left then fails with EPIPE.

    A handler written in Python would run late: the handler of CPython only sets a flag, and
    Python checks the flag between two bytecodes. A signal after this check and before a system
    call that sleeps would be noticed when that call returns, which may be never. So the handler
    is quick_exit of C, which a signal handler may call. Here it calls _exit(0).
    """
    libc["__cxa_at_quick_exit"](libc["_exit"], None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # asyncio replaces a handler that is Python's own
        libc.signal(number, libc.quick_exit)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def follow_parent(parent: int) -> None:
    """Called in a child process: the kernel kills it when its parent dies. If the parent died
    before this prctl, the child already has another parent, and exits.
    """
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL)) == -1:
        number = ctypes.get_errno()
        die(OSError(number, os.strerror(number)), "prctl")
    if os.getppid() != parent:
        os._exit(0)


# A reserved descriptor, for use when there is no other: see accept_with_spare.
spare = -1


def open_spare() -> int:
    """Open the spare descriptor. On failure spare is -1 and the return value is the errno."""
    global spare  # noqa: PLW0603 (one process, one spare)
    try:
        spare = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        spare = -1
        return error.errno or errno.EIO
    return 0


def read_setting(name: str, otherwise: int) -> int:
    """Read a whole number up to 65535 from the environment. Another value is a user error: exit
    2.
    """
    text = os.environ.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        print(f"{name}={text}: expected a whole number from 0 to 65535", file=sys.stderr)
        sys.exit(2)
    return int(text)


def open_listener(*, blocking: bool) -> socket.socket:
    """Open a socket that listens on PORT. blocking is False for the models that are notified of
    new clients. A client may leave between the notification and accept. A blocking accept would
    then sleep until another client comes, and all connected clients would wait.
    """
    address = ("0.0.0.0", read_setting("PORT", 9000))
    backlog = read_setting("BACKLOG", 4096)

    try:
        call = "socket"
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setblocking(blocking)
        # Allow an immediate restart, even while connections of the previous run are in
        # TIME_WAIT.
        call = "setsockopt"
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Send small replies at once (without the Nagle algorithm). On Linux an accepted socket
        # inherits this option from its listener, which saves one call for each client.
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
    """With PORT=0 the kernel chose the port, so ask for its number. print flushes: the line is
    written before the next statement runs.
    """
    port = listener.getsockname()[1]
    print(f"READY port={port} model={model}", flush=True)


# ---- Accept and refuse clients ---------------------------------------------------

# Every client that arrives gets a number, whether it is refused or not.
arrivals = 0
last_refused = -1


def is_shortage(error: OSError) -> bool:
    """accept4 has failed because this process or the machine has no descriptor or memory left."""
    return error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def accept_with_spare(
    listener: socket.socket, *, blocking: bool
) -> socket.socket | Literal[NotAccepted.NO_CLIENT, NotAccepted.REFUSED]:
    """The kernel looks for a free descriptor before it looks at the listen queue. At the descriptor
    limit accept therefore fails even if no client waits. A client that waits stays in the
    listen queue, the listener stays readable, and a loop that only tries again would spin. So close
    the spare descriptor, accept a client with it, close that client, and open the spare again.
    """
    global arrivals  # noqa: PLW0603
    if spare != -1:
        os.close(spare)
    try:
        client, _ = listener.accept()
    except BlockingIOError:
        open_spare()
        return NO_CLIENT
    except OSError as error:
        open_spare()
        if is_shortage(error):
            time.sleep(0.01)  # of the whole machine: wait, because a loop would spin
        return REFUSED
    arrivals += 1
    failure = open_spare()
    if not failure:
        client.setblocking(blocking)
        return client  # a client has left since: there is room for both

    if failure == errno.EMFILE:
        refuse_client(client, "EMFILE", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    else:
        refuse_client(client, "ENFILE", client.fileno())
    open_spare()  # if it fails, the next refusal tries again
    return REFUSED


def accept_client(
    listener: socket.socket, *, blocking: bool
) -> socket.socket | Literal[NotAccepted.NO_CLIENT, NotAccepted.REFUSED]:
    """Accept the next client: its socket, NO_CLIENT or REFUSED."""
    global arrivals  # noqa: PLW0603
    try:
        client, _ = listener.accept()
    except BlockingIOError:
        return NO_CLIENT
    except OSError as error:
        if is_shortage(error):
            return accept_with_spare(listener, blocking=blocking)
        if error.errno in (errno.EBADF, errno.EINVAL, errno.ENOTSOCK):
            die(error, "accept")  # an error in this program
        return REFUSED  # an error of this connection: accept(2), "Error handling"
    arrivals += 1
    client.setblocking(blocking)
    return client


def refuse_client(client: socket.socket, limit: str, number: int) -> None:
    """Close the client at once and print the limit. If the previous client was refused as well,
    print nothing: a series of refusals makes one line.
    """
    global last_refused  # noqa: PLW0603
    close_client(client)
    if last_refused + 1 != arrivals:
        # Not checked: if no process reads this line, the server still serves its other clients.
        with suppress(OSError):
            print(f"REFUSED limit={limit} fd={number}", flush=True)
    last_refused = arrivals


# ---- Echo, for the models with readiness notification ----------------------------

# Bytes from a client that could not be sent back yet. Only a client that does not read has
# pending bytes, and the server does not receive from a client that has some. So they never
# exceed one buffer, and TCP flow control stops the client from sending more.
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
    """Do one step for one ready socket: one recv and one send. The buffer exists only during
    this call, so an idle client uses none. A client has no pending bytes at EOF, because the
    server receives only after it has sent the pending bytes. So EOF needs no code that flushes
    them.
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
    """Close a client and drop its pending bytes."""
    pending.pop(client, None)
    client.close()


# ---- Echo, for the models that block in the call ---------------------------------


def echo_until_closed(client: socket.socket) -> None:
    """Serve one client until it leaves. recv sleeps until bytes arrive, send until there is
    room.
    """
    try:
        while received := client.recv(16 * 1024):
            client.sendall(received)
    except OSError:
        return  # the connection is lost
