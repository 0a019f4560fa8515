"""What the probe `arrival` reported of each model: at the notification, and of the copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from runner.claims.evidence import Evidence
from runner.records.facts import matching
from runner.records.trial_record import Fact
from runner.trace.axes import Field, measured

READINESS = ("select", "poll", "epoll", "sigio")
COMPLETION = ("posix_aio", "io_uring", "io_uring_worker", "io_uring_sqpoll")
POLLED = ("aio_error", "io_uring_peek")
"""Asynchronous operations whose state the thread polls instead of waiting for a notification."""

MODELS = ("blocking", "nonblocking", *READINESS, *COMPLETION, *POLLED)
OWN = 0.5
"""The CPU time of a large message: more than half of it in our own thread means that we copy."""

ASLEEP = 0.5
"""Voluntary context switches for a message, at least: half of the messages found the thread
blocked."""

LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """One model, over all sizes and trials. `filled` and `tries` count notifications; `own` is our
    thread's share of the CPU time of the copy at the largest size. `blocked_waiting` and
    `blocked_copying` count for a message of one byte, `blocked_large` the copies of the largest."""

    model: str
    filled: int
    tries: int
    copies: float
    own: float
    blocked_waiting: float
    blocked_copying: float
    blocked_large: float
    copy_cpu: tuple[tuple[float, float], ...]
    app_cpu: tuple[tuple[float, float], ...]
    other_cpu: tuple[tuple[float, float], ...]
    app_samples: Mapping[int, Sequence[float]]
    """`app_cpu` is the median of these: of each trial, by the size of the message."""

    @property
    def complete(self) -> bool:
        """At every notification the operation was complete: no copying call remained."""
        return self.filled == self.tries and self.copies == 0

    @property
    def field(self) -> Field:
        blocked = max(self.blocked_waiting, self.blocked_copying) >= ASLEEP
        return measured(complete=self.complete, blocked=blocked)


def arrivals(evidence: Evidence) -> dict[str, Arrival]:
    """Every model that this machine has. Raises NotShownError where the probe never ran."""
    trials = evidence.trials(probe="arrival")
    by_model: dict[str, Arrival] = {}
    for model in MODELS:
        by_trial = [list(matching(m, {"case": "message", "model": model})) for m in trials]
        messages = [f for some in by_trial for f in some]
        if not messages:
            continue
        largest = max(int(f["size"]) for f in messages)
        by_size, samples = partial(_by_size, messages), _samples(by_trial, "app_cpu_ns")
        app = tuple((float(n), median(samples[n])) for n in sorted(samples))
        other = by_size("other_cpu_ns")
        waiting, copying = by_size("sleeps_waiting"), by_size("sleeps_copying")
        runs = waiting[0][1] < ASLEEP and copying[0][1] < ASLEEP
        copy = by_model["blocking"].app_cpu[-1][1] if runs and "blocking" in by_model else 0.0
        by_model[model] = Arrival(
            model=model,
            filled=sum(int(f["filled_at_news"]) for f in messages),
            tries=sum(int(f["tries"]) for f in messages),
            copies=min(float(f["copy_calls"]) for f in messages),
            own=_own(app[-1][1], other[-1][1], copy) if largest >= LARGE else 1.0,
            blocked_waiting=waiting[0][1],
            blocked_copying=copying[0][1],
            blocked_large=copying[-1][1],
            copy_cpu=by_size("copy_cpu_ns"),
            app_cpu=app,
            other_cpu=other,
            app_samples=samples,
        )
    return by_model


def _own(app: float, other: float, copy: float) -> float:
    """Our thread's share. A thread that never blocks uses CPU time while it waits as well: there
    the other threads' time is held against `copy`, which the same copy takes in `blocking`."""
    other = max(0.0, other)
    if copy > 0:
        return 1 - min(1.0, other / copy)
    return app / (app + other) if app + other > 0 else 1.0


def _samples(by_trial: Sequence[Sequence[Fact]], field: str) -> dict[int, list[float]]:
    """For each size of message the median of a field in each trial."""
    samples: dict[int, list[float]] = {}
    for size, value in (pair for some in by_trial for pair in _by_size(some, field)):
        samples.setdefault(int(size), []).append(value)
    return samples


def _by_size(messages: Sequence[Fact], field: str) -> tuple[tuple[float, float], ...]:
    """The median of a field for each size of message."""
    sizes = sorted({int(f["size"]) for f in messages})
    return tuple(
        (float(n), median(float(f[field]) for f in messages if int(f["size"]) == n)) for n in sizes
    )
