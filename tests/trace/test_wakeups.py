"""The rules of an event loop, from records of a server with two connections."""

from __future__ import annotations

import pytest

from runner.trace import Wakeups, record_of, wakeups
from runner.trace.libraries import event_loops

LISTENER, A, B = "3<socket:[100]>", "5<socket:[101]>", "6<socket:[102]>"
EPOLL = "4<anon_inode:[eventpoll]>"
BEGINNING = [
    'execve("/server", ["/server"], 0x7ffd /* 6 vars */) = 0',
    f"listen({LISTENER}, 4096) = 0",
]
ACCEPTS = [f"accept4({LISTENER}, NULL, NULL, 0) = {one}" for one in (A, B)]
READS = 'recvfrom(%s, "GET", 4096, 0, NULL, NULL) = 3'
WRITES = 'sendto(%s, "HTTP", 4, 0, NULL, 0) = 4'


def ruled(*calls: str) -> Wakeups:
    """A record of these calls, a millisecond apart, in which each takes a microsecond."""
    lines = [
        f"40 1700000000.{n * 1_000_000:09} {text} <0.000001000>"
        for n, text in enumerate([*BEGINNING, *calls])
    ]
    return wakeups(record_of(lines))


def poll(*answer: tuple[str, str], **events: str) -> str:
    """`events` are of A and B, LISTENER is watched for reading; `answer` are descriptors."""
    watched = {LISTENER: events.pop("listener", "POLLIN")}
    watched |= {{"a": A, "b": B}[name]: word for name, word in events.items()}
    entries = [f"{{fd={fd}, events={word}}}" for fd, word in watched.items() if word != "-"]
    ready = ", ".join(f"{{fd={fd.split('<')[0]}, revents={word}}}" for fd, word in answer)
    shown = f"{len(answer)} ([{ready}])" if answer else "0 (Timeout)"
    return f"poll([{', '.join(entries)}], {len(entries)}, -1) = {shown}"


def test_a_server_that_keeps_all_rules() -> None:
    found = ruled(
        poll((LISTENER, "POLLIN")),
        *ACCEPTS,
        poll((A, "POLLIN"), (B, "POLLIN"), a="POLLIN", b="POLLIN"),
        READS % A,
        READS % B,
        poll((A, "POLLOUT"), a="POLLIN|POLLOUT", b="POLLIN|POLLOUT"),
        WRITES % A,
        poll((A, "POLLIN"), (B, "POLLIN|POLLOUT"), a="POLLIN", b="POLLIN|POLLOUT"),
        READS % A,
        READS % B,
        WRITES % B,
        f"close({A}) = 0",
        poll(b="POLLIN"),
    )
    assert found == Wakeups(1, 1, 1, 0, 0, 0, 0, {})


def test_select_reports_reading_and_writing_in_lists_of_their_own() -> None:
    select = f"pselect6(7, [{LISTENER} {A} {B}], [{B}], NULL, NULL, NULL) = 2 (in [5], out [6])"
    kept = ruled(*ACCEPTS, select, READS % A, WRITES % B)
    assert (kept.multiplexers, kept.unannounced, kept.partial) == (1, 0, 0)
    broken = ruled(*ACCEPTS, select, WRITES % A, READS % B)
    assert broken.unannounced == 2
    assert broken.broken == {
        "io_without_readiness": "sendto of descriptor 5, which the multiplexer had not reported "
        "for writing"
    }


def test_epoll_reports_data_that_stand_for_a_descriptor() -> None:
    adds = [
        f"epoll_ctl({EPOLL}, EPOLL_CTL_ADD, {fd}, {{events={events}, data={n}}}) = 0"
        for fd, events, n in (
            (LISTENER, "EPOLLIN", 0),
            (A, "EPOLLIN", 11),
            (B, "EPOLLIN|EPOLLOUT", 12),
        )
    ]
    told = "[{events=EPOLLIN, data={u32=11, u64=11}}, {events=EPOLLOUT, data={u32=12, u64=12}}]"
    waits = f"epoll_wait({EPOLL}, {told}, 64, -1) = 2"
    found = ruled(*ACCEPTS, *adds, waits, READS % A, WRITES % B)
    assert found == Wakeups(1, 1, 1, 0, 0, 0, 0, {})
    assert ruled(*ACCEPTS, *adds, waits, READS % B).unannounced == 1
    without_b = ruled(*ACCEPTS, *adds[:2], waits)
    assert without_b.partial == 1
    missing = "epoll_wait does not watch descriptor 6, an open connection"
    assert without_b.broken == {"partial_waits": missing}


def test_a_second_read_counts_even_if_it_finds_nothing() -> None:
    found = ruled(
        *ACCEPTS,
        poll((A, "POLLIN"), a="POLLIN", b="POLLIN"),
        READS % A,
        f"recvfrom({A}, 0x7f00, 4096, 0, NULL, NULL) = -1 EAGAIN (Try again)",
    )
    assert (found.reads, found.writes) == (2, 0)
    again = "recvfrom of descriptor 5 again before the next wait"
    assert found.broken == {"reads_per_wakeup": again}


