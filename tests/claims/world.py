"""What a kernel and its labs do, with knobs to make it otherwise; telling.py measures it.

The defaults are what Linux was seen to do. A test turns one knob, and the verdict must follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def linear(each: float) -> tuple[float, float, float]:
    """a, b and k of a cost a + b·N^k, in ns."""
    return 400.0, each, 1.0


FLAT = (450.0, 0.0, 1.0)


def _kernel() -> dict[str, tuple[float, float, float]]:
    return {"select": linear(60), "poll": linear(58), "epoll": FLAT}


def _user() -> dict[str, tuple[float, float, float]]:
    return {"select": (2.0, 0.6, 1.0), "poll": (2.0, 0.6, 1.0), "epoll": (3.0, 0.0, 1.0)}


def _shared() -> dict[tuple[str, str], str]:
    copied = {"add": "next_call", "close": "closed", "reuse": "never", "reuse_held": "never"}
    return {
        **{("select_copy", change): outcome for change, outcome in copied.items()},
        ("select_copy", "reuse_heard"): "late",
        ("select", "add"): "never",
        ("select", "close"): "closed",
        ("select", "reuse"): "never",
        ("select", "reuse_heard"): "late",
        ("select", "reuse_held"): "never",
        ("poll", "add"): "next_call",
        ("poll", "close"): "invalid",
        ("poll", "reuse"): "never",
        ("poll", "reuse_heard"): "late",
        ("poll", "reuse_held"): "never",
        ("epoll", "add"): "woken",
        ("epoll", "close"): "never",
        ("epoll", "reuse"): "never",
        ("epoll", "reuse_heard"): "never",
        ("epoll", "reuse_held"): "wrong_file",
    }


def _arrivals() -> dict[str, tuple[bool, float]]:
    """Model: whether the buffer is full at the news, and our own share of the CPU time."""
    ready = dict.fromkeys(("select", "poll", "epoll", "sigio"), (False, 1.0))
    own = {"io_uring": (True, 1.0), "io_uring_peek": (True, 1.0)}
    others = {"posix_aio": (True, 0.15), "io_uring_worker": (True, 0.2)}
    others |= {"io_uring_sqpoll": (True, 0.1), "aio_error": (True, 0.0)}
    return {"blocking": (True, 1.0), "nonblocking": (True, 1.0), **ready, **own, **others}


def _neighbours() -> dict[str, tuple[float, float, bool]]:
    """Lab: what B waits of A's thinking, CPUs while all are silent, B served beside a staller."""
    calm = dict.fromkeys(("select", "poll", "epoll", "thread", "aecho"), (0.001, 0.0, True))
    return {"blocking": (1.01, 0.0, False), "nonblocking": (0.001, 0.97, True), **calm}


