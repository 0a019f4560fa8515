"""Which of the things that a program may report as missing are there, seen from inside a box.

Needs: io_uring

The runner starts this probe in a box of the same engine where a server prints MISSING, and
compares.
"""

import ctypes
import importlib.util
import sys

IO_URING_SETUP = 425  # the same number on every architecture
SINGLE_ISSUER, DEFER_TASKRUN = 1 << 12, 1 << 13  # kernel 6.1, as rings of buffers and multishot
PARAMETERS_BYTES = 120  # struct io_uring_params


def has_io_uring() -> bool:
    """Whether a ring can be set up the way the labs do it: that the system call exists is not
    enough."""
    parameters = (ctypes.c_uint32 * (PARAMETERS_BYTES // 4))()
    parameters[2] = SINGLE_ISSUER | DEFER_TASKRUN
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(IO_URING_SETUP, 8, parameters)) >= 0


def has_liburing() -> bool:
    try:
        ctypes.CDLL("liburing.so.2")
    except OSError:
        return False
    return True


def has_uvloop() -> bool:
    try:
        return importlib.util.find_spec("uvloop") is not None
    except (ImportError, ValueError):
        return False


def main() -> None:
    present = {
        "io_uring": has_io_uring(),
        "liburing": has_liburing(),
        "uvloop": has_uvloop(),
    }
    words = " ".join(f"{name}={'yes' if there else 'no'}" for name, there in present.items())
    sys.stdout.write(f"HAS {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
