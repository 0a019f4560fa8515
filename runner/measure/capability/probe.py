"""What a box has of that which a program may say is missing, seen from inside of a box.

Needs: io_uring

The runner starts it where a server says MISSING, in a box of the same engine, and compares.
"""

import ctypes
import importlib.util
import sys

IO_URING_SETUP = 425  # the same number on every architecture
SINGLE_ISSUER, DEFER_TASKRUN = 1 << 12, 1 << 13  # kernel 6.1, as rings of buffers and multishot
PARAMETERS_BYTES = 120  # struct io_uring_params


def has_io_uring() -> bool:
    """Whether a ring can be set up as labs do, and not only whether the call exists."""
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
    found = {
        "io_uring": has_io_uring(),
        "liburing": has_liburing(),
        "uvloop": has_uvloop(),
    }
    words = " ".join(f"{name}={'yes' if there else 'no'}" for name, there in found.items())
    sys.stdout.write(f"HAS {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
