"""C21: what the seed says of epoll against select and poll as a whole."""

from __future__ import annotations

from runner.claims.claim import Claim
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
)
