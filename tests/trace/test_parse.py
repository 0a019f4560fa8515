"""The text of strace, line by line as it was captured, to calls, signals and ends."""

from __future__ import annotations

import pytest

from runner.trace.kinds import is_notification, kind, sets_of
from runner.trace.model import Call, Record
from runner.trace.parse import parse
from runner.trace.split import descriptor, split_args
from tests.trace.recorded import NAMES, lines

BEGIN = (
    '7 100.000000000 execve("/labs/server/server", ["/labs/server/server"], 0x7ffd) = 0 <0.0009>'
)


def record(*text: str) -> Record:
    return parse([BEGIN, *text])[0]


def only(*text: str) -> Call:
    found = record(*text).calls
    assert found[0].name == "execve"
    assert len(found) == 2
    return found[1]


def test_a_whole_call() -> None:
    call = only(
        "7 100.500000000 pselect6(7, [3<socket:[41]> 5<socket:[42]> 6<socket:[43]>], [], NULL,"
        " NULL, NULL) = 1 (in [5]) <0.050263878>"
    )
    assert (call.thread, call.name, call.value, call.error) == (7, "pselect6", 1, "")
    assert call.shown == "in [5]"
    assert call.args == (
        "7", "[3<socket:[41]> 5<socket:[42]> 6<socket:[43]>]", "[]", "NULL", "NULL", "NULL"
    )  # fmt: skip
    assert call.started == 100_500_000_000
    assert call.took == 50_263_878
    assert call.ended == call.started + call.took


def test_a_call_that_another_thread_interrupted_is_put_together() -> None:
    found = record(
        "8 100.100000000 read(5<socket:[42]>,  <unfinished ...>",
        "7 100.200000000 rt_sigtimedwait([RT_2],  <unfinished ...>",
        '8 100.300000000 <... read resumed>"A2 marker", 4096) = 9 <0.199990000>',
        "7 100.400000000 <... rt_sigtimedwait resumed>{si_signo=SIGRT_2, si_code=SI_ASYNCIO,"
        " si_pid=7, si_uid=0, si_int=1, si_ptr=0x1}, NULL, 8) = 34 (SIGRT_2) <0.199000000>",
    )
    read, wait = found.calls[1:]
    assert read.args == ("5<socket:[42]>", '"A2 marker"', "4096")
    assert (read.started, read.ended, read.value) == (100_100_000_000, 100_300_000_000, 9)
    assert (wait.value, wait.shown) == (34, "SIGRT_2")
    assert found.unread == 0


def test_errors_have_a_name_and_no_words() -> None:
    call = only(
        "7 100.1 recvfrom(5<socket:[42]>, 0x55d9, 65536, 0, NULL, NULL)".replace(
            "100.1", "100.100000000"
        )
        + " = -1 EAGAIN (Resource temporarily unavailable) <0.000010225>"
    )
    assert (call.value, call.error, call.shown) == (-1, "EAGAIN", "")


def test_a_mode_is_in_octal_digits() -> None:
    assert only("7 100.000000000 umask(077)                          = 022 <0.000001>").value == 18
    assert only("7 100.000000000 umask(022) = 0 <0.000001>").value == 0


def test_a_call_that_will_be_restarted_has_no_value() -> None:
    call = only(
        "7 100.100000000 pselect6(4, [3<socket:[41]>], NULL, NULL, NULL, NULL)"
        " = ? ERESTARTNOHAND (To be restarted if no handler) <0.049986286>"
    )
    assert (call.value, call.error) == (None, "ERESTARTNOHAND")
    assert not is_notification(call)


@pytest.mark.parametrize(
    "end",
    [
        "7 100.1 pselect6(10, [3 6 7], [], NULL, NULL, NULL <detached ...>",
        "7 100.1 pselect6(10, [3 6 7], [], NULL, NULL, NULL <unfinished ...>",
    ],
)
def test_a_call_that_never_returned_has_no_end(end: str) -> None:
    call = only(end.replace("100.1", "100.100000000"))
    assert (call.ended, call.value, call.took) == (None, None, 0)
    assert call.args[0] == "10"


def test_a_signal_that_was_delivered() -> None:
    found = record(
        "7 100.100000000 --- SIGIO {si_signo=SIGIO, si_code=SI_KERNEL} ---",
        "7 100.200000000 --- SIGRT_2 {si_signo=SIGRT_2, si_code=POLL_IN, si_band=65, si_fd=5} ---",
        "7 100.300000000 --- stopped by SIGSTOP ---",
        "7 100.400000000 +++ exited with 0 +++",
    )
    assert [(s.name, s.code) for s in found.signals] == [
        ("SIGIO", "SI_KERNEL"),
        ("SIGRT_2", "POLL_IN"),
    ]
    assert found.unread == 0


def test_threads_belong_to_the_process_that_made_them_and_children_are_their_own() -> None:
    found = record(
        "7 100.100000000 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD|CLONE_SYSVSEM, stack=0x7f,"
        " stack_size=0xfff0} => {parent_tid=[8]}, 88) = 8 <0.0001>",
        "8 100.200000000 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD,"
        " child_tidptr=0x7f) = 9 <0.0001>",
        "9 100.300000000 close(3<socket:[41]>) = 0 <0.000007812>",
    )
    assert found.process == {7: 7, 8: 7, 9: 9}
    assert found.born == {8: 100_100_000_000, 9: 100_200_000_000}


