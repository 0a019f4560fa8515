"""blocking_call: what does one blocking call in a coroutine cost the other clients?

server.py, an echo server on asyncio, waits for an answer before it replies to client A. Client B
sends one byte after the other meanwhile, each after the reply to the one before. How many replies
does B get until A has its own, and how long does B wait for one? For each call by which the server
waits, and for several lengths. With asyncio's debug mode: does it name the coroutine?
"""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SERVER = Path(__file__).with_name("server.py")
CALLS = ("time.sleep", "to_thread(time.sleep)", "asyncio.sleep", "compute", "to_thread(compute)")
LENGTHS = (100, 200)  # milliseconds; arguments length=N and call=NAME demand a single one
DEBUG_LENGTH = 150  # debug mode reports what takes more than 100
ON_THE_WAY = 2  # replies to B that the call cannot stop: one before it begins, one after its end


class Waits(NamedTuple):
    """Seconds that A waits, B's longest wait meanwhile, and the number of B's replies."""

    of_a: float
    longest_of_b: float
    replies: int


def measure(call: str, length: int, mode: dict[str, str]) -> tuple[Waits, str]:
    """Run the server, with the environment `mode` added, and return the waits and its stderr."""
    env = os.environ | mode | {"PORT": "0", "MILLISECONDS": str(length)}
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [sys.executable, str(SERVER), call, "A"],
        env=env,
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as stdout:
            ready = stdout.readline()
        waits = wait_for_a(int(ready.split("port=")[1].split()[0]))
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate()
    return waits, errors


def wait_for_a(port: int) -> Waits:
    longest, replies = 0.0, 0
    with (
        socket.create_connection(("127.0.0.1", port)) as a,
        socket.create_connection(("127.0.0.1", port)) as b,
    ):
        for client in (a, b):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        b.sendall(b"b")
        b.recv(1)  # the server has accepted both
        began = time.monotonic()
        a.sendall(b"A")
        while not select.select([a], [], [], 0)[0]:
            asked = time.monotonic()
            b.sendall(b"b")
            b.recv(1)
            longest = max(longest, time.monotonic() - asked)
            replies += 1
        return Waits(time.monotonic() - began, longest, replies)


def say(**finding: str | int) -> None:
    print(json.dumps({"probe": "blocking_call", **finding}, separators=(",", ":")), flush=True)


def say_what_b_gets(call: str, length: int) -> None:
    waits, _ = measure(call, length, {})
    say(
        case="wait",
        call=call,
        length_ms=length,
        a_waited_ns=int(waits.of_a * 1e9),
        b_longest_wait_ns=int(waits.longest_of_b * 1e9),
        b_replies=waits.replies,
        b="stopped" if waits.replies <= ON_THE_WAY else "served",
    )


def say_what_debug_mode_names(call: str) -> None:
    """Debug mode reports on stderr each step of a coroutine that takes more than 100 ms."""
    _, errors = measure(call, DEBUG_LENGTH, {"PYTHONASYNCIODEBUG": "1"})
    slow = re.search(r"Executing .*?coro=<(?:\S*\.)?(\w+)\(\).*? took", errors)
    say(case="debug", call=call, slow=slow[1] if slow else "nothing")


def main() -> None:
    demanded = dict(word.split("=", 1) for word in sys.argv[1:])
    lengths = [int(demanded["length"])] if "length" in demanded else LENGTHS
    calls = [demanded["call"]] if "call" in demanded else CALLS
    for call in calls:
        for length in lengths:
            say_what_b_gets(call, length)
    for call in CALLS[:2] if calls is CALLS else ():
        say_what_debug_mode_names(call)


if __name__ == "__main__":
    main()
