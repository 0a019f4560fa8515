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
        "CPU time of a monitoring call at N = 10, 100, 1000, 10000: select and poll grow with N, "
        "epoll hardly (Kerrisk, The Linux Programming Interface, table 63-9).",
        "One of N TCP connections is ready; each call's cost as a multiple of its cost at N = 10.",
        "Kerrisk's figures are CPU seconds for 100,000 operations on a machine of 2008: shapes "
        "compare, times do not. For the small growth of epoll he names a possible reason, the "
        "limits of the CPU's caches (63.4.5); it is not measured here.",
        ("labs/probes/monitoring",),
        ("monitoring-cost",),
        t1_kerrisk,
    ),
    Claim(
        "T2",
        "",
        "Time for W writes over N pipes with A active: select and poll pay for N, epoll for A "
        "(Provos, libevent's benchmark).",
        "Each pair that receives a byte sends it to the next pair; 1 and 100 active.",
        "Pairs of sockets, and no library around the calls.",
        ("labs/probes/monitoring",),
        ("monitoring-cost",),
        t2_provos,
    ),
    Claim(
        "T3",
        "",
        "Idle connections leave epoll's rate unchanged and collapse select's and poll's; without "
        "them the three are alike (Gammo et al., Ottawa Linux Symposium 2004).",
        "Fifty clients send requests beside more and more idle connections.",
        "One server thread on a CPU of its own, the clients on another.",
        ("labs/select", "labs/poll", "labs/epoll"),
        ("idle-sweep",),
        t3_gammo,
    ),
    Claim(
        "T4",
        "",
        "The five models' two phases, waiting for data and copying it, as timelines (Stevens, UNP "
        "vol. 1, 6.2).",
        "One scripted conversation with each model, traced from outside; `runner trace LAB` draws "
        "the timeline.",
        "Under a tracer every call is slower: durations are for ratios. On whose CPU time a copy "
        "runs is measured by probe arrival, without a tracer.",
        ("docs/axes.md", "labs"),
        ("traces", "arrival"),
        t4_timelines,
    ),
    Claim(
        "T5",
        "",
        "Server designs compared by CPU time: a process for each client is by far the most "
        "expensive, pre-created pools and threads cost far less (Stevens, UNP vol. 1, ch. 30).",
        "Five clients repeatedly connect, request 4000 bytes and disconnect; the kernel's "
        "accounting of the server with all its children.",
        "Loopback. prefork gives each child a listener of its own, the book's children share one. "
        "The iterative server is the base, although its clients wait for each other.",
        (
            "labs/fork",
            "labs/prefork",
            "labs/thread",
            "labs/prethread",
            "labs/probes/connections",
        ),
        ("designs",),
        t5_server_designs,
    ),
)

_DID = "Looked up in the run: which labs were measured, in which languages."


def _system(identifier: str, seed: str, says: str, caveat: str, *labs: str) -> Claim:
    where = tuple(f"labs/{lab}" for lab in labs)
    experiments = ("play",) if labs == ("aplay",) else ("models", "one-client", "neighbours")
    return Claim(identifier, seed, says, _DID, caveat, where, experiments, runs(*labs))


SYSTEMS: tuple[Claim, ...] = (
    _system(
        "S1",
        "阻塞IO",
        "Blocking I/O, and its two classic escapes.",
        "One client at a time; or a process, or a thread, for each.",
        "blocking",
        "fork",
        "thread",
    ),
    _system(
        "S2",
        "非阻塞IO",
        "Non-blocking I/O, polling in turn.",
        "It never sleeps in the kernel.",
        "nonblocking",
    ),
    _system(
        "S3",
        "信号驱动IO",
        "Signal-driven I/O.",
        "Real-time signals that carry the descriptor.",
        "sigio",
    ),
    _system(
        "S4",
        "IO复用（select poll epoll）",
        "Multiplexing.",
        "Three calls, one idea.",
        "select",
        "poll",
        "epoll",
    ),
    _system("S4a", "select", "select.", "glibc's fd_set.", "select"),
    _system("S4b", "poll", "poll.", "An array of any length.", "poll"),
    _system(
        "S4c",
        "epoll",
        "epoll, level- and edge-triggered.",
        "The interest list lives in the kernel.",
        "epoll",
        "epoll_et",
    ),
    _system(
        "S5",
        "异步IO（aio）",
        "Asynchronous I/O.",
        "glibc's POSIX AIO is threads; io_uring is the kernel's own.",
        "posix_aio",
        "io_uring",
    ),
    _system(
        "S6",
        "协程配合io复用：aecho",
        "Coroutines over multiplexing: aecho.",
        "A loop small enough to be read, beside asyncio and uvloop.",
        "aecho",
        "asyncio",
        "uvloop",
    ),
    _system(
        "S7",
        "aplay",
        "A coroutine player: aplay.",
        "Clients and time in one loop.",
        "aplay",
    ),
)
