"""ring.py: the two rings, the features of this kernel, and the buffers.

ring.c is the twin. liburing.so.2 exports only the functions that are neither macros nor inline
in C. So this file fills in requests and takes results itself: they are a few numbers in shared
memory. Plain stores without barriers are enough, because with DEFER_TASKRUN the kernel uses the
rings only while this thread is inside a system call.
"""

import ctypes
import errno
import mmap
import os
import sys
from collections import deque
from collections.abc import Iterator
from ctypes import POINTER, c_int32, c_uint8, c_uint16, c_uint32, c_uint64
from typing import Final, NoReturn

# Since Linux 6.8 the kernel fills at most 32 buffers for one client before it serves the next
# client. When the server cancels the receive, the kernel may have begun with 32 more. So one
# client can hold at most 256 KiB. An older kernel has no such bound but all buffers: 1 MiB.
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
    """struct io_uring. Used here: the index of the next result that is not taken yet."""

    head: "ctypes._Pointer[c_uint32]"
    _fields_ = (("requests", c_uint8 * 104), ("head", POINTER(c_uint32)), ("rest", c_uint8 * 400))


class Buffer(ctypes.Structure):
    """struct io_uring_buf. In the first entry of the ring, the last field is the ring's tail."""

    number: int
    tail: int
    _fields_ = (("addr", c_uint64), ("len", c_uint32), ("number", c_uint16), ("tail", c_uint16))


class Registered(ctypes.Structure):
    """struct io_uring_buf_reg"""

    _fields_ = (("ring_addr", c_uint64), ("ring_entries", c_uint32), ("rest", c_uint8 * 28))


def say_missing(what: str, remedy: str) -> NoReturn:
    """The runner then skips this lab and shows the remedy."""
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

# The third ring holds empty buffers. The server adds them by number, and the kernel takes one
# when bytes have arrived. A client that sends nothing needs no buffer.
empty = (Buffer * BUFFERS).from_buffer(mmap.mmap(-1, BUFFERS * ctypes.sizeof(Buffer)))
memory = mmap.mmap(-1, BUFFERS * BUFFER_SIZE)
address = ctypes.addressof(c_uint8.from_buffer(memory))


def put_in_ring(number: int) -> None:
    tail = empty[0].tail
    free = empty[tail % BUFFERS]
    free.addr = address + number * BUFFER_SIZE
    free.len = BUFFER_SIZE
    free.number = number
    empty[0].tail = tail + 1  # a 16-bit number: it wraps around to 0


def take_buffer(result: Result) -> bytes:
    """The bytes that the kernel has put in the buffer. Python copies them, so the buffer goes
    back at once. The ring is full after every round, even if many clients do not read.
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

# Results that are taken out of the ring, in their order.
held: deque[Result] = deque()


def open_ring() -> None:
    """With DEFER_TASKRUN, completions are processed only while this thread waits for them.
    Kernels with this flag, 6.1 and later, also have multishot accept and receive.
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
    """Get a free entry of the request ring. If the ring is full, submit its requests first."""
    while not (place := liburing.io_uring_get_sqe(ctypes.byref(ring))):
        error = liburing.io_uring_submit(ctypes.byref(ring))
        check("io_uring_submit", error)
        if error < 0:
            hold_results()
    request: Request = place[0]
    ctypes.memset(ctypes.addressof(request), 0, ctypes.sizeof(request))
    return request


def submit_and_wait() -> None:
    """One call submits all requests of the last round and sleeps until there is a result."""
    error = liburing.io_uring_submit_and_wait(ctypes.byref(ring), 1)
    check("io_uring_submit_and_wait", error)


def take_results() -> None:
    """Copy the results, so that their entries are free before the server acts on them. If the
    ring was full, the kernel kept further results in a list, and liburing fetches them here.
    """
    entries = (POINTER(Result) * 64)()
    while count := liburing.io_uring_peek_batch_cqe(ctypes.byref(ring), entries, 64):
        held.extend(Result.from_buffer_copy(entries[i][0]) for i in range(count))
        ring.head[0] += count


def hold_results() -> None:
    """The kernel takes no request: too many results wait (EBUSY), or there is no memory (EAGAIN).
    Let operations complete, and take their results out of the ring.
    """
    liburing.io_uring_get_events(ctypes.byref(ring))
    take_results()


def results() -> Iterator[Result]:
    take_results()
    while held:
        yield held.popleft()
        if not held:
            take_results()
