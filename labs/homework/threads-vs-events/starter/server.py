"""threads-vs-events: an echo server that works, with a thread for each client. Make it serve
thousands of clients with a handful of threads. README.md says what is checked.
"""

import errno
import os
import resource
import signal
import socket
import sys
from threading import Thread

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
    print(f"READY port={listener.getsockname()[1]} model=thread", flush=True)


# ---- A thread for each client ---------------------------------------------------------


def serve_client(client: socket.socket) -> None:
    """recv sleeps until bytes arrive, sendall until all of them are sent. Where this client stands
    (what was received, what of it is sent) is in the variables of these functions: on the thread's
    own stack.
    """
    try:
        while received := client.recv(16 * 1024):
            client.sendall(received)
    except OSError:
        pass  # the connection is lost
    client.close()


# ---- Accept and refuse ------------------------------------------------------------------


def reserve() -> int:
    """A descriptor for use when there is no other. -1: there is none."""
    try:
        return os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


class Server:
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.spare = reserve()
        self.refused_last = False  # a series of refusals makes one line

    def run(self) -> None:
        """Serve for ever."""
        # Your work begins here. The scheduler of the kernel does for this server what you now do
        # yourself: it notices which client has bytes, and goes on with that client where it
        # stopped.
        #
        # 1. Let one thread wait for all clients: select, poll or epoll of the module select. (Which
        #    of them can hold thousands?) A few threads with a loop each are allowed as well.
        # 2. No call but that one may sleep: setblocking(False) for the listener and each client.
        # 3. send may take a part of the bytes, and returns how many (sendall does not work here).
        #    sendall remembered the rest on its stack. Where is the rest now? Keep it for that
        #    client, wait until its socket is writable, and receive nothing from it before the rest
        #    is sent.
        # 4. An idle client has no rest, and needs no buffer.
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self.refuse_with_spare()
                continue
            try:
                Thread(target=serve_client, args=(client,), daemon=True).start()
                self.refused_last = False
            except RuntimeError:
                self.refuse(client, "THREADS", client.fileno())

    def refuse(self, client: socket.socket, limit: str, number: int) -> None:
        client.close()
        if not self.refused_last:
            print(f"REFUSED limit={limit} fd={number}", flush=True)
        self.refused_last = True

    def refuse_with_spare(self) -> None:
        """At the descriptor limit accept fails, and the client stays in the listen queue. So give
        the spare descriptor to the client, close it at once, and reserve the spare again.
        """
        if self.spare != -1:
            os.close(self.spare)
        try:
            client, _ = self.listener.accept()
            self.refuse(client, "EMFILE", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        except OSError:
            pass  # this client has left
        self.spare = reserve()


def main() -> None:
    obey_signals()
    listener = open_listener()
    server = Server(listener)
    say_ready(listener)
    server.run()


main()
