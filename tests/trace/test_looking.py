"""What /proc shows of a server that lives on without its first thread."""

from __future__ import annotations

import subprocess
import sys

from runner.measure.looking import Looker

CODE = """
import ctypes, os, select, sys, threading
def serve():
    while ") Z " not in open(f"/proc/self/task/{os.getpid()}/stat").read():
        os.sched_yield()
    end, other = __import__("socket").socketpair()
    waiting = select.epoll()
    waiting.register(end, select.EPOLLIN | select.EPOLLET)
    print("here", flush=True)
    waiting.poll()
print("begins", flush=True)
sys.stdin.readline()
threading.Thread(target=serve).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_first_thread_that_has_ended_is_not_looked_at_and_hides_nothing() -> None:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdout.readline()
            looker = Looker(child.pid)
            child.stdin.write(b"\n")
            child.stdin.flush()
            child.stdout.readline()
            for _ in range(20):
                looker.before(0)
                looker.during()
                looker.after(1)
        finally:
            child.kill()
    assert {thread for _, thread in looker.short.samples} - {child.pid}
    assert child.pid not in {thread for _, thread in looker.short.samples}
    (watched,) = looker.lists.values()
    assert [each.events for each in watched.values()] == ["EPOLLIN|EPOLLET"]
