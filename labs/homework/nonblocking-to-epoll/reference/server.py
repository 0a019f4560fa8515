"""nonblocking-to-epoll, the reference: as the starter, but the thread sleeps in epoll.poll until a
client is ready.
"""

import errno
import os
import resource
import select
import signal
import socket
import sys
import time

# ---- Given: how the server starts and ends ------------------------------------------


def obey_signals() -> socket.socket:
    """The socket becomes readable at SIGTERM and SIGINT, and the loop waits for it as for a client.

    A handler that ended the server by itself would run too late: Python runs it between two
    bytecodes, and a signal that arrives just before the call that sleeps finds none.
    """
    here, there = socket.socketpair()
    there.setblocking(False)
    signal.set_wakeup_fd(there.detach())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return here


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


# ---- The clients ----------------------------------------------------------------------

ACCEPT_BATCH = 64
EVENTS = 256
BUFFER = 64 * 1024

SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""This process or the whole machine has no descriptor or memory left."""


def reserve() -> int:
    """A descriptor for use when there is no other. -1: there is none."""
    try:
        return os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


class Server:
    def __init__(self, listener: socket.socket, signals: socket.socket) -> None:
        self.listener = listener
        self.signals = signals
        # The kernel keeps the interest list. An event brings the number of the descriptor.
        self.epoll = select.epoll()
        self.epoll.register(listener, select.EPOLLIN)
        self.epoll.register(signals, select.EPOLLIN)
        self.clients: dict[int, socket.socket] = {}
        # Bytes that were received and not sent back yet. Only a client that does not read has some,
        # and the server receives nothing from it meanwhile: so they never exceed one buffer.
        self.pending: dict[socket.socket, memoryview] = {}
        self.spare = reserve()
        self.refused_last = False  # a series of refusals makes one line

    def run(self) -> None:
        """Serve until a signal comes. Idle clients are not searched: each event is a ready one."""
        while True:
            for fd, _ in self.epoll.poll(maxevents=EVENTS):
                if fd == self.signals.fileno():
                    return
                if fd == self.listener.fileno():
                    self.accept_clients()
                else:
                    self.serve(self.clients[fd])

    def serve(self, client: socket.socket) -> None:
        pending = self.pending.get(client)
        if not (self.echo(client) if pending is None else self.reply(client, pending)):
            self.close(client)

    def add(self, client: socket.socket) -> None:
        try:
            self.epoll.register(client, select.EPOLLIN)
        except OSError as error:
            limit = "max_user_watches" if error.errno == errno.ENOSPC else "ENOMEM"
            self.refuse(client, limit, client.fileno())
            return
        self.clients[client.fileno()] = client
        self.refused_last = False

    def close(self, client: socket.socket) -> None:
        """Closing the only descriptor of a socket also removes it from the interest list."""
        del self.clients[client.fileno()]
        self.pending.pop(client, None)
        client.close()

    # ---- Echo -----------------------------------------------------------------------------

    def echo(self, client: socket.socket) -> bool:
        """One recv and one send, then the next client: a client that sends without end delays no
        other for long. The buffer exists during this call only, so an idle client has none. False:
        the client has sent its last byte, or its connection is lost. At EOF nothing is pending,
        because the client was watched for bytes.
        """
        try:
            received = client.recv(BUFFER)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return received != b"" and self.reply(client, memoryview(received))

    def reply(self, client: socket.socket, data: memoryview) -> bool:
        """Send, keep what does not fit, and wait for room; if all fits, wait for bytes. False:
        the connection is lost.
        """
        try:
            sent = client.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False
        if sent < len(data):
            if client not in self.pending:
                self.epoll.modify(client, select.EPOLLOUT)
            self.pending[client] = data[sent:]
        elif client in self.pending:
            del self.pending[client]
            self.epoll.modify(client, select.EPOLLIN)
        return True

    # ---- Accept and refuse ----------------------------------------------------------------

    def accept_clients(self) -> None:
        """At most one batch: the clients that are connected do not wait for a crowd that arrives.
        Further clients wait for the next round, because the listener stays readable.
        """
        for _ in range(ACCEPT_BATCH):
            try:
                client, _ = self.listener.accept()
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    return
                if error.errno in SHORTAGE and not self.refuse_with_spare(error.errno):
                    return
            else:
                client.setblocking(False)
                self.add(client)

    def refuse(self, client: socket.socket, limit: str, number: int) -> None:
        client.close()
        if not self.refused_last:
            print(f"REFUSED limit={limit} fd={number}", flush=True)
        self.refused_last = True

    def refuse_with_spare(self, error: int) -> bool:
        """At the descriptor limit accept fails, and the client stays in the listen queue: the
        listener stays readable, and a loop that only tried again would spin.
        So give the spare descriptor to the client, close it at once, and reserve the spare again.
        False: no client waits.
        """
        if self.spare != -1:
            os.close(self.spare)
        waits = True
        try:
            client, _ = self.listener.accept()
        except OSError as failure:
            waits = failure.errno != errno.EAGAIN
            if failure.errno in SHORTAGE:
                time.sleep(0.01)  # of the whole machine: a loop would spin
        else:
            if error == errno.EMFILE:
                self.refuse(client, "EMFILE", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            else:
                self.refuse(client, "ENFILE", client.fileno())
        self.spare = reserve()
        return waits


def main() -> None:
    signals = obey_signals()
    listener = open_listener()
    listener.setblocking(False)
    server = Server(listener, signals)
    say_ready(listener)
    server.run()


main()
