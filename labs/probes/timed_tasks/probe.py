"""timed_tasks: does an event loop for coroutines keep its promises about time, tasks and turns?

This probe is the only client of labs/homework/coroutine-loop/starter/server_timed.py, on whatever
loop that server runs. Each case is one finding: `kept` is yes or no, and `seen` is what the server
did instead. No case depends on how fast the machine is: only on order, and on what is too early.

Arguments: only=CASE (may be given several times), ms=N (the length of the shortest sleep).
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable

PATIENCE = 5.0  # seconds
LONG = 60_000  # ms: longer than any wait of this probe
MANY = 50
TRIES = 3


class BrokenError(Exception):
    """What the server did, where it should have done something else."""


def connect() -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.settimeout(PATIENCE)
    try:
        client.connect(("127.0.0.1", int(os.environ["PORT"])))
    except OSError as error:
        raise BrokenError(f"no connection: {error.strerror or 'no answer in time'}") from None
    return client


def send(client: socket.socket, text: str) -> None:
    try:
        client.sendall(f"{text}\n".encode())
    except OSError as error:
        raise BrokenError(f"the server takes no command: {error.strerror}") from None


def line(client: socket.socket) -> str:
    """The next reply. Raises BrokenError."""
    received = b""
    while not received.endswith(b"\n"):
        try:
            data = client.recv(256)
        except TimeoutError:
            raise BrokenError(f"no reply within {PATIENCE:g} s") from None
        except OSError as error:
            raise BrokenError(f"no reply: {error.strerror}") from None
        if not data or len(received) > 1000:
            raise BrokenError("the server closes instead of replying" if not data else "no line")
        received += data
    return received.decode("ascii", "replace").rstrip("\n")


def require(client: socket.socket, text: str) -> None:
    found = line(client)
    if found != text:
        raise BrokenError(f"{found[:60]!r} instead of {text!r}")


def sleeps(ms: int) -> None:
    """Never shorter than was asked for, and not without an end."""
    with connect() as client:
        for length in (ms, 0, 3 * ms, 1):
            before = time.monotonic()
            send(client, f"sleep {length}")
            require(client, f"slept {length}")
            took = (time.monotonic() - before) * 1000
            if took < length:
                raise BrokenError(f"a sleep of {length} ms ended after {took:.1f} ms")


def side_by_side(_ms: int) -> None:
    """One client sleeps, and all others are served meanwhile."""
    with connect() as sleeper:
        send(sleeper, f"sleep {LONG}")
        for _ in range(MANY):
            with connect() as other:
                send(other, "sleep 0")
                require(other, "slept 0")


def order(ms: int) -> None:
    """Timers end in the order of their times, not in the order in which they began."""
    with connect() as client:
        for factors in ((3, 1, 2), (1, 2, 3), (4, 3, 2, 1), (2, 9, 5, 7)):
            lengths = [ms * factor for factor in factors]
            wanted = f"ended {' '.join(map(str, sorted(lengths)))}"
            for left in reversed(range(TRIES)):
                send(client, f"race {' '.join(map(str, lengths))}")
                found = line(client)
                if found == wanted:
                    break
                if left == 0:  # a machine that stands still between two starts explains one
                    raise BrokenError(f"{found[:60]!r} instead of {wanted!r}, {TRIES} times")


def many_timers(ms: int) -> None:
    lengths = [ms + (i * 37) % MANY for i in range(MANY)]
    with connect() as client:
        send(client, f"race {' '.join(map(str, lengths))}")
        found = line(client).removeprefix("ended ").split()
        if sorted(found) != sorted(map(str, lengths)):
            raise BrokenError(f"of {MANY} tasks {len(found)} ended")


def cancels(ms: int) -> None:
    """Of a task that is cancelled the `finally` block runs, and who awaits it goes on."""
    with connect() as client:
        for _ in range(3):
            send(client, f"cancel {ms}")
            require(client, "cancelled, cleaned up")
        send(client, "sleep 1")
        require(client, "slept 1")


def patience(ms: int) -> None:
    """A wait for a socket ends with its time, or as soon as the socket is ready."""
    with connect() as client:
        before = time.monotonic()
        send(client, f"patience {ms}")
        require(client, "waiting")
        require(client, "no line came")
        took = (time.monotonic() - before) * 1000
        if took < ms:
            raise BrokenError(f"a wait of {ms} ms ended after {took:.1f} ms")
        send(client, f"patience {LONG}")
        require(client, "waiting")
        send(client, "here")
        require(client, "a line came")


def after_the_wait(ms: int) -> None:
    """The timer of a wait that ended early must not end the next sleep of the task."""
    with connect() as client:
        for _ in range(3):
            send(client, f"patience {2 * ms}")
            require(client, "waiting")
            send(client, "here")
            require(client, "a line came")
            before = time.monotonic()
            send(client, f"sleep {4 * ms}")
            require(client, f"slept {4 * ms}")
            took = (time.monotonic() - before) * 1000
            if took < 4 * ms:
                raise BrokenError(f"a sleep of {4 * ms} ms ended after {took:.1f} ms")


def turns(_ms: int) -> None:
    """A task that always has something to do lets the others have their turns. It is still busy
    when this probe ends.
    """
    with connect() as busy, connect() as other:
        send(busy, "turns 100000000")
        for _ in range(MANY):
            send(other, "sleep 0")
            require(other, "slept 0")


def main() -> None:
    if "PORT" not in os.environ:
        remedy = "this probe is run beside a server: add server: to the experiment"
        print(f'MISSING what=server remedy="{remedy}"')
        sys.exit(77)
    words = [word.partition("=") for word in sys.argv[1:]]
    chosen = [value for name, _, value in words if name == "only"]
    ms = next((int(value) for name, _, value in words if name == "ms"), 20)
    every = (
        sleeps, side_by_side, order, many_timers, cancels, patience, after_the_wait, turns,
    )  # fmt: skip
    cases: dict[str, Callable[[int], None]] = {each.__name__: each for each in every}
    for name in chosen or cases:
        seen = ""
        try:
            cases[name](ms)
        except BrokenError as error:
            seen = str(error)
        finding = {"probe": "timed_tasks", "case": name, "kept": "no" if seen else "yes"}
        print(json.dumps(finding | ({"seen": seen} if seen else {})), flush=True)


main()
