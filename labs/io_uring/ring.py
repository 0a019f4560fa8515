"""ring.py: the two rings, what this kernel can do with them, and the buffers.

ring.c is the twin. liburing.so.2 has only the functions that are no macros and not inline
in C: to fill in a request and to take a result is left to us, and so each is seen here as
what it is, a few numbers in shared memory. Those may be plain stores, without barriers,
because with DEFER_TASKRUN the kernel touches the rings only while this thread is inside it.
"""

import ctypes
import errno
import mmap
import os
import sys
from collections.abc import Iterator
from ctypes import POINTER, c_int32, c_uint8, c_uint16, c_uint32, c_uint64
from typing import Final, NoReturn

# The kernel fills at most 32 buffers of one client before it turns to the next, and when we
# ask it to stop it may have begun with 32 more: so a client can hold no more than 256 KiB.
REQUESTS: Final = 256
BUFFERS: Final = 256
BUFFER_SIZE: Final = 4096

# From <linux/io_uring.h>.
POLL_ADD, ACCEPT, ASYNC_CANCEL, SEND, RECV = 6, 13, 14, 26, 27  # IORING_OP_
BUFFER_SELECT = 1 << 5  # IOSQE_
ACCEPT_MULTISHOT, RECV_MULTISHOT = 1 << 0, 1 << 1  # in the field ioprio
F_BUFFER, F_MORE = 1 << 0, 1 << 1  # IORING_CQE_
SINGLE_ISSUER, DEFER_TASKRUN = 1 << 12, 1 << 13  # IORING_SETUP_


class Request(ctypes.Structure):
    """struct io_uring_sqe"""

    opcode: int
    flags: int
    ioprio: int
    fd: int
    addr: int
    len: int
    op_flags: int
    user_data: int
    _fields_ = (
        ("opcode", c_uint8), ("flags", c_uint8), ("ioprio", c_uint16), ("fd", c_int32),
        ("off", c_uint64), ("addr", c_uint64), ("len", c_uint32), ("op_flags", c_uint32),
        ("user_data", c_uint64), ("buf_group", c_uint16), ("rest", c_uint8 * 22),
    )  # fmt: skip


class Result(ctypes.Structure):
    """struct io_uring_cqe"""

    user_data: int
    res: int
    flags: int
    _fields_ = (("user_data", c_uint64), ("res", c_int32), ("flags", c_uint32))


class Ring(ctypes.Structure):
    """struct io_uring, of which we need the place where we say which results we have seen."""

    seen: "ctypes._Pointer[c_uint32]"
    _fields_ = (("requests", c_uint8 * 104), ("seen", POINTER(c_uint32)), ("rest", c_uint8 * 400))


class Buffer(ctypes.Structure):
    """struct io_uring_buf. In the first of the ring, the last field is the ring's tail."""

    number: int
    tail: int
    _fields_ = (("addr", c_uint64), ("len", c_uint32), ("number", c_uint16), ("tail", c_uint16))


class Registered(ctypes.Structure):
    """struct io_uring_buf_reg"""

    _fields_ = (("ring_addr", c_uint64), ("ring_entries", c_uint32), ("rest", c_uint8 * 28))


def say_missing(what: str, remedy: str) -> NoReturn:
    """The runner skips this lab, and shows what to do about it."""
    print(f'MISSING what={what} remedy="{remedy}"', flush=True)
    sys.exit(77)


def load_library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("liburing.so.2")
    except OSError:
        say_missing("liburing", "apt-get install liburing2")
    library.io_uring_get_sqe.restype = POINTER(Request)
    return library


liburing = load_library()
ring = Ring()

# ---- Buffers ---------------------------------------------------------------------

# The third ring holds empty buffers. Our side puts them in, by number, and the kernel takes
# one when bytes have arrived: before that it needs none, however many clients it awaits.
empty = (Buffer * BUFFERS).from_buffer(mmap.mmap(-1, BUFFERS * ctypes.sizeof(Buffer)))
memory = mmap.mmap(-1, BUFFERS * BUFFER_SIZE)
address = ctypes.addressof(c_uint8.from_buffer(memory))


def put_in_ring(number: int) -> None:
    tail = empty[0].tail
    free = empty[tail % BUFFERS]
    free.addr = address + number * BUFFER_SIZE
    free.len = BUFFER_SIZE
    free.number = number
    empty[0].tail = tail + 1  # one past the highest 16-bit number is 0 again


def take_buffer(result: Result) -> bytes:
    """What the kernel has put in the buffer. Python has copied it out, so the buffer can go
    back at once: so the ring is full after every round, however many clients do not read.
    """
    number = result.flags >> 16
    start = number * BUFFER_SIZE
    filled = memory[start : start + max(0, result.res)]
    put_in_ring(number)
    return filled


def open_buffers() -> None:
    reg = Registered(ctypes.addressof(empty), BUFFERS)
    if liburing.io_uring_register_buf_ring(ctypes.byref(ring), ctypes.byref(reg), 0) < 0:
        say_missing("io_uring", "a kernel of 6.1 or later, which has rings of buffers")
    for number in range(BUFFERS):
        put_in_ring(number)


# ---- Requests and results ----------------------------------------------------------


def open_ring() -> None:
    """With DEFER_TASKRUN, completions interrupt this thread only where it waits for them. The
    kernels that have it, 6.1 and later, have multishot accept and receive as well.
    """
    error = liburing.io_uring_queue_init(
        REQUESTS, ctypes.byref(ring), SINGLE_ISSUER | DEFER_TASKRUN
    )
    if error == -errno.EPERM:
        say_missing(
            "io_uring",
            "docker run --security-opt seccomp=images/seccomp/profile.json; "
            "outside of Docker: sysctl -w kernel.io_uring_disabled=0",
        )
    if error < 0:
        say_missing("io_uring", "a kernel of 6.1 or later, with CONFIG_IO_URING")
    open_buffers()
    uses = "multishot accept, multishot receive, buffer ring, deferred completions"
    print(f"io_uring: {uses}", file=sys.stderr, flush=True)


def check(call: str, error: int) -> None:
    if error < 0 and -error not in (errno.EINTR, errno.EAGAIN, errno.EBUSY):
        sys.exit(f"{call}: {os.strerror(-error)}")


def next_request() -> Request:
    """A place in the ring of requests. If it is full, let the kernel have what is in it."""
    while not (place := liburing.io_uring_get_sqe(ctypes.byref(ring))):
        check("io_uring_submit", liburing.io_uring_submit(ctypes.byref(ring)))
    request: Request = place[0]
    ctypes.memset(ctypes.addressof(request), 0, ctypes.sizeof(request))
    return request


def submit_and_wait() -> None:
    """One call submits all requests of the last round, and sleeps until there is a result."""
    error = liburing.io_uring_submit_and_wait(ctypes.byref(ring), 1)
    check("io_uring_submit_and_wait", error)


def results() -> Iterator[Result]:
    """Copies of the results, so that their places are free before we act on them. If the ring
    was full, the kernel kept the rest in a list of its own, and liburing asks for them here.
    """
    found = (POINTER(Result) * 64)()
    while count := liburing.io_uring_peek_batch_cqe(ctypes.byref(ring), found, 64):
        copies = [Result.from_buffer_copy(found[i][0]) for i in range(count)]
        ring.seen[0] += count
        yield from copies
