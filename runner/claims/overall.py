"""C21: what the seed says of epoll against select and poll as a whole."""

from __future__ import annotations

from runner.claims.claim import Claim
from runner.claims.rules.parts import c21_what_gains_most

OVERALL: tuple[Claim, ...] = (
    Claim(
        "C21",
        "下面这两点应该是对性能提升最大的点。会直接将有可读的那个链接返回；不需要在用户空间和内核中多次拷贝。",
        "Two points gain most in epoll: the ready descriptors are returned directly, and nothing "
        "is copied again and again.",
        "CPU time of calls that differ in one part each: copying the set, examining each "
        "descriptor, joining and leaving its wait queue, sleeping, examining it again, and the "
        "application's search. N - 1 TCP connections are idle; a timer in the last place wakes "
        "the call.",
        "A part is the difference of two measured calls. Where the set does not fit into the "
        "caches, a part depends on what the part before left in them.",
        ("labs/probes/call_parts", "docs/wait-queue.md", "labs/epoll"),
        ("call-parts",),
        c21_what_gains_most,
    ),
)
