"""C1 to C22: the seed's sentences, in its own words and in English, with the experiments that test
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
        ("POSIX.1-2024, XBD 3.31 and 3.47", "UNP 6.2"),
        ("docs/axes.md", "labs/probes/arrival"),
        ("arrival", "traces"),
        c1_two_different_questions,
    ),
    Claim(
        "C2",
        "阻塞io就是当前进程一直在等待io响应，当响应不返回就一直在当前位置等待。",
        ("UNP 6.2, figure 6.1", "recv(2)", "POSIX.1-2024, XBD 3.47"),
        ("labs/blocking", "labs/probes/neighbours"),
        ("neighbours",),
        c2_blocking_waits_in_the_call,
    ),
    Claim(
        "C3",
        "上图时一种轮训的模型，需要时不时去看是否有数据准备好了。",
        ("UNP 6.2, figure 6.2, and ch. 16", "fcntl(2) O_NONBLOCK", "recv(2) EAGAIN"),
        ("labs/nonblocking", "labs/probes/neighbours"),
        ("neighbours", "traces"),
        c3_nonblocking_asks_again_and_again,
    ),
    Claim(
        "C4",
        "当一个io时间发生时，请求直接返回。只有当数据到达时，通过信号来告诉应用程序，将数据拷贝到应用缓冲。",
        (
            "UNP 6.2, figure 6.4, and ch. 25",
            "TLPI 63.3",
            "fcntl(2) F_SETOWN, F_SETSIG",
            "signal(7) Queueing and delivery semantics for real-time signals",
        ),
        ("labs/sigio", "labs/probes/arrival"),
        ("arrival",),
        c4_signal_first_then_the_copy,
    ),
    Claim(
        "C5",
        "io复用是阻塞在select 或者 poll 或者 epoll 上，类似于拨片开关，可以同时处理很多条链接。",
        (
            "UNP 6.2, figure 6.3, and ch. 6",
            "TLPI 63.2 and 63.4",
            "select(2)",
            "poll(2)",
            "epoll_wait(2)",
        ),
        ("labs/select", "labs/poll", "labs/epoll", "labs/probes/neighbours"),
        ("neighbours", "models"),
        c5_multiplexing_serves_many_at_once,
    ),
    Claim(
        "C6",
        "和上面信号驱动的区别在于异步io是通知我们io操作何时完成的。信号驱动告诉我们的时io操作何时开始。",
        ("UNP 6.2, figures 6.4 and 6.5", "aio(7)", "io_uring(7)"),
        ("labs/posix_aio", "labs/io_uring", "labs/probes/arrival"),
        ("arrival",),
        c6_complete_against_can_start,
    ),
    Claim(
        "C7",
        "集合｛1，2，3｝ 中任意一个准备好了读，或者写。集合｛1，2，3｝ 中任意一个出现异常。"
        "超过了设定的时间  满足以上任意一点，就唤醒进程",
        ("select(2) exceptfds", "poll(2) POLLPRI, POLLERR", "TLPI 63.2.3"),
        ("labs/probes/wake_up",),
        ("wake-up",),
        c7_reasons_to_wake,
    ),
    Claim(
        "C8",
        "select 会有最大连接数的限制，大多数的系统都是1024",
        ("select(2), FD_SETSIZE", "getrlimit(2) RLIMIT_NOFILE", "TLPI 63.2.1"),
        ("labs/select", "labs/probes/select_ceiling"),
        ("descriptor-1024", "select-ceiling"),
        c8_select_has_a_ceiling,
    ),
    Claim(
        "C9",
        "select 不会告诉具体那一个sock有数据，需要进行查找（线性时间）",
        ("TLPI 63.2.5", "select(2)", "Linux fs/select.c, do_select()"),
        ("labs/select", "labs/probes/monitoring"),
        ("monitoring-cost", "idle-sweep"),
        c9_select_searches,
    ),
    Claim(
        "C10",
        "select 不是线程安全的",
        (
            "POSIX.1-2024, XSH 2.9.1",
            "select(2) Multithreaded applications",
            "close(2) Multithreaded processes and close()",
        ),
        ("labs/probes/shared_set",),
        ("shared-set",),
        c10_select_is_not_thread_safe,
    ),
    Claim(
        "C11",
        "select 需要将fd拷贝多次",
        ("TLPI 63.2.5", "select(2)", "Linux fs/select.c, core_sys_select()"),
        ("labs/select", "labs/poll"),
        ("traces",),
        c11_select_copies_the_set,
    ),
    Claim(
        "C12",
        "去掉了最大连接数的限制，通过分配一个pollfd结构的数组来维持信息。对于最大连接数的限制"
        "转移到了应用这里（一般无法确定最大的描述字数目，用一个max数来代替）。",
        ("poll(2) EINVAL", "getrlimit(2) RLIMIT_NOFILE"),
        ("labs/poll",),
        ("select-ceiling",),
        c12_poll_has_no_such_ceiling,
    ),
    Claim(
        "C13",
        "和select一样是需要自己去查找sock（线性时间）， 一样不是线程安全的。",
        ("TLPI 63.2.5", "poll(2)", "POSIX.1-2024, XSH 2.9.1"),
        ("labs/poll", "labs/probes/monitoring", "labs/probes/shared_set"),
        ("monitoring-cost", "shared-set"),
        c13_poll_searches_and_is_not_thread_safe,
    ),
    Claim(
        "C14",
        "只在linux下特有。",
        (
            "epoll(7)",
            "FreeBSD kqueue(2)",
            "illumos port_create(3C) and epoll(7)",
            "Windows CreateIoCompletionPort",
        ),
        ("labs/epoll", "labs/probes/kernel_has"),
        ("kernel-calls",),
        c14_epoll_is_linux_only,
    ),
    Claim(
        "C15",
        "epoll 是线程安全的，对最大链接数没有限制，只关心活跃的链接。",
        ("epoll(7), questions and answers", "epoll_wait(2) NOTES", "TLPI 63.4"),
        ("labs/epoll", "labs/epoll_threads", "labs/probes/shared_set"),
        ("shared-set", "select-ceiling", "idle-sweep"),
        c15_epoll_is_safe_unbounded_and_minds_the_active,
    ),
    Claim(
        "C16",
        "会直接将有可读的那个链接返回（O（1）的复杂度），不需要自己去找。",
        ("TLPI 63.4.5", "epoll(7)", "Linux fs/eventpoll.c"),
        ("labs/epoll", "labs/probes/monitoring"),
        ("monitoring-cost", "idle-sweep"),
        c16_epoll_is_constant,
    ),
    Claim(
        "C17",
        "不需要在用户空间和内核中多次拷贝。",
        ("epoll_ctl(2)", "epoll_wait(2)", "Linux fs/eventpoll.c, eventpoll_fops"),
        ("labs/epoll", "labs/probes/kernel_has"),
        ("traces", "kernel-calls"),
        c17_epoll_does_not_copy_again,
    ),
    Claim(
        "C18",
        "上面的模型除了最后的异步IO是真正的异步IO。上面的信号驱动的IO可能看起来像异步的IO，"
        "但是在读取数据的时候是由应用进程阻塞去读取的。",
        (
            "POSIX.1-2024, XBD 3.31",
            "UNP 6.2",
            "io_uring_setup(2) IORING_SETUP_DEFER_TASKRUN",
            "aio(7)",
        ),
        ("labs/sigio", "labs/posix_aio", "labs/io_uring", "labs/probes/arrival"),
        ("arrival",),
        c18_only_the_last_is_truly_asynchronous,
    ),
    Claim(
        "C19",
        "还要明确一个很重要的一点是这是一个不同层次的问题。比如python中使用的协程配合io复用的操作。"
        "在程序中是可以在调用接口立马切换到其它的协程执行的。",
        ("PEP 492", "epoll(7)"),
        ("labs/aecho",),
        ("traces", "neighbours"),
        c19_another_layer,
    ),
    Claim(
        "C20",
        "aecho 和 aplay 展示了如何在应用中来实现异步非阻塞。",
        ("PEP 492", "RFC 3550, 6.4.1, for jitter"),
        ("labs/aecho", "labs/aplay"),
        ("neighbours", "play"),
        c20_responsive_while_one_stalls,
    ),
    *OVERALL,
)
