"""C1 to C21: the seed's sentences, in its own words and in English, with the experiments that test
each. Data only: the rules compute the verdicts from measurements."""

from __future__ import annotations

from runner.claims.claim import Claim
from runner.claims.overall import OVERALL
from runner.claims.rules.arriving import (
    c4_signal_first_then_the_copy,
    c6_complete_against_can_start,
    c18_only_the_last_is_truly_asynchronous,
)
from runner.claims.rules.ceilings import (
    c7_reasons_to_wake,
    c8_select_has_a_ceiling,
    c12_poll_has_no_such_ceiling,
    c15_epoll_is_safe_unbounded_and_minds_the_active,
)
from runner.claims.rules.coroutines import c19_another_layer, c20_responsive_while_one_stalls
from runner.claims.rules.placing import c1_two_different_questions
from runner.claims.rules.platform import (
    c11_select_copies_the_set,
    c14_epoll_is_linux_only,
    c17_epoll_does_not_copy_again,
)
from runner.claims.rules.searching import (
    c9_select_searches,
    c13_poll_searches_and_is_not_thread_safe,
    c16_epoll_is_constant,
)
from runner.claims.rules.sharing import c10_select_is_not_thread_safe
from runner.claims.rules.waiting import (
    c2_blocking_waits_in_the_call,
    c3_nonblocking_asks_again_and_again,
    c5_multiplexing_serves_many_at_once,
)

