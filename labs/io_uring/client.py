"""client.py: what is known of a client, and the requests made for it. client.c is the twin."""

import ctypes
import select
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from socket import SOCK_CLOEXEC, socket

import ring


# Closed only when the kernel has none of its requests: each would report to freed memory.
@dataclass(slots=True)
class Client:
    """Python's objects take more than 24 bytes."""

    socket: socket
    number: int
    waiting: deque[bytes] = field(default_factory=deque)  # received and not yet sent
    message: bytes = b""  # what the kernel is sending; it must stay where it is
    receiving: bool = False  # these three: requests that the kernel has
    sending: bool = False
    cancelling: bool = False
    ended: bool = False  # nothing more will come: EOF, or it is lost


# What a result is about: a client's number and, in the three lowest bits, the request.
class Kind(IntEnum):
    ACCEPT = 0
    KNOCK = 1
    RECEIVE = 2
    SEND = 3
    CANCEL = 4


REQUEST = 7

# How many buffers one message gathers.
PARTS = 64


def label(request: ring.Request, number: int, kind: Kind) -> None:
    request.user_data = number << 3 | kind


# Multishot: one request, a result for each client who comes, until a result says otherwise.
def start_accept(listener: socket) -> None:
    request = ring.next_request()
    request.opcode = ring.ACCEPT
    request.ioprio = ring.ACCEPT_MULTISHOT
    request.fd = listener.fileno()
    request.op_flags = SOCK_CLOEXEC
    label(request, 0, Kind.ACCEPT)


# Without a descriptor to give, an accept fails at once, whether or not anybody comes, and to
# ask for one again and again would be to spin: ask to be told when somebody knocks.
def await_knock(listener: socket) -> None:
    request = ring.next_request()
    request.opcode = ring.POLL_ADD
    request.fd = listener.fileno()
    request.op_flags = select.POLLIN
    label(request, 0, Kind.KNOCK)


# Multishot, too. It names no buffer, only the ring from which the kernel shall take one.
def start_receive(client: Client) -> None:
    request = ring.next_request()
    request.opcode = ring.RECV
    request.ioprio = ring.RECV_MULTISHOT
    request.fd = client.socket.fileno()
    request.flags = ring.BUFFER_SELECT
    label(request, client.number, Kind.RECEIVE)
    client.receiving = True


# One at a time, for two that wait for the same socket could overtake each other: all that
# we have for the client in one message.
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


# The client sends more than it reads: no more of it until what we have is gone.
def cancel_receive(client: Client) -> None:
    request = ring.next_request()
    request.opcode = ring.ASYNC_CANCEL
    request.addr = client.number << 3 | Kind.RECEIVE
    label(request, client.number, Kind.CANCEL)
    client.cancelling = True
