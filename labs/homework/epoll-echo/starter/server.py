"""epoll-echo: an echo server that serves one client at a time. Make it serve thousands of clients
with one thread, which sleeps nowhere but in epoll.poll. README.md says what is checked.
"""

import os
import signal
import socket
import sys

# ---- Given: how the server starts and ends ------------------------------------------


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
    """Open a socket that listens on PORT."""
    port, backlog = read_setting("PORT", 9000), read_setting("BACKLOG", 4096)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # TCP_NODELAY sends small replies at once. On Linux an accepted socket inherits it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind(("0.0.0.0", port))
    except OSError as error:
        sys.exit(f"bind: {error.strerror}")
    listener.listen(backlog)
    return listener


def say_ready(listener: socket.socket) -> None:
    """Say on stdout that clients may connect. With PORT=0 the kernel chose the port."""
    print(f"READY port={listener.getsockname()[1]} model=epoll", flush=True)


# ---- Yours ----------------------------------------------------------------------------


def echo_until_closed(client: socket.socket) -> None:
    """Serve one client until it leaves. recv sleeps until bytes arrive, sendall until all of them
    are sent.
    """
    try:
        while received := client.recv(16 * 1024):
            client.sendall(received)
    except OSError:
        return  # the connection is lost


def main() -> None:
    obey_signals()
    listener = open_listener()
    say_ready(listener)

    # Your work begins here. This loop sleeps in accept, and then in recv or sendall until its
    # client has left: every other client waits meanwhile.
    #
    # 1. select.epoll() makes an empty interest list. register adds the listener, and each client
    #    once, when it is accepted. An event brings the number of the descriptor: keep a dict that
    #    leads from it to the client.
    # 2. Each event of poll() is a ready descriptor. The listener: accept. A client: one recv, one
    #    send. No call but poll may sleep: setblocking(False) for the listener and for each client.
    # 3. send may take a part of the bytes, and returns how many (sendall does not work here). Keep
    #    the rest for that client, wait for EPOLLOUT instead of EPOLLIN (modify), and receive
    #    nothing from it before the rest is sent. A client that has no rest must not be watched for
    #    EPOLLOUT: its socket nearly always has room, and poll would return at once, for ever.
    # 4. At the descriptor limit accept fails with EMFILE, and the client stays in the listen queue:
    #    poll reports the listener again at once. The server must not spin: see README.md.
    while True:
        client, _ = listener.accept()
        echo_until_closed(client)
        client.close()


main()
