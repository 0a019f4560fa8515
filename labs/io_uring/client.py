"""client.py: the state of a client, and the requests made for it. client.c is the twin."""

import ctypes
import select
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from socket import SOCK_CLOEXEC, socket

import ring


# A client is closed only when the kernel holds none of its requests: their results would
# otherwise refer to freed memory.
@dataclass(slots=True)
class Client:
    """In C a client is a struct of 24 bytes, for which malloc takes 32."""

    socket: socket
    number: int
    waiting: deque[bytes] = field(default_factory=deque)  # received and not yet sent
    message: bytes = b""  # what the kernel is sending; it must stay where it is
    receiving: bool = False  # these three: requests that the kernel holds
    sending: bool = False
    cancelling: bool = False
    ended: bool = False  # no more bytes: EOF, or the connection is lost


# The label of a request, which its result carries: the client's number and, in the three lowest
# bits, the kind of request.
class Kind(IntEnum):
    ACCEPT = 0
    POLL = 1
    RECEIVE = 2
    SEND = 3
    CANCEL = 4


REQUEST = 7

# The maximum number of buffers in one message.
PARTS = 64


def label(request: ring.Request, number: int, kind: Kind) -> None:
    request.user_data = number << 3 | kind


# Multishot: one request yields a result for each new client, until a result without F_MORE.
def start_accept(listener: socket) -> None:
    request = ring.next_request()
    request.opcode = ring.ACCEPT
    request.ioprio = ring.ACCEPT_MULTISHOT
    request.fd = listener.fileno()
    request.op_flags = SOCK_CLOEXEC
    label(request, 0, Kind.ACCEPT)


# At the descriptor limit an accept fails at once, whether a client waits or not. To request
# accept again and again would spin. So request a poll, which completes when a client waits.
def start_poll(listener: socket) -> None:
    request = ring.next_request()
    request.opcode = ring.POLL_ADD
    request.fd = listener.fileno()
    request.op_flags = select.POLLIN
    label(request, 0, Kind.POLL)


# Multishot as well. The request names no buffer, only the buffer ring from which the kernel
# takes one.
def start_receive(client: Client) -> None:
    request = ring.next_request()
    request.opcode = ring.RECV
    request.ioprio = ring.RECV_MULTISHOT
    request.fd = client.socket.fileno()
    request.flags = ring.BUFFER_SELECT
    label(request, client.number, Kind.RECEIVE)
    client.receiving = True


# One send at a time for each client, because two sends that wait for the same socket could
# overtake each other. One message contains all buffers of the client, up to PARTS of them.
def start_send(client: Client) -> None:
    if not client.message:
        parts = min(PARTS, len(client.waiting))
        client.message = b"".join([client.waiting.popleft() for _ in range(parts)])
    request = ring.next_request()
    request.opcode = ring.SEND
    request.fd = client.socket.fileno()
    request.addr = ctypes.cast(ctypes.c_char_p(client.message), ctypes.c_void_p).value or 0
    request.len = len(client.message)
    label(request, client.number, Kind.SEND)
    client.sending = True


# More bytes have arrived than one buffer holds, and the first are not sent yet: receive no more
# until they are. So this costs a client that reads as well, if its messages need two buffers.
def cancel_receive(client: Client) -> None:
    request = ring.next_request()
    request.opcode = ring.ASYNC_CANCEL
    request.addr = client.number << 3 | Kind.RECEIVE
    label(request, client.number, Kind.CANCEL)
    client.cancelling = True
