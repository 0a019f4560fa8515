"""M1 to M23: beliefs about I/O models that a measurement settles."""

from __future__ import annotations

from runner.claims.belief import Belief
from runner.claims.rules.settling import above, probed, settled, traced
from runner.claims.rules.weighing import (
    a_closed_loop_shows_the_tail,
    a_thread_costs_its_stack,
    cheaper,
    epoll_always_faster,
    fewer_calls_are_faster,
    more_threads_are_faster,
)

SPEC = "labs/misunderstandings.yaml:"
ARGUED = "Stack Overflow 7931537 and Chinese pages on synchronous and asynchronous I/O"

_ALL = (
    Belief(
        "M1",
        "Non-blocking I/O is asynchronous I/O",
        ARGUED,
        '"asynchronous" has two definitions; this is that of POSIX and of Stevens',
        ("docs/axes.md",),
        (f"{SPEC}non-blocking-is-asynchronous",),
        settled(traced("its reads are {}", "synchrony", "synchronous", "nonblocking")),
    ),
    Belief(
        "M2",
        "select, poll and epoll are asynchronous I/O",
        ARGUED,
        "an application above them can be asynchronous, as labs/aecho is",
        ("docs/axes.md",),
        (f"{SPEC}multiplexing-is-asynchronous",),
        settled(
            traced("they report {}", "notification_means", "readiness", "select", "poll", "epoll"),
            traced("what copies: {}", "copied_by", "application", "select", "poll", "epoll"),
        ),
    ),
    Belief(
        "M3",
        "select can watch at most 1024 connections",
        "pages that read FD_SETSIZE as a number of connections",
        "the number of the descriptor counts; glibc's check aborts the program, and the kernel "
        "itself accepts a larger bitmap",
        ("docs/probes.md",),
        (f"{SPEC}select-holds-1024-connections",),
        settled(
            probed(
                "with more than 1,024 descriptors open, number 20: {}",
                "select_ceiling", "outcome", "ready", variant="plain", fd=20,
            ),
            probed(
                "number 1024, with few watched: {}",
                "select_ceiling", "outcome", "corrupted", variant="plain", fd=1024,
            ),
        ),
    ),
    Belief(
        "M4",
        "epoll is always faster",
        "most pages that compare select with epoll",
        "fifty active clients, one CPU; less than a quarter counts as equal; the sweep is T3",
        ("docs/claims.md",),
        ("idle-sweep",),
        epoll_always_faster,
    ),
    Belief(
        "M5",
        "Edge-triggered epoll is faster than level-triggered",
        "Stack Overflow 9162712",
        "64-byte messages that arrive whole; a tenth is the least saving that counts here",
        ("labs/epoll_et",),
        ("loops",),
        cheaper("epoll_et", "epoll", "loops"),
    ),
    Belief(
        "M6",
        "With edge-triggered epoll I may read once",
        "issues of programs that stopped in the middle of a conversation",
        "the rest is reported together with the next input",
        ("docs/notifications.md",),
        (f"{SPEC}edge-triggered-read-once",),
        settled(
            probed("the rest: {}", "notification", "rest", "not reported", trigger="edge"),
        ),
    ),
    Belief(
        "M7",
        "One new connection wakes one thread",
        "Stack Overflow 9162712, second answer",
        "EPOLLEXCLUSIVE and a blocking accept wake one",
        ("docs/notifications.md",),
        (f"{SPEC}one-connection-wakes-one-thread",),
        settled(
            probed(
                "of four threads with an epoll instance each it wakes {}",
                "notification", "median", above(1), way="an epoll each",
            ),
        ),
    ),
    Belief(
        "M8",
        "EPOLLEXCLUSIVE spreads connections evenly",
        "EPOLLEXCLUSIVE in configuration guides; Cloudflare wrote of one worker that gets all",
        "idle threads; under load the next thread gets some",
        ("docs/loop-per-cpu.md",),
        (f"{SPEC}exclusive-balances",),
        settled(
            probed(
                "of four idle threads the connections reach {}",
                "accepting", "balance", "one thread", way="an epoll each, EPOLLEXCLUSIVE",
            ),
        ),
    ),
    Belief(
        "M9",
        "close removes a descriptor from epoll",
        "epoll(7), question 6, in short; libev's notes on epoll name the opposite",
        "without a duplicate it does",
        ("docs/notifications.md",),
        (f"{SPEC}close-removes",),
        settled(
            probed(
                "while a duplicate is open the closed descriptor is {}",
                "notification", "closed_descriptor", "reported", duplicate="open",
            ),
        ),
    ),
    Belief(
        "M10",
        "epoll makes reads of files non-blocking",
        "libev's notes on epoll name it",
        "a read of a file that is in memory does not sleep",
        ("docs/disk-files.md",),
        (f"{SPEC}epoll-for-files",),
        settled(
            probed("epoll_ctl of a file: {}", "disk_file", "answer", "EPERM",
                   call="epoll", of="new file"),
            probed("a cold read {}", "disk_file", "cold_read", "sleeps"),
            probed("the client of the loop is {}", "disk_file", "client", "stopped",
                   way="in the loop"),
        ),
    ),
    Belief(
        "M11",
        "A read after a notification never blocks",
        "select(2) BUGS names the opposite",
        "a non-blocking read returns EAGAIN",
        ("docs/notifications.md",),
        (f"{SPEC}ready-never-blocks",),
        settled(
            probed(
                "if another reader was faster, the read {}",
                "notification", "second_read", "sleeps", read="blocking",
            ),
        ),
    ),
    Belief(
        "M12",
        "Watching for room to send does no harm",
        "Stack Overflow 9162712 names the opposite",
        "edge-triggered it does not",
        ("docs/notifications.md",),
        (f"{SPEC}watch-for-room-always",),
        settled(
            probed("the idle loop {}", "notification", "idle", "spins",
                   watched_for="input and room"),
        ),
    ),
    Belief(
        "M13",
        "async def makes a server concurrent",
        "reports of servers that stopped in time.sleep or in a synchronous client",
        "the same call in a thread stops no client",
        ("docs/blocking-call.md",),
        (f"{SPEC}async-def-is-concurrent",),
        settled(
            probed("during one time.sleep the other client is {}", "blocking_call", "b", "stopped",
                   call="time.sleep"),
        ),
    ),
    Belief(
        "M14",
        "An event loop uses hidden threads for sockets",
        "pages that call a single thread a myth",
        "for name resolution and files there are threads",
        ("labs/asyncio", "labs/uvloop"),
        (f"{SPEC}event-loop-uses-threads",),
        settled(
            traced("threads that read from clients: {}", "reader_threads", "1",
                   "asyncio", "uvloop"),
            traced("the thread sleeps in {}", "blocks_in", "epoll", "asyncio", "uvloop"),
        ),
    ),
    Belief(
        "M15",
        "io_uring is always faster than epoll",
        "issue 189 of axboe/liburing and answers to it",
        "an echo of 64 bytes, one CPU, fifty clients; no registered buffers, no SQPOLL",
        ("labs/io_uring",),
        ("models",),
        cheaper("io_uring", "epoll", "uring-or-epoll", "models"),
    ),
    Belief(
        "M16",
        "Fewer system calls make a server faster",
        "issue 189 of axboe/liburing",
        "pairs of servers in one language differ in more than their calls",
        ("docs/why.md",),
        ("models", "requests"),
        fewer_calls_are_faster,
    ),
    Belief(
        "M17",
        "aio_read is the kernel's asynchronous I/O",
        "pages that take POSIX AIO for Linux's own",
        "io_uring is the kernel's",
        ("labs/posix_aio", "labs/io_uring"),
        (f"{SPEC}aio-read-is-the-kernel-s",),
        settled(traced("what copies: a {} thread", "copied_by", "helper", "posix_aio")),
    ),
    Belief(
        "M18",
        "A thread costs 8 MB of memory",
        "comparisons that multiply `ulimit -s` by the number of clients",
        "memory of the process; the kernel's own stack of a thread is not in it",
        ("labs/thread",),
        ("models",),
        a_thread_costs_its_stack,
    ),
    Belief(
        "M19",
        "The p99 of a closed loop is what users see",
        'Tene, "How NOT to measure latency"',
        "a server near its limit; while a server keeps up, both ways of counting agree",
        ("docs/fleet.md",),
        (f"{SPEC}closed-loop-tail",),
        a_closed_loop_shows_the_tail,
    ),
    Belief(
        "M20",
        "A signal always ends poll",
        "loops that test a flag and then call poll",
        "ppoll, signalfd and the self-pipe lose none",
        ("docs/one-loop.md",),
        (f"{SPEC}flag-and-poll",),
        settled(
            probed(
                "of 20 signals before poll begins, so many are lost: {}",
                "one_loop", "worst_lost", above(0), way="flag, then poll",
            ),
        ),
    ),
    Belief(
        "M21",
        "When one task of gather fails, the other tasks end",
        "asyncio's documentation names the opposite",
        "TaskGroup cancels them and waits for them",
        ("docs/task-groups.md",),
        (f"{SPEC}gather-cancels",),
        settled(
            probed(
                "tasks that run on: {}",
                "task_group", "running", above(0), way="gather", case="one child fails",
            ),
        ),
    ),
    Belief(
        "M22",
        "One read is one message, and one write is enough",
        "programs for sockets that work until messages grow",
        "a message shorter than the free room in the buffers is often taken and returned whole",
        ("labs/probes/byte_stream", "docs/contract.md"),
        (f"{SPEC}read-is-a-message",),
        settled(
            probed("messages in one read: {}", "byte_stream", "messages_in_one_read", above(1),
                   case="joined"),
            probed("one read of a long message {}", "byte_stream", "one_read", "returns a part",
                   case="cut"),
            probed("one non-blocking write {}", "byte_stream", "one_write", "takes a part",
                   case="part"),
        ),
    ),
    Belief(
        "M23",
        "More threads give more throughput",
        "sizes of thread pools that are set to the number of clients",
        "one CPU, 51 threads against one; threads on further CPUs are another question",
        ("docs/loop-per-cpu.md",),
        ("models",),
        more_threads_are_faster,
    ),
)  # fmt: skip

BELIEFS = {belief.id: belief for belief in _ALL}