def test_a_pause_between_two_reads_is_no_wake_up() -> None:
    """poll without any socket reports nothing, and announces nothing."""
    for pause in (
        "poll(NULL, 0, 0) = 0 (Timeout)",
        "poll([{fd=9<pipe:[7]>, events=POLLIN}], 1, 0) = 0",
    ):
        found = ruled(
            *ACCEPTS, poll((A, "POLLIN"), a="POLLIN", b="POLLIN"), READS % A, pause, READS % A
        )
        assert found.reads == 2


@pytest.mark.parametrize(
    ("wait", "reason"),
    [
        (
            poll((A, "POLLOUT"), listener="-", a="POLLOUT"),
            "poll does not watch the listening socket",
        ),
        (poll(a="POLLIN"), "poll does not watch descriptor 6, an open connection"),
        (
            poll(listener="POLLOUT", a="POLLOUT", b="POLLOUT"),
            "poll waits for writing alone",
        ),
    ],
)
def test_a_wait_for_a_part_of_the_sockets(wait: str, reason: str) -> None:
    found = ruled(*ACCEPTS, wait)
    assert found.partial == 1
    assert found.broken == {"partial_waits": reason}


def test_without_descriptors_the_listening_socket_may_be_left_out() -> None:
    short = f"accept4({LISTENER}, NULL, NULL, 0) = -1 EMFILE (Too many open files)"
    assert ruled(*ACCEPTS, short, poll(listener="-", a="POLLIN", b="POLLIN")).partial == 0
    assert ruled(*ACCEPTS, short, poll(listener="-", a="POLLIN")).partial == 1


def test_two_multiplexers() -> None:
    select = f"select(7, [{LISTENER} {A} {B}], [], NULL, NULL) = 0 (Timeout)"
    found = ruled(*ACCEPTS, poll(a="POLLIN", b="POLLIN"), select)
    assert found.multiplexers == 2
    both = "several multiplexers watch sockets: poll, select"
    assert found.broken == {"multiplexers": both}


RESET = f"recvfrom({A}, 0x7f00, 4096, 0, NULL, NULL) = -1 ECONNRESET (Connection reset by peer)"
BROKEN = f"sendto({A}, 0x7f00, 4096, 0, NULL, 0) = -1 EPIPE (Broken pipe)"
END = f'recvfrom({A}, "", 4096, 0, NULL, NULL) = 0'
BOTH = poll((A, "POLLIN|POLLOUT"), a="POLLIN|POLLOUT", b="POLLIN")
HANGS_UP = poll((A, "POLLIN|POLLERR|POLLHUP"), a="POLLIN", b="POLLIN")
QUIET = poll(a="POLLIN", b="POLLIN")


@pytest.mark.parametrize(
    "noticed",
    [[BOTH, RESET], [BOTH, BROKEN], [BOTH, END] * 3, [HANGS_UP]],
    ids=["a read fails", "a write fails", "the end is read again and again", "poll says so"],
)
def test_a_connection_that_failed_must_be_closed(noticed: list[str]) -> None:
    left = ruled(*ACCEPTS, *noticed, *[QUIET] * 12)
    assert (left.failed, left.kept) == (1, 1)
    still = "descriptor 5 is still open 10 wake-ups after it failed"
    assert left.broken == {"kept_after_error": still}
    closed = ruled(*ACCEPTS, *noticed, QUIET, f"close({A}) = 0", *[poll(b="POLLIN")] * 12)
    assert (closed.failed, closed.kept) == (1, 0)


def test_who_still_reads_bytes_after_a_hang_up_has_not_kept_the_connection() -> None:
    rest = [HANGS_UP, READS % A] * 12
    assert ruled(*ACCEPTS, *rest).kept == 0


def test_the_end_of_what_a_client_sends_is_no_failure() -> None:
    """It may still wait for a reply."""
    found = ruled(*ACCEPTS, BOTH, END, *[QUIET] * 12)
    assert (found.failed, found.kept) == (0, 0)


def test_calls_on_other_descriptors_are_no_transfers() -> None:
    found = ruled(
        *ACCEPTS,
        'read(9</etc/hosts>, "x", 4096) = 1',
        'write(1<pipe:[7]>, "READY port=9000\\n", 16) = 16',
        f"sendfile({A}, 9</etc/hosts>, NULL, 4096) = 4096",
    )
    assert found.unannounced == 1
    assert found.broken["io_without_readiness"].startswith("sendfile of descriptor 5")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/usr/lib/python3.11/asyncio/__pycache__/events.cpython-311.pyc", ("asyncio",)),
        ("/opt/venv/lib/python3.12/site-packages/uvloop/loop.cpython-312.so", ("uvloop",)),
        ("/usr/lib/python3.11/selectors.py", ()),
        ("/labs/server/asyncio/loop.py", ()),
        ("/usr/lib/python3.11/asyncio", ()),
    ],
)
def test_a_library_is_known_by_the_files_that_are_opened(path: str, named: tuple[str, ...]) -> None:
    line = f'openat(AT_FDCWD</labs/server>, "{path}", O_RDONLY|O_CLOEXEC)'
    opened = [BEGINNING[0], f"{line} = 7<{path}>"]
    absent = [BEGINNING[0], f"{line} = -1 ENOENT (No such file or directory)"]
    for texts, expected in ((opened, named), (absent, ())):
        lines = [f"40 1700000000.{n:09} {text} <0.000001000>" for n, text in enumerate(texts)]
        assert event_loops(record_of(lines)) == expected
