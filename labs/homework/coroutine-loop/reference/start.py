"""start.py: how the servers start, accept and end. Given: you need not change it."""

import os
import resource
import signal
import socket
import sys

LAST_FD = (
    resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1
)  # the highest descriptor that it may have

refusing = False  # whether the last client was refused: a series of refusals prints one line


def obey_signals() -> None:
    """SIGTERM and SIGINT end the server with status 0."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))


def read_setting(name: str, otherwise: int) -> int:
    """Read a whole number up to 65535 from the environment. Another value is a user error."""
    text = os.environ.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        print(f"{name}={text}: expected a whole number from 0 to 65535", file=sys.stderr)
        sys.exit(2)
    return int(text)


def open_listener() -> socket.socket:
    """Open a socket that listens on PORT. No call on it sleeps."""
    port, backlog = read_setting("PORT", 9000), read_setting("BACKLOG", 4096)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setblocking(False)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # TCP_NODELAY sends small replies at once. On Linux an accepted socket inherits it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind(("0.0.0.0", port))
    except OSError as error:
        sys.exit(f"bind: {error.strerror}")
    listener.listen(backlog)
    return listener


def say_ready(listener: socket.socket, model: str) -> None:
    """Say on stdout that clients may connect. With PORT=0 the kernel chose the port."""
    print(f"READY port={listener.getsockname()[1]} model={model}", flush=True)


def accept_client(listener: socket.socket) -> socket.socket | None:
    """The next client, None if none waits. accept takes the lowest free number: if that is the last
    one, no other is free, and the client is refused. Raises OSError if accept fails.
    """
    global refusing  # noqa: PLW0603 (one process, one listener)
    while True:
        try:
            client, _ = listener.accept()
        except BlockingIOError:
            return None
        except ConnectionAbortedError:
            continue
        if client.fileno() < LAST_FD:
            client.setblocking(False)
            refusing = False
            return client
        client.close()
        if not refusing:
            print(f"REFUSED limit=EMFILE fd={LAST_FD + 1}", flush=True)
        refusing = True