def test_a_child_in_its_own_pid_namespace_is_known_by_the_tracers_number() -> None:
    found = record(
        "700 100.100000000 clone(child_stack=NULL, flags=SIGCHLD) = 2 /* 701 in strace's PID NS */"
        " <0.000185686>",
        "701 100.200000000 close(3<socket:[41]>) = 0 <0.000007812>",
    )
    assert found.process[701] == 701
    assert found.born[701] == 100_100_000_000


def test_what_the_held_box_did_before_is_left_out() -> None:
    found, _ = parse(
        [
            '7 99.000000000 read(0<pipe:[1]>, "g", 1) = 1 <0.0001>',
            '7 99.100000000 read(0<pipe:[1]>, "o\\n", 1) = 1 <0.0001>',
            BEGIN,
        ]
    )
    assert [call.name for call in found.calls] == ["execve"]


def test_an_end_is_no_earlier_than_what_the_tracer_could_know() -> None:
    """It writes a call's beginning down before it lets the call go on, and then measures."""
    found = record(
        "7 100.100000000 poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN}])"
        " <0.080000000>",
        "7 100.190000000 accept4(3<socket:[41]>, NULL, NULL, SOCK_CLOEXEC) = 5 <0.00001>",
    )
    assert found.calls[1].took == 80_000_000
    assert found.calls[1].ended == 100_190_000_000


def test_what_a_server_writes_forges_no_calls() -> None:
    """strace escapes quotes and newlines: however a text looks, it is one argument of one call."""
    lie = r'"x\", 9) = 9 <0.1>\n7 100.0 epoll_wait(5<anon_inode:[eventpoll]>, [{}], 1, -1) = 1"'
    call = only(f"7 100.100000000 write(5<socket:[42]>, {lie}..., 90) = 90 <0.000100000>")
    assert (call.name, call.value, len(call.args)) == ("write", 90, 3)


def test_what_cannot_be_read_is_counted_and_not_guessed() -> None:
    found = record(
        "7 100.100000000 what is this", "nonsense", "", "8 100.2 <... read resumed>x) = 1"
    )
    assert found.unread == 3
    assert len(found.calls) == 1


def test_marks_of_coroutines_are_no_calls() -> None:
    mark = (
        '7 100.100000000 write(-1, "coroutine serve_client 140023", 29) = -1 EBADF (Bad fd) <0.1>'
    )
    found, switches = parse([BEGIN, mark])
    assert [call.name for call in found.calls] == ["execve"]
    assert [(s.thread, s.name) for s in switches] == [(7, "serve_client 140023")]


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_record_is_read_to_the_last_line(name: str) -> None:
    found, _ = parse(lines(name))
    assert found.unread == 0
    assert found.calls


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("3", ("3",)),
        ('5<socket:[42]>, "a, b]\\" c", 9', ("5<socket:[42]>", '"a, b]\\" c"', "9")),
        ("[{fd=3, events=POLLIN}, {fd=5}], 2, -1", ("[{fd=3, events=POLLIN}, {fd=5}]", "2", "-1")),
    ],
)  # fmt: skip
def test_arguments_are_split_outside_brackets_and_strings(text: str, parts: tuple[str]) -> None:
    assert split_args(text) == parts


def test_descriptors_are_shown_with_what_they_are() -> None:
    assert descriptor("5<socket:[42]>") == (5, "socket:[42]")
    assert descriptor("-1") == (-1, "")
    assert descriptor("0x7ffc") == (-1, "")


def call(name: str, *args: str, value: int | None = 0) -> Call:
    return Call(1, name, args, 0, 1, 1, value)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (call("pselect6", "7", "[3]", "[]", "NULL", "NULL", "NULL"), "select"),
        (call("pselect6", "0", "NULL", "NULL", "NULL", "{tv_sec=1}", "NULL"), "pause"),
        (call("poll", "NULL", "0", "100"), "pause"),
        (call("ppoll", "[{fd=3}]", "1", "NULL", "NULL", "8"), "poll"),
        (call("epoll_pwait", "5", "[]", "1024", "-1", "NULL", "8"), "epoll"),
        (call("read", "4<anon_inode:[signalfd]>", '"..."', "128"), "signal"),
        (call("read", "4<socket:[42]>", '"..."', "128"), "read"),
        (call("getpid"), ""),
    ],
)
def test_a_call_is_of_a_kind(found: Call, expected: str) -> None:
    assert kind(found) == expected


def test_how_many_descriptors_a_multiplexer_was_given() -> None:
    assert sets_of(call("poll", "[{fd=3}, {fd=5}]", "2", "-1")) == 2
    assert sets_of(call("select", "7", "[3]", "NULL", "NULL", "NULL")) == 7
    assert sets_of(call("epoll_wait", "5", "[]", "64", "-1")) == -1
