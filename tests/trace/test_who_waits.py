"""Whether the thread that waits for a client is the one that copies its bytes, from records written
line by line; and a timer that interrupts the wait."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from runner.trace import Trace
from runner.trace.look import Look
from tests.trace.scripted import (
    BEGAN,
    MAIN,
    MS,
    Lines,
    answers,
    call,
    client,
    looked,
    scripted,
    waits,
)

OTHERS = {"A": 51, "B": 52, "E": 53}


def born(thread: int, at: int) -> str:
    return call(at, f"clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = {thread}")


def peeked(copier: str) -> Trace:
    """Each client has a thread that only peeks; the first thread waits in `copier`, and copies."""
    by_client = {client(name): thread for name, thread in OTHERS.items()}

    def each(name: str, quiet: int, sent: int) -> Lines:
        peeks = f'recvfrom({name}, "w", 1, MSG_PEEK, NULL, NULL) = 1'
        return [
            waits(peeks, quiet, sent, by_client[name]),
            waits(copier, quiet, sent),
            *answers(name, sent),
        ]

    made = [born(thread, BEGAN - 750 * MS + thread) for thread in OTHERS.values()]
    return scripted(each, made)


def test_threads_that_only_peek_serve_no_client() -> None:
    for copier, where in (
        ("futex(0x7f, FUTEX_WAIT, 0, NULL) = 0", "lock"),
        ('read(8<pipe:[7]>, "x", 1) = 1', "read of no socket"),
        ('recvfrom(9<socket:[900]>, "x", 1, 0, NULL, NULL) = 1', "read of another socket"),
    ):
        found = peeked(copier).classification
        assert (found.model, found.blocks_in) == ("unknown", where)
        assert (found.clients, found.copiers, found.concurrency) == (3, 1, "one thread")


def test_the_thread_that_copies_is_the_one_that_copies_most_of_the_bytes() -> None:
    """Each client has a thread that reads one byte; the first thread reads the rest."""
    by_client = {client(name): thread for name, thread in OTHERS.items()}

    def each(name: str, quiet: int, sent: int) -> Lines:
        one = f'recvfrom({name}, "w", 1, 0, NULL, NULL) = 1'
        rest = f'recvfrom({name}, "ord 1 and more", 4096, MSG_DONTWAIT, NULL, NULL) = 14'
        return [
            waits(one, quiet, sent, by_client[name]),
            waits("futex(0x7f, FUTEX_WAIT, 0, NULL) = 0", quiet, sent),
            call(sent + 2 * MS, rest),
            call(sent + 4 * MS, f'sendto({name}, "word 1 and more", 15, 0, NULL, 0) = 15'),
        ]

    made = [born(thread, BEGAN - 750 * MS + thread) for thread in OTHERS.values()]
    found = scripted(each, made).classification
    assert (found.clients, found.copiers) == (3, 1)


def test_a_thread_that_peeks_and_then_reads_waits_for_its_client() -> None:
    def each(name: str, quiet: int, sent: int) -> Lines:
        peeks = f'recvfrom({name}, "w", 1, MSG_PEEK, NULL, NULL) = 1'
        return [waits(peeks, quiet, sent), *answers(name, sent)]

    assert scripted(each).classification.blocks_in == "read"


def test_a_thread_that_hands_its_notifications_over_is_not_the_only_one_that_serves() -> None:
    watched = ", ".join(client(name) for name in OTHERS)

    def each(name: str, quiet: int, sent: int) -> Lines:
        number = name.partition("<")[0]
        told = f"select(8, [{watched}], NULL, NULL, NULL) = 1 (in [{number}])"
        return [
            waits(told, quiet, sent, 51),
            waits("futex(0x7f, FUTEX_WAIT, 0, NULL) = 0", quiet, sent),
            *answers(name, sent),
        ]

    found = scripted(each, [born(51, BEGAN - 870 * MS)]).classification
    assert (found.model, found.concurrency) == ("unknown", "several threads")


def test_threads_that_are_made_meanwhile_and_serve_no_client_do_not_count() -> None:
    def each(name: str, quiet: int, sent: int) -> Lines:
        timer = 60 + (quiet - BEGAN) // (100 * MS)
        return [
            born(timer, quiet + 2 * MS),
            call(quiet + 3 * MS, "getpid() = 40", thread=timer),
            waits(f"poll([{{fd={name}, events=POLLIN}}], 1, -1) = 1 "
                  f"([{{fd={name.partition('<')[0]}, revents=POLLIN}}])", quiet, sent),
            *answers(name, sent),
        ]  # fmt: skip

    assert scripted(each).classification.concurrency == "one thread"


def test_a_read_that_a_timer_interrupts_again_and_again_goes_on() -> None:
    """On a busy machine the next signal is there when the handler of the last one returns."""

    def each(name: str, quiet: int, sent: int) -> Lines:
        lines: list[str] = []
        read = f"recvfrom({name}, 0x7f, 4096, 0, NULL, NULL) = ? ERESTARTSYS (To be restarted)"
        for at in range(quiet + MS, sent - 10 * MS, 10 * MS):
            lines.append(call(at, read, MS))
            lines += [call(at + n * MS, "rt_sigreturn({mask=[]}) = 0") for n in (2, 8)]
        late = call(sent + MS, "rt_sigreturn({mask=[]}) = 0", 5 * MS)
        return [*lines, late, *answers(name, sent + 4 * MS)]

    found = scripted(each).classification
    assert (found.blocks_in, found.notification_means, found.stalls) == ("read", "nothing", ())


def test_a_signal_that_is_ignored_is_no_notification() -> None:
    """A tracer sees such a signal all the same."""
    set_up = [
        call(BEGAN - 780 * MS + n, f"fcntl({client(name)}, F_SETFL, O_RDWR|O_NONBLOCK|O_ASYNC) = 0")
        for n, name in enumerate(OTHERS)
    ]

    def each(name: str, quiet: int, sent: int) -> Lines:
        at = sent + MS
        when = f"{MAIN} {at // 10**9}.{at % 10**9:09}"
        return [
            waits("rt_sigtimedwait([USR1], NULL, NULL, 8) = -1 EINTR (Interrupted)", quiet, sent),
            f"{when} --- SIGIO {{si_signo=SIGIO, si_code=SI_KERNEL}} ---",
            *answers(name, sent),
        ]

    for action, notified in (("SIG_IGN", "unknown"), ("0x401136", "signal")):
        handler = call(
            BEGAN - 790 * MS,
            f"rt_sigaction(SIGIO, {{sa_handler={action}, sa_mask=[], sa_flags=0}}, NULL, 8) = 0",
        )
        found = scripted(each, [handler, *set_up]).classification
        assert found.notified_by == notified, found


@pytest.mark.parametrize(("code", "means"), [(1, "readiness"), (-1, "unknown")])
def test_a_signal_that_is_read_from_a_signalfd_names_its_descriptor(code: int, means: str) -> None:
    """As the kernel sends it, and not as the server sends one to itself."""

    def each(name: str, quiet: int, sent: int) -> Lines:
        info = struct.pack("=IiiIIi", 35, 0, code, 0, 0, int(name.partition("<")[0])) + bytes(40)
        text = "".join(f"\\{byte:03o}" for byte in info)
        told = f'read(4<anon_inode:[signalfd]>, "{text}"..., 128) = 128'
        return [waits(told, quiet, sent), *answers(name, sent)]

    assert scripted(each).classification.notification_means == means


def test_a_thread_that_waited_for_a_cpu_was_not_seen_to_do_otherwise() -> None:
    """A timer wakes it every few milliseconds, and other programs have the CPUs."""

    def each(name: str, quiet: int, sent: int) -> Lines:
        return [waits(f'recvfrom({name}, "w", 4096, 0, NULL, NULL) = 1', quiet, sent),
                call(sent + 4 * MS, f'sendto({name}, "w", 1, 0, NULL, 0) = 1')]  # fmt: skip

    waited = replace(looked({"read": 2}, busy=0.94), ran=0.01)
    for thread, differs in ((waited, False), (replace(waited, ran=0.2), True)):
        found = scripted(each, look=Look(threads=(thread,), long=(thread,))).classification
        assert ("untraced, as /proc shows, in no call" in found.unclear) == differs
        assert any("waited for a CPU" in text for text in found.because) != differs