SEED: tuple[Claim, ...] = (
    Claim(
        "C1",
        "同步和异步关注的是这个对象本身是主动还是被动的去等待这个结果。"
        "而阻塞 非阻塞关注的是等待这个结果时候的状态。",
        "Synchronous or asynchronous is which side fetches the result; blocking or non-blocking is "
        "the state while waiting: two different questions.",
        "Two properties of each model are measured: whether the read is complete at the "
        "notification, and whether the waiting thread is blocked. docs/axes.md defines both.",
        "No server stands in the fourth field (asynchronous, non-blocking): it would use a whole "
        "CPU and gain nothing. Two models of the probe stand there.",
        ("docs/axes.md", "labs/probes/arrival"),
        ("arrival", "traces"),
        c1_two_different_questions,
    ),
    Claim(
        "C2",
        "阻塞io就是当前进程一直在等待io响应，当响应不返回就一直在当前位置等待。",
        "Blocking: the process waits in the call until the answer is there.",
        "Client A sends a request, gets the reply and thinks; client B sends one meanwhile. B's "
        "waiting time is fitted against A's thinking time.",
        "That holds for one thread: the labs fork and thread block as well, each for its own "
        "client alone.",
        ("labs/blocking", "labs/probes/neighbours"),
        ("neighbours",),
        c2_blocking_waits_in_the_call,
    ),
    Claim(
        "C3",
        "上图时一种轮训的模型，需要时不时去看是否有数据准备好了。",
        "Non-blocking: the program must look again and again whether data is ready.",
        "The server's CPU time while eight clients are silent; the share of reads that return "
        "EAGAIN, from traced runs.",
        "A program may sleep between two polls; then it pays with latency instead of CPU time.",
        ("labs/nonblocking", "labs/probes/neighbours"),
        ("neighbours", "traces"),
        c3_nonblocking_asks_again_and_again,
    ),
    Claim(
        "C4",
        "当一个io时间发生时，请求直接返回。只有当数据到达时，通过信号来告诉应用程序，将数据拷贝到应用缓冲。",
        "Signal-driven: the call returns at once; when data comes a signal says so, then the data "
        "is copied into the application's buffer.",
        "At each signal the probe checks its buffer and asks the kernel how many bytes are "
        "waiting; then it makes the signal queue overflow, and repeats it without F_SETSIG.",
        "The queue belongs to the user: other programs of the same user fill it too.",
        ("labs/sigio", "labs/probes/arrival"),
        ("arrival",),
        c4_signal_first_then_the_copy,
    ),
    Claim(
        "C5",
        "io复用是阻塞在select 或者 poll 或者 epoll 上，类似于拨片开关，可以同时处理很多条链接。",
        "Multiplexing blocks in select, poll or epoll, and serves many connections at once.",
        "The same clients A and B as for C2, with single-threaded servers; and the servers' CPU "
        "time while all clients are silent.",
        "At once means in turn: a long computation for one client would delay all others.",
        ("labs/select", "labs/poll", "labs/epoll", "labs/probes/neighbours"),
        ("neighbours", "models"),
        c5_multiplexing_serves_many_at_once,
    ),
    Claim(
        "C6",
        "和上面信号驱动的区别在于异步io是通知我们io操作何时完成的。信号驱动告诉我们的时io操作何时开始。",
        "Asynchronous I/O notifies when the operation is complete, signal-driven when it can "
        "start.",
        "How many bytes are in the application's buffer at the first notification, and how many "
        "copying calls remain.",
        "A large message takes several operations: each of them is complete by itself.",
        ("labs/posix_aio", "labs/io_uring", "labs/probes/arrival"),
        ("arrival",),
        c6_complete_against_can_start,
    ),
    Claim(
        "C7",
        "集合｛1，2，3｝ 中任意一个准备好了读，或者写。集合｛1，2，3｝ 中任意一个出现异常。"
        "超过了设定的时间  满足以上任意一点，就唤醒进程",
        "select wakes when one is readable, writable, exceptional, or the time is over.",
        "One reason at a time, for select, poll and epoll, with out-of-band data as the exception; "
        "before each, the same call is observed to block. Then the peer resets the connection.",
        "A signal also ends the wait (EINTR), which the list omits. Other exceptional conditions: "
        "a state change of a pseudoterminal in packet mode, a modified cgroup file (poll(2), "
        "POLLPRI).",
        ("labs/probes/wake_up",),
        ("wake-up",),
        c7_reasons_to_wake,
    ),
    Claim(
        "C8",
        "select 会有最大连接数的限制，大多数的系统都是1024",
        "select has a maximum number of connections, 1024 on most systems.",
        "Descriptor 1024 with and without glibc's check, in Python, and by the system call itself; "
        "a high number while few are open, many open and a low number; servers filled up.",
        "A C library may be built with another FD_SETSIZE: this is glibc's.",
        ("labs/select", "labs/probes/select_ceiling"),
        ("descriptor-1024", "select-ceiling"),
        c8_select_has_a_ceiling,
    ),
    Claim(
        "C9",
        "select 不会告诉具体那一个sock有数据，需要进行查找（线性时间）",
        "select does not say which socket has data: it has to be searched for, in linear time.",
        "CPU time of one call and of the search through its answer, apart, while N are watched "
        "and one is ready; both are fitted by a + b·N^k.",
        "The ready one is the middle one: a search that ends early would save half. The call does "
        "not block here, so it never joins and leaves N wait queues: the figures are a lower "
        "bound for a call that does.",
        ("labs/select", "labs/probes/monitoring"),
        ("monitoring-cost", "idle-sweep"),
        c9_select_searches,
    ),
    Claim(
        "C10",
        "select 不是线程安全的",
        "select is not thread-safe.",
        "One thread waits; another adds, closes or reuses a descriptor, a thousand times each. "
        "What does the waiter see? Once select gets the shared set itself, once a private copy, "
        "as labs/select passes it.",
        "What is added in a word of the shared set beyond the highest watched descriptor survives "
        "to the next call. A descriptor that is closed during the call is reported as readable "
        "since Linux 5.17 and the stable kernels of January 2022 (fs/select.c: a closed "
        "descriptor counts as EPOLLNVAL); before, select slept on. select(2) still says that "
        "closing has no effect.",
        ("labs/probes/shared_set",),
        ("shared-set",),
        c10_select_is_not_thread_safe,
    ),
    Claim(
        "C11",
        "select 需要将fd拷贝多次",
        "select copies the set of descriptors again and again.",
        "The bytes of descriptor sets that are copied between program and kernel for one event, "
        "from a trace of the lab.",
        "The bytes are few: the search costs the time, not the copy (C9).",
        ("labs/select", "labs/poll"),
        ("traces",),
        c11_select_copies_the_set,
    ),
    Claim(
        "C12",
        "去掉了最大连接数的限制，通过分配一个pollfd结构的数组来维持信息。对于最大连接数的限制"
        "转移到了应用这里（一般无法确定最大的描述字数目，用一个max数来代替）。",
        "poll has no such maximum: it takes an array of any length. The limit moves into the "
        "application, which uses a constant `max` because the number is not known.",
        "Clients connect to poll's server until it refuses, below limits on either side of 1024; "
        "its array grows, and no constant bounds it.",
        "RLIMIT_NOFILE bounds the array as well: poll refuses a longer one with EINVAL (poll(2)). "
        "The constant is the style of UNP 6.11 (OPEN_MAX).",
        ("labs/poll",),
        ("select-ceiling",),
        c12_poll_has_no_such_ceiling,
    ),
    Claim(
        "C13",
        "和select一样是需要自己去查找sock（线性时间）， 一样不是线程安全的。",
        "As with select, poll's sockets have to be searched for in linear time, and it is not "
        "thread-safe either.",
        "As for C9 and C10.",
        "As for C9 and C10.",
        ("labs/poll", "labs/probes/monitoring", "labs/probes/shared_set"),
        ("monitoring-cost", "shared-set"),
        c13_poll_searches_and_is_not_thread_safe,
    ),
    Claim(
        "C14",
        "只在linux下特有。",
        "epoll exists on Linux only.",
        "Every such system call is tried, and Python's select module is inspected.",
        "One kernel cannot speak for other systems: what they have is from their manuals. A "
        "library such as FreeBSD's epoll-shim is no system call.",
        ("labs/epoll", "labs/probes/kernel_has"),
        ("kernel-calls",),
        c14_epoll_is_linux_only,
    ),
    Claim(
        "C15",
        "epoll 是线程安全的，对最大链接数没有限制，只关心活跃的链接。",
        "epoll is thread-safe, has no maximum, and cares only about active connections.",
        "C10's changes; connections held up to the limit; the rate of the same active clients as "
        "idle ones grow to the limit.",
        "fs.epoll.max_user_watches is a maximum too, far beyond what descriptors allow here. "
        "Thread-safe are the calls: a program must not close a descriptor while another thread "
        "holds an event of it (EPOLLONESHOT prevents that, see labs/epoll_threads).",
        ("labs/epoll", "labs/epoll_threads", "labs/probes/shared_set"),
        ("shared-set", "select-ceiling", "idle-sweep"),
        c15_epoll_is_safe_unbounded_and_minds_the_active,
    ),
    Claim(
        "C16",
        "会直接将有可读的那个链接返回（O（1）的复杂度），不需要自己去找。",
        "epoll returns the ready ones directly, in O(1).",
        "As for C9; the growth is judged by the cost of one more watched descriptor. Then 1000 "
        "are watched and 1 to 1000 of them are ready.",
        "Adding a descriptor costs O(log n) in the kernel's tree. Level-triggered epoll examines "
        "each ready descriptor again in the next call; nothing is read here between two calls.",
        ("labs/epoll", "labs/probes/monitoring"),
        ("monitoring-cost", "idle-sweep"),
        c16_epoll_is_constant,
    ),
    Claim(
        "C17",
        "不需要在用户空间和内核中多次拷贝。",
        "epoll does not copy again and again between user space and kernel.",
        "As for C11; and memory mappings before and after epoll's calls, to test the claim that "
        "memory is shared.",
        "Arguments only: copies inside the kernel are not visible.",
        ("labs/epoll", "labs/probes/kernel_has"),
        ("traces", "kernel-calls"),
        c17_epoll_does_not_copy_again,
    ),
    Claim(
        "C18",
        "上面的模型除了最后的异步IO是真正的异步IO。上面的信号驱动的IO可能看起来像异步的IO，"
        "但是在读取数据的时候是由应用进程阻塞去读取的。",
        "Only the last model is truly asynchronous: in signal-driven I/O the process still blocks "
        "while the data is copied.",
        "For messages of 1 B to 16 MB in each model: is the buffer full at the notification, how "
        "often is the application's thread blocked while it copies, and how much CPU time do it "
        "and the other threads use? io_uring also with a worker thread (IOSQE_ASYNC) and with a "
        "polling thread of the kernel (IORING_SETUP_SQPOLL).",
        "On sockets, with data that have arrived. The seed says blocked; POSIX calls a thread "
        "blocked that waits for something other than a processor (XBD 3.47).",
        ("labs/sigio", "labs/posix_aio", "labs/io_uring", "labs/probes/arrival"),
        ("arrival",),
        c18_only_the_last_is_truly_asynchronous,
    ),
    Claim(
        "C19",
        "还要明确一个很重要的一点是这是一个不同层次的问题。比如python中使用的协程配合io复用的操作。"
        "在程序中是可以在调用接口立马切换到其它的协程执行的。",
        "Coroutines over multiplexing are another layer: at the call the program switches to "
        "other coroutines.",
        "aecho is traced from outside, and classified by its system calls.",
        "The kernel knows no coroutines; that none is visible there is the result. In the table, "
        "the wait is blocking because the thread blocks in epoll_wait; no coroutine's read does.",
        ("labs/aecho",),
        ("traces", "neighbours"),
        c19_another_layer,
    ),
    Claim(
        "C20",
        "aecho 和 aplay 展示了如何在应用中来实现异步非阻塞。",
        "aecho and aplay show asynchronous, non-blocking applications.",
        "Both run while one client stalls: are the other clients delayed?",
        "Their single thread copies, so by C1 they are synchronous.",
        ("labs/aecho", "labs/aplay"),
        ("neighbours", "play"),
        c20_responsive_while_one_stalls,
    ),
    *OVERALL,
)
