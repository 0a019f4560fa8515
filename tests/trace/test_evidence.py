"""What counts as evidence: a notification of the client's own descriptor, in the thread that
copies; sleeps that add up; nothing that was not seen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runner.report.trace import render
from runner.trace import Trace
from runner.trace.classification import UNKNOWN
from runner.trace.look import OUTSIDE, Look, ThreadLook
from tests.trace.scripted import (
    BEGAN,
    FDS,
    INODES,
    MAIN,
    MS,
    adds,
    answers,
    call,
    looked,
    number_of,
    scripted,
    waits,
)  # fmt: skip

WORKER = 41
EPOLL = "4<anon_inode:[eventpoll]>"
ALL = [adds(name, "EPOLLIN", FDS[name]) for name in FDS]
POLLED = ", ".join(f"{{fd={FDS[n]}<socket:[{INODES[n]}]>, events=POLLIN}}" for n in FDS)


def epoll_wait(data: int, events: str = "EPOLLIN") -> str:
    return (
        f"epoll_wait({EPOLL}, [{{events={events}, data={{u32={data}, u64={data}}}}}], 64, -1) = 1"
    )


def by_epoll(name: str, quiet: int, sent: int) -> list[str]:
    return [waits(epoll_wait(number_of(name)), quiet, sent), *answers(name, sent)]


def by_poll(name: str, quiet: int, sent: int) -> list[str]:
    answer = f"poll([{POLLED}], 3, -1) = 1 ([{{fd={number_of(name)}, revents=POLLIN}}])"
    return [waits(answer, quiet, sent), *answers(name, sent)]


def placed(trace: Trace) -> tuple[str, str]:
    return trace.classification.model, trace.classification.unclear


def test_an_answer_that_names_the_client_is_believed() -> None:
    assert placed(scripted(by_epoll, ALL)) == ("epoll", "")
    assert placed(scripted(by_poll)) == ("poll", "")


def test_a_multiplexer_that_is_not_asked_about_a_silent_client_gets_no_name() -> None:
    for name, trace in (
        ("epoll", scripted(by_epoll, ALL, silent=(103, 104))),
        ("poll", scripted(by_poll, silent=(103, 104))),
    ):
        why = f"{name} does not watch 1 of 2 idle connections"
        assert placed(trace) == (UNKNOWN, why)


def test_an_answer_about_another_descriptor_is_no_notification_of_the_client() -> None:
    timer = call(
        BEGAN - 700 * MS,
        f"epoll_ctl({EPOLL}, EPOLL_CTL_ADD, 9<anon_inode:[timerfd]>, "
        "{events=EPOLLIN, data={u32=9, u64=9}}) = 0",
    )
    model, why = placed(
        scripted(lambda name, q, s: [waits(epoll_wait(9), q, s), *answers(name, s)], [*ALL, timer])
    )
    assert model == UNKNOWN
    assert "epoll_wait returned before the copy and does not name the client's descriptor" in why


def test_room_to_write_is_no_notification_that_there_is_something_to_read() -> None:
    trace = scripted(
        lambda name, q, s: [
            waits(epoll_wait(number_of(name), "EPOLLOUT"), q, s), *answers(name, s)
        ],
        ALL,
    )  # fmt: skip
    assert placed(trace)[0] == UNKNOWN


def test_one_word_for_several_descriptors_names_none() -> None:
    alike = [adds(name, "EPOLLIN", 1) for name in FDS]
    model, why = placed(
        scripted(lambda name, q, s: [waits(epoll_wait(1), q, s), *answers(name, s)], alike)
    )
    assert model == UNKNOWN
    assert "several descriptors" in why


@pytest.mark.parametrize(
    ("first", "last", "model"),
    [
        ("EPOLLIN|EPOLLET", "EPOLLIN", "epoll"),
        ("EPOLLIN", "EPOLLIN|EPOLLET", "epoll, edge-triggered"),
    ],
)
def test_the_last_epoll_ctl_of_a_descriptor_counts(first: str, last: str, model: str) -> None:
    changes = [adds(name, first, FDS[name]) for name in FDS]
    changes += [adds(name, last, FDS[name], BEGAN - 600 * MS, "MOD") for name in FDS]
    assert placed(scripted(by_epoll, changes)) == (model, "")


def test_a_thread_that_waits_and_another_that_reads_are_judged_and_drawn_as_two() -> None:
    born = call(
        BEGAN - 890 * MS, f"clone3({{flags=CLONE_VM|CLONE_FILES|CLONE_THREAD}}, 88) = {WORKER}"
    )

    def each(name: str, quiet: int, sent: int) -> list[str]:
        sleeps = waits("futex(0x55, FUTEX_WAIT_PRIVATE, 0, NULL) = 0", quiet, sent, WORKER)
        wait = waits(epoll_wait(number_of(name)), quiet, sent)
        return [wait, sleeps, *answers(name, sent, WORKER)]

    trace = scripted(each, [*ALL, born])
    model, why = placed(trace)
    assert model == UNKNOWN
    assert "epoll_wait notified another thread than the one that copies" in why
    text = render("pool (c)", [trace])
    assert "epoll_wait (thread 1) ─" in text
    assert "recvfrom (thread 2) ─" in text


def naps(call_of: str, length: int) -> Trace:
    def each(name: str, quiet: int, sent: int) -> list[str]:
        step = 2 * length
        begun = range(quiet + MS, sent - step, step)
        return [*(call(at, call_of, length) for at in begun), *answers(name, sent)]

    look = Look(threads=(looked({}, busy=1.0),))
    return scripted(each, look=look)


@pytest.mark.parametrize(
    "nap",
    ["clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=1000000}, NULL) = 0",
     "poll(NULL, 0, 1) = 0 (Timeout)"],
)  # fmt: skip
def test_short_sleeps_of_one_kind_are_added_up(nap: str) -> None:
    trace = naps(nap, MS)
    assert trace.classification.blocks_in == "pause"
    assert trace.classification.model == UNKNOWN


def asks(look: Look | None) -> Trace:
    def each(name: str, quiet: int, sent: int) -> list[str]:
        vain = f"recvfrom({name}, 0x7f, 4096, 0, NULL, NULL) = -1 EAGAIN (not now)"
        return [*(call(at, vain) for at in range(quiet + MS, sent, 4 * MS)), *answers(name, sent)]

    return scripted(each, look=look)


def test_a_server_that_never_sleeps_must_use_a_cpu_when_no_tracer_is_there() -> None:
    assert placed(asks(Look(threads=(looked({}, busy=0.95),))))[0] == "non-blocking"
    assert placed(asks(Look(threads=(looked({}, busy=0.3),))))[0] == UNKNOWN
    assert placed(asks(None))[0] == UNKNOWN


@pytest.mark.parametrize(
    ("threads", "words"),
    [
        ([looked({"read": 36})], "threads block in poll; untraced, as /proc shows, in read"),
        ([looked({"poll": 36}), looked({"poll": 36})], "untraced, as /proc shows, 2"),
        ([looked({"poll": 36}), looked({OUTSIDE: 36})],
         "1 of the server's threads are blocked, but in no system call"),
        ([looked({"poll": 36}), looked({}, 1.0)], "1 of the server's threads never block"),
    ],
)  # fmt: skip
def test_what_an_untraced_look_contradicts_is_unknown(
    threads: Sequence[object], words: str
) -> None:
    model, why = placed(scripted(by_poll, look=Look(threads=tuple(threads))))  # type: ignore[arg-type]
    assert model == UNKNOWN
    assert words in why


def test_what_an_untraced_look_confirms_stands() -> None:
    assert placed(scripted(by_poll, look=Look(threads=(looked({"poll": 36}),)))) == ("poll", "")


@pytest.mark.parametrize(
    ("long", "words"),
    [
        (looked({}, 1.0), "in a silence of a second and more, in no call"),
        (looked({"pause": 30}), "in a silence of a second and more, in pause"),
    ],
)
def test_a_server_that_does_otherwise_in_a_long_silence_is_unknown(
    long: ThreadLook, words: str
) -> None:
    look = Look(threads=(looked({"poll": 36}),), long=(long,))
    model, why = placed(scripted(by_poll, look=look))
    assert model == UNKNOWN
    assert words in why


def test_edges_that_an_untraced_look_does_not_show_are_a_contradiction() -> None:
    edged = [adds(name, "EPOLLIN|EPOLLET", FDS[name]) for name in FDS]
    seen = dict.fromkeys(INODES.values(), False)
    threads = (looked({"epoll": 36}),)
    look = Look(threads=threads, edges=seen, clients=tuple(INODES.values()))
    _, why = placed(scripted(by_epoll, edged, look))
    assert "clients are watched edge-triggered; untraced, as /proc shows, level-triggered" in why


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("clone(child_stack=0x7f, flags=CLONE_VM|CLONE_UNTRACED|SIGCHLD) = 44", "CLONE_UNTRACED"),
        ("ptrace(PTRACE_TRACEME) = 0", "traces another"),
        ("seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, {}) = 9", "listener"),
        ("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0", "unreadable"),
    ],
)  # fmt: skip
def test_a_server_that_hides_is_unknown_and_the_reason_says_how(line: str, words: str) -> None:
    model, why = placed(scripted(by_poll, [call(BEGAN - 500 * MS, line)]))
    assert model == UNKNOWN
    assert words in why


def test_32_bit_calls_are_named_and_are_no_error_of_the_tracer() -> None:
    mode = [f"{MAIN} {(BEGAN - MS) // 10**9}.000000000 [ Process PID={MAIN} runs in 32 bit mode. ]"]
    model, why = placed(scripted(by_poll, mode))
    assert model == UNKNOWN
    assert "32-bit system calls" in why


def test_nothing_is_concluded_from_a_record_that_is_not_whole() -> None:
    assert placed(scripted(by_poll, cut="it made more calls than the record holds")) == (
        UNKNOWN, "it made more calls than the record holds"
    )  # fmt: skip


def test_bytes_that_no_call_copied_are_not_said_to_be_copied_by_the_kernel() -> None:
    """A ring is waited for, and no ring was ever made: the answer came from somewhere else."""
    enter = "io_uring_enter(8<anon_inode:[io_uring]>, 0, 1, IORING_ENTER_GETEVENTS, NULL, 8) = 1"
    trace = scripted(lambda _name, q, s: [waits(enter, q, s)])
    assert trace.classification.model == UNKNOWN
    assert trace.classification.copied_by == UNKNOWN


def test_a_client_that_is_served_otherwise_than_the_first_two_decides() -> None:
    def each(name: str, quiet: int, sent: int) -> list[str]:
        if number_of(name) == FDS["E"]:
            read = waits(f'recvfrom({name}, "word", 4096, 0, NULL, NULL) = 4', quiet, sent)
            return [read, answers(name, sent)[1]]
        return by_poll(name, quiet, sent)

    assert placed(scripted(each))[0] == UNKNOWN


def test_splice_is_a_copy_within_the_kernel() -> None:
    def each(name: str, quiet: int, sent: int) -> list[str]:
        moved = f"splice({name}, NULL, 9<pipe:[7]>, NULL, 65536, 0) = 4"
        back = f"splice(9<pipe:[7]>, NULL, {name}, NULL, 4, 0) = 4"
        return [waits(moved, quiet, sent), call(sent + 3 * MS, back)]

    found = scripted(each).classification
    assert (found.model, found.copied_by, found.blocks_in) == (UNKNOWN, "splice", "splice")
    assert found.blocking == "blocking"
