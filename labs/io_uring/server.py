"""io_uring: write requests to one ring shared with the kernel, read results from another ring.

Wait:        the only thread sleeps inside io_uring_enter, until an operation is complete
Copy:        kernel code on the same thread's CPU time, inside io_uring_enter and before the
             notification, into a buffer that the kernel picks when the bytes arrive
Idle client: 32 bytes (in Python an object), and a request in the kernel; no buffer, no CPU time
Ceiling:     descriptors (EMFILE); needs Linux 5.19 (in Python 6.1) and leave for its three calls

Needs: io_uring
"""

import errno
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from socket import AF_INET, SHUT_RDWR, SOCK_STREAM, socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab
import ring
from client import (
    REQUEST,
    Client,
    Kind,
    cancel_receive,
    start_accept,
    start_poll,
    start_receive,
    start_send,
)

clients: dict[int, Client] = {}
numbers = count(1)


# Called after each result: make the requests that this client needs now.
def make_requests(client: Client) -> None:
    if not client.sending and (client.message or client.waiting):
        start_send(client)
    if not client.receiving and not client.ended and not client.message:
        start_receive(client)
    if client.waiting and client.receiving and not client.cancelling:
        cancel_receive(client)
    if client.receiving or client.sending or client.cancelling:
        return
    del clients[client.number]
    lab.close_client(client.socket)


def add_client(newcomer: socket) -> None:
    client = Client(newcomer, next(numbers))
    clients[client.number] = client
    make_requests(client)


# The connection is lost: shut it down, so that the requests in the kernel complete.
def abort_client(client: Client) -> None:
    client.ended = True
    with suppress(OSError):  # the connection may be lost already
        client.socket.shutdown(SHUT_RDWR)
    if not client.sending:
        client.message = b""
        client.waiting.clear()


# ENOBUFS: more messages arrived at once than there were buffers. By now the ring has new ones.
def handle_receive(client: Client, result: ring.Result) -> None:
    client.receiving = bool(result.flags & ring.F_MORE)
    data = ring.take_buffer(result) if result.flags & ring.F_BUFFER else b""
    if data:
        client.waiting.append(data)
    elif result.res == 0:
        client.ended = True
    elif -result.res not in (errno.ENOBUFS, errno.ECANCELED, errno.EINTR):
        abort_client(client)
    make_requests(client)


# A send may be partial: the next send takes the remaining bytes.
def handle_send(client: Client, length: int) -> None:
    client.sending = False
    if length < 0 and length != -errno.EINTR:
        abort_client(client)
    client.message = client.message[max(0, length) :]
    make_requests(client)


def handle_accept(listener: socket, result: ring.Result) -> None:
    if result.res >= 0:
        add_client(socket(AF_INET, SOCK_STREAM, fileno=result.res))
    if result.flags & ring.F_MORE:
        return
    if result.res >= 0 or -result.res in (errno.ECONNABORTED, errno.EINTR):
        start_accept(listener)
    else:
        start_poll(listener)


# A client waits after accept has failed. Call accept_client, which refuses the client and
# reports the limit, or accepts the client if a descriptor is free by now.
def handle_poll(listener: socket) -> None:
    room = False
    listener.setblocking(False)
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NO_CLIENT:
            break
        room = client is not lab.REFUSED
        if client is not lab.REFUSED:
            add_client(client)
    listener.setblocking(True)
    if room:
        start_accept(listener)
    else:
        start_poll(listener)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=True)  # the kernel waits only on a blocking socket
    ring.open_ring()
    start_accept(listener)
    lab.say_ready(listener, "io_uring")

    while True:
        ring.submit_and_wait()
        for result in ring.results():
            number, kind = result.user_data >> 3, result.user_data & REQUEST
            match kind:
                case Kind.ACCEPT:
                    handle_accept(listener, result)
                case Kind.POLL:
                    handle_poll(listener)
                case Kind.RECEIVE:
                    handle_receive(clients[number], result)
                case Kind.SEND:
                    handle_send(clients[number], result.res)
                case Kind.CANCEL:
                    clients[number].cancelling = False
                    make_requests(clients[number])


main()
