"""T1 to T5, the papers' tables, and S1 to S7, the systems that the seed names."""

from __future__ import annotations

from runner.claims.claim import Claim
from runner.claims.rules.designs import t5_server_designs
from runner.claims.rules.papers import t1_kerrisk, t2_provos, t3_gammo
from runner.claims.rules.stevens import t4_timelines
from runner.claims.rules.systems import runs

TABLES: tuple[Claim, ...] = (
    Claim(
        "T1",
        "",
        ("TLPI 63.4.5, table 63-9",),
        ("labs/probes/monitoring",),
        ("monitoring-cost",),
        t1_kerrisk,
    ),
    Claim(
        "T2",
        "",
        ("N. Provos, libevent's benchmark, libevent.org",),
        ("labs/probes/monitoring",),
        ("monitoring-cost",),
        t2_provos,
    ),
    Claim(
        "T3",
        "",
        ("Gammo et al., Comparing and Evaluating epoll, select, and poll, OLS 2004",),
        ("labs/select", "labs/poll", "labs/epoll"),
        ("idle-sweep",),
        t3_gammo,
    ),
    Claim(
        "T4",
        "",
        ("UNP 6.2, figures 6.1 to 6.5",),
        ("docs/axes.md", "labs"),
        ("traces", "arrival"),
        t4_timelines,
    ),
    Claim(
        "T5",
        "",
        ("UNP 30.1, figure 30.1, 30.4 to 30.6, 30.10, 30.11 and 30.13",),
        ("labs/fork", "labs/prefork", "labs/thread", "labs/prethread", "labs/probes/connections"),
        ("designs",),
        t5_server_designs,
    ),
)


def _system(identifier: str, seed: str, *labs: str) -> Claim:
    where = tuple(f"labs/{lab}" for lab in labs)
    experiments = ("play",) if labs == ("aplay",) else ("models", "one-client", "neighbours")
    return Claim(identifier, seed, (), where, experiments, runs(*labs))


SYSTEMS: tuple[Claim, ...] = (
    _system("S1", "阻塞IO", "blocking", "fork", "thread"),
    _system("S2", "非阻塞IO", "nonblocking"),
    _system("S3", "信号驱动IO", "sigio"),
    _system("S4", "IO复用（select poll epoll）", "select", "poll", "epoll"),
    _system("S4a", "select", "select"),
    _system("S4b", "poll", "poll"),
    _system("S4c", "epoll", "epoll", "epoll_et"),
    _system("S5", "异步IO（aio）", "posix_aio", "io_uring"),
    _system("S6", "协程配合io复用：aecho", "aecho", "asyncio", "uvloop"),
    _system("S7", "aplay", "aplay"),
)
