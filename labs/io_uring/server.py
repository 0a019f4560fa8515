"""io_uring: write requests into one ring shared with the kernel, read results from another.

Wait:        the only thread sleeps inside io_uring_enter, until something is complete
Copy:        the kernel, before it reports, into a buffer that it picks when the bytes arrive
Idle client: 24 bytes, and a request in the kernel; no buffer and no time
Ceiling:     descriptors (EMFILE); needs Linux 5.19, and a sandbox that permits its three calls

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
    await_knock,
    cancel_receive,
    start_accept,
    start_receive,
    start_send,
)

clients: dict[int, Client] = {}
numbers = count(1)


# After each result: which requests does this client need now?
def go_on(client: Client) -> None:
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
    go_on(client)


# The connection is lost: let the requests that the kernel still has come to their ends.
def lose_client(client: Client) -> None:
    client.ended = True
    with suppress(OSError):  # it may be lost already
        client.socket.shutdown(SHUT_RDWR)
    if not client.sending:
        client.message = b""
        client.waiting.clear()


# ENOBUFS: more clients spoke at once than there are buffers. By now there are new ones.
def received(client: Client, result: ring.Result) -> None:
    client.receiving = bool(result.flags & ring.F_MORE)
    data = ring.take_buffer(result) if result.flags & ring.F_BUFFER else b""
    if data:
        client.waiting.append(data)
    elif result.res == 0:
        client.ended = True
    elif -result.res not in (errno.ENOBUFS, errno.ECANCELED, errno.EINTR):
        lose_client(client)
    go_on(client)


# A send may be short, as ever: what is left goes with the next one.
def sent(client: Client, length: int) -> None:
    client.sending = False
    if length < 0 and length != -errno.EINTR:
        lose_client(client)
    client.message = client.message[max(0, length) :]
    go_on(client)


def accepted(listener: socket, result: ring.Result) -> None:
    if result.res >= 0:
        add_client(socket(AF_INET, SOCK_STREAM, fileno=result.res))
    if result.flags & ring.F_MORE:
        return
    if result.res >= 0 or -result.res in (errno.ECONNABORTED, errno.EINTR):
        start_accept(listener)
    else:
        await_knock(listener)


# Turn away who knocks, in the old way, which says so. Perhaps there is room again meanwhile.
def knocked(listener: socket) -> None:
    room = False
    listener.setblocking(False)
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NOBODY:
            break
        room = client is not lab.REFUSED
        if client is not lab.REFUSED:
            add_client(client)
    listener.setblocking(True)
    if room:
        start_accept(listener)
    else:
        await_knock(listener)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=True)  # else the kernel would not wait on our behalf
    ring.open_ring()
    start_accept(listener)
    lab.say_ready(listener, "io_uring")

    while True:
        ring.submit_and_wait()
        for result in ring.results():
            number, kind = result.user_data >> 3, result.user_data & REQUEST
            match kind:
                case Kind.ACCEPT:
                    accepted(listener, result)
                case Kind.KNOCK:
                    knocked(listener)
                case Kind.RECEIVE:
                    received(clients[number], result)
                case Kind.SEND:
                    sent(clients[number], result.res)
                case Kind.CANCEL:
                    clients[number].cancelling = False
                    go_on(clients[number])


main()
