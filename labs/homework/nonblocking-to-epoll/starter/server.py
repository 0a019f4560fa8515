"""nonblocking-to-epoll: an echo server that works, and uses a whole CPU even while no client says
anything. Mend it: the thread must sleep in epoll.poll. README.md says what is checked.
"""

import errno
import os
import resource
import signal
import socket
import sys
import time

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
    print(f"READY port={listener.getsockname()[1]} model=nonblocking", flush=True)


# ---- The clients ----------------------------------------------------------------------

ACCEPT_BATCH = 64
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
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.clients: set[socket.socket] = set()
        # Bytes that were received and not sent back yet. Only a client that does not read has some,
        # and the server receives nothing from it before they are sent: at most one buffer.
        self.pending: dict[socket.socket, memoryview] = {}
        self.spare = reserve()
        self.refused_last = False  # a series of refusals makes one line

    def run(self) -> None:
        """Serve for ever."""
        # Your work begins here. No call of this loop ever sleeps: it tries to accept, and it tries
        # each client, again and again. Nearly all of these calls fail with EAGAIN.
        #
        # 1. Give the kernel the list: select.epoll(), then register for the listener and for each
        #    client. poll() sleeps until a socket of the list is ready.
        # 2. An event brings the number of a descriptor: keep a dict that leads from it to the
        #    client.
        # 3. A client with pending bytes waits for something else than the other clients. For what,
        #    and where must the server say so to the kernel? If it does not, the loop spins as
        #    before as soon as one client does not read, or that client never gets its bytes.
        # 4. All the rest of the server can stay as it is.
        while True:
            self.accept_clients()
            for client in tuple(self.clients):
                self.serve(client)

    def serve(self, client: socket.socket) -> None:
        pending = self.pending.get(client)
        if not (self.echo(client) if pending is None else self.reply(client, pending)):
            self.close(client)

    def add(self, client: socket.socket) -> None:
        self.clients.add(client)
        self.refused_last = False

    def close(self, client: socket.socket) -> None:
        self.clients.discard(client)
        self.pending.pop(client, None)
        client.close()

    # ---- Echo -----------------------------------------------------------------------------

    def echo(self, client: socket.socket) -> bool:
        """One recv and one send, then the next client: a client that sends without end delays no
        other for long. The buffer exists during this call only, so an idle client has none. False:
        the client has sent its last byte, or its connection is lost. At EOF nothing is pending:
        pending bytes are sent first.
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
            self.pending[client] = data[sent:]
        else:
            self.pending.pop(client, None)
        return True

    # ---- Accept and refuse ----------------------------------------------------------------

    def accept_clients(self) -> None:
        """At most one batch: the clients that are connected do not wait for a crowd that arrives.
        Further clients wait for the next round.
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
        """At the descriptor limit accept fails, and the client stays in the listen queue.
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
                time.sleep(0.01)  # of the whole machine: trying again at once is in vain
        else:
            if error == errno.EMFILE:
                self.refuse(client, "EMFILE", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            else:
                self.refuse(client, "ENFILE", client.fileno())
        self.spare = reserve()
        return waits


def main() -> None:
    obey_signals()
    listener = open_listener()
    listener.setblocking(False)
    server = Server(listener)
    say_ready(listener)
    server.run()


main()