@dataclass
class World:
    kernel: dict[str, tuple[float, float, float]] = field(default_factory=_kernel)
    user: dict[str, tuple[float, float, float]] = field(default_factory=_user)
    writes: dict[str, float] = field(
        default_factory=lambda: {"select": 1.0, "poll": 1.0, "epoll": 0.05}
    )
    """The power by which a write's cost grows with the pairs, while one is active."""
    writes_of_many: float = 0.5
    """The same with a hundred active, as a part of it."""
    before: str = "timeout"
    """How a call ends before its event."""
    shared: dict[tuple[str, str], str] = field(default_factory=_shared)
    arrivals: dict[str, tuple[bool, float]] = field(default_factory=_arrivals)
    served_after_overflow: int = 64
    plain_sigio: int = 1
    threads: int = 1
    """Of each server beside which the probe `neighbours` ran."""
    runs: tuple[str, ...] = ("nonblocking", "aio_error", "io_uring_peek")
    """The models whose thread is not blocked while it waits."""
    blocked_copying: float = 0.0
    """How often the thread of signal-driven I/O is blocked while it copies."""
    named_without_setsig: int = 0
    ready: dict[str, tuple[float, float, float]] = field(
        default_factory=lambda: {
            "select": (56_000.0, 0.1, 1.0),
            "poll": (55_000.0, 0.1, 1.0),
            "epoll": (200.0, 110.0, 1.0),
        }
    )
    """The cost of a call by how many of a thousand are ready."""
    neighbours: dict[str, tuple[float, float, bool]] = field(default_factory=_neighbours)
    wake: dict[str, str] = field(
        default_factory=lambda: {
            reason: reason for reason in ("readable", "writable", "exceptional", "timeout")
        }
    )
    fd_1024: dict[str, str] = field(
        default_factory=lambda: {
            "refuse": "refused",
            "fortify": "abort",
            "plain": "corrupted",
            "raw": "ready",
            "python": "ValueError",
        }
    )
    reset: dict[str, str] = field(
        default_factory=lambda: {
            "select": "readable+writable",
            "poll": "readable+writable+error+hangup",
            "epoll": "readable+writable+error+hangup",
        }
    )
    """What a connection is reported as after its peer has reset it."""
    ceilings: dict[str, tuple[int, str]] = field(
        default_factory=lambda: {
            "select": (1019, "FD_SETSIZE"),
            "poll": (4091, "EMFILE"),
            "epoll": (4090, "EMFILE"),
        }
    )
    kept: dict[str, float] = field(
        default_factory=lambda: {"select": 0.6, "poll": 0.1, "epoll": 0.97}
    )
    """The share of its rate that a server keeps beside the most idle connections."""
    present: dict[str, str] = field(
        default_factory=lambda: {
            "select": "present",
            "poll": "present",
            "epoll": "present",
            "kqueue": "absent",
        }
    )
    epoll_maps: int = 0
    designs: dict[str, float] = field(
        default_factory=lambda: {
            "blocking": 50e3,
            "fork": 200e3,
            "prefork": 48e3,
            "prethread": 49e3,
            "thread": 78e3,
            "epoll": 40e3,
        }
    )
    batches: tuple[float, ...] = (0.98, 1.0, 1.03, 1.01, 0.99)
    """What the batches of a design's connections cost, as factors of `designs`."""
    parts: dict[str, float] = field(
        default_factory=lambda: {
            "copy": 1.2, "examine": 70.0, "queues": 116.0, "again": 88.0, "search": 0.5,
            "sleep": 10_000.0,
        }
    )  # fmt: skip
    """ns for each watched descriptor, and `sleep` once, of a call of select or poll that sleeps."""
    epoll_examines: float = 0.0
    """ns for each watched descriptor, of a call of epoll_wait."""
    sleeps: int = 6
    """Of six calls that were to sleep."""
    late_frame_share: float = 0.001
    gaps: int = 0
    traces: dict[str, dict[str, float | str]] = field(default_factory=dict)
    border: dict[str, Mapping[int, float]] = field(
        default_factory=lambda: {
            "select": {0: 50.0, 500: 520.0},
            "poll": {0: 90.0, 500: 8100.0},
            "epoll": {0: 12.0, 500: 12.0},
        }
    )

    def __post_init__(self) -> None:
        self.traces = {**_traces(), **self.traces}


def _traces() -> dict[str, dict[str, float | str]]:
    def seen(sleeps: str, copies: str, tells: str, notified: str) -> dict[str, float | str]:
        names = ("blocks_in", "copied_by", "notification_means", "notified_by")
        told = dict(zip(names, (sleeps, copies, tells, notified), strict=True))
        return {**told, "model": f"{sleeps} loop", "new_threads": 0.0}

    ready = ("application", "readiness", "return")
    return {
        "blocking": seen("read", "application", "nothing", "nothing"),
        "nonblocking": seen("nowhere", "application", "nothing", "nothing"),
        "select": seen("select", *ready),
        "poll": seen("poll", *ready),
        "epoll": seen("epoll", *ready),
        "sigio": seen("signal", "application", "readiness", "signal"),
        "posix_aio": seen("signal", "helper", "completion", "signal"),
        "io_uring": seen("completion", "kernel", "completion", "completion"),
        "aecho": seen("epoll", *ready),
    }
