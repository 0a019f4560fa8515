"""C21, C22: what the seed says of epoll against select and poll, and of all models together."""

from __future__ import annotations

from runner.claims.claim import Claim
from runner.claims.rules.comparing import c22_one_comparison
from runner.claims.rules.parts import c21_what_gains_most

OVERALL: tuple[Claim, ...] = (
    Claim(
        "C21",
        "下面这两点应该是对性能提升最大的点。会直接将有可读的那个链接返回（O（1）的复杂度），"
        "不需要自己去找。不需要在用户空间和内核中多次拷贝。",
        (
            "TLPI 63.2.5 and 63.4.5",
            "Linux fs/select.c, do_select() and do_poll()",
            "Linux fs/eventpoll.c",
        ),
        ("labs/probes/call_parts", "docs/wait-queue.md", "labs/epoll"),
        ("call-parts",),
        c21_what_gains_most,
    ),
    Claim(
        "C22",
        "同步io操作引起请求进程阻塞，直到io完成。异步io不会使进程阻塞。",
        ("UNP vol. 1, 6.2 and figure 6.6", "POSIX.1-2024, XBD 3.47 and 3.376"),
        ("docs/axes.md", "docs/trace.md", "labs"),
        ("traces", "arrival", "models", "select-ceiling", "ceilings"),
        c22_one_comparison,
    ),
)
