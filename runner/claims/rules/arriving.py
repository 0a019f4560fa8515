"""C1, C4, C6, C18: where the bytes are at the notification, what copies them, whether the thread
blocks. From the probe `arrival`, and `neighbours` for servers that never block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from runner.claims.evidence import Evidence
from runner.claims.ruling import Curve, NotShownError, Plot, Ruling, Standing, Table
from runner.records.facts import matching
from runner.records.trial_record import Fact

READINESS = ("select", "poll", "epoll", "sigio")
COMPLETION = ("posix_aio", "io_uring", "io_uring_worker")
MODELS = ("blocking", *READINESS, *COMPLETION)
OWN = 0.5
"""The CPU time of a large message: more than half of it in our own thread means that we copy."""

LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """One model, over all sizes and trials. `filled` and `tries` count first news; `own` is our
    thread's share of the CPU time at the largest size."""

    model: str
    filled: int
    tries: int
    copies: float
    own: float
    sleeps_waiting: float
    sleeps_copying: float
    copy_cpu: tuple[tuple[float, float], ...]
    app_cpu: tuple[tuple[float, float], ...]
    other_cpu: tuple[tuple[float, float], ...]


def arrivals(evidence: Evidence) -> dict[str, Arrival]:
    """Every model that this machine has. Raises NotShownError where the probe never ran."""
    trials = evidence.trials(probe="arrival")
    by_model = {}
    for model in MODELS:
        messages = [f for m in trials for f in matching(m, {"case": "message", "model": model})]
        if not messages:
            continue
        largest = max(int(f["size"]) for f in messages)
        by_size = partial(_by_size, messages)
        app, other = by_size("app_cpu_ns"), by_size("other_cpu_ns")
        spent = app[-1][1] + max(0.0, other[-1][1])
        by_model[model] = Arrival(
            model=model,
            filled=sum(int(f["filled_at_news"]) for f in messages),
            tries=sum(int(f["tries"]) for f in messages),
            copies=min(float(f["copy_calls"]) for f in messages),
            own=app[-1][1] / spent if spent > 0 and largest >= LARGE else 1.0,
            sleeps_waiting=by_size("sleeps_waiting")[0][1],
            sleeps_copying=by_size("sleeps_copying")[0][1],
            copy_cpu=by_size("copy_cpu_ns"),
            app_cpu=app,
            other_cpu=other,
        )
    return by_model


def c4_signal_first_then_the_copy(evidence: Evidence) -> Ruling:
    sigio = _one(arrivals(evidence), "sigio")
    overflow = evidence.findings("arrival", {}, case="overflow")
    served = sum(int(f["served"]) for f in overflow)
    sockets = sum(int(f["sockets"]) for f in overflow)
    plain = sum(int(f["plain_sigio"]) for f in overflow)
    lost = sockets - sum(int(f["told"]) for f in overflow)
    figure = (
        f"at the signal {sigio.filled} of {sigio.tries} messages were in the buffer; "
        f"{sigio.copies:.0f} copying call each"
    )
    tables = (_table(evidence), _overflow_table(evidence))
    confidence = f"{sigio.tries} messages"
    if sigio.filled or sigio.copies < 1:
        because = "Bytes were in the application's buffer at the signal."
        return Ruling(Standing.REFUTED, figure, confidence, because, tables)
    because = (
        "The signal comes while all bytes are still in the kernel; the application then copies "
        f"them itself. An overflowing queue lost {lost} of {sockets} signals, reported that by "
        f"{plain} plain SIGIO, and after one poll {served} of {sockets} clients were served."
    )
    standing = Standing.SUPPORTED if served == sockets and (plain or not lost) else Standing.NUANCED
    return Ruling(standing, figure, confidence, because, tables)


def c6_complete_against_can_start(evidence: Evidence) -> Ruling:
    by_model = arrivals(evidence)
    sigio = _one(by_model, "sigio")
    complete = [by_model[model] for model in COMPLETION if model in by_model]
    if not complete:
        raise NotShownError(Standing.SKIP, "no completion model runs here")
    figure = "in the buffer at the notification: " + ", ".join(
        f"{one.model} {one.filled}/{one.tries}" for one in (sigio, *complete)
    )
    whole = all(one.filled == one.tries and one.copies == 0 for one in complete)
    none = sigio.filled == 0 and sigio.copies >= 1
    tries = f"{sum(one.tries for one in (sigio, *complete))} messages"
    tables = (_table(evidence),)
    if whole and none:
        because = (
            "At a completion the bytes are in the application's buffer and no copying call "
            "remains; at a signal none are, and at least one copying call follows."
        )
        return Ruling(Standing.SUPPORTED, figure, tries, because, tables)
    if not whole and not none:
        because = "Neither behaves as the claim says."
        return Ruling(Standing.REFUTED, figure, tries, because, tables)
    because = (
        "A completion did not mean a full buffer." if none else "A signal meant a full buffer."
    )
    return Ruling(Standing.NUANCED, figure, tries, because, tables)


def c18_only_the_last_is_truly_asynchronous(evidence: Evidence) -> Ruling:
    """Who copies: whose CPU time a message of many megabytes is."""
    by_model = arrivals(evidence)
    sigio = _one(by_model, "sigio")
    complete = [by_model[model] for model in COMPLETION if model in by_model]
    if not complete:
        raise NotShownError(Standing.SKIP, "no completion model runs here")
    figure = "the application's own share of the CPU time for 16 MB: " + ", ".join(
        f"{one.model} {one.own:.0%}" for one in (sigio, *complete)
    )
    ours = [one.model for one in complete if one.own > OWN]
    theirs = [one.model for one in complete if one.own <= OWN]
    tries = f"{len(evidence.trials(probe='arrival'))} repeats"
    tables, plots = (_table(evidence), _cpu_table(by_model)), (_plot(by_model),)
    grows = sigio.copy_cpu[-1][1] > 10 * sigio.copy_cpu[0][1]
    half = (
        "In signal-driven I/O the application's thread copies, for a time that grows with the "
        "message"
    )
    if sigio.own <= OWN or not grows:
        because = "In signal-driven I/O the application's thread does not copy."
        return Ruling(Standing.REFUTED, figure, tries, because, tables, plots)
    if not ours:
        because = f"{half}; with asynchronous I/O it does not ({', '.join(theirs)})."
        return Ruling(Standing.SUPPORTED, figure, tries, because, tables, plots)
    if theirs:
        because = (
            f"{half}. {' and '.join(theirs)}: other threads copy. But {' and '.join(ours)}: the "
            "application's own thread copies, inside the call in which it waits for completions."
        )
        return Ruling(Standing.NUANCED, figure, tries, because, tables, plots)
    because = f"{half}. But it also does in {', '.join(ours)}."
    return Ruling(Standing.REFUTED, figure, tries, because, tables, plots)


def _by_size(messages: Sequence[Fact], field: str) -> tuple[tuple[float, float], ...]:
    """The median of a field for each size of message."""
    sizes = sorted({int(f["size"]) for f in messages})
    return tuple(
        (float(n), median(float(f[field]) for f in messages if int(f["size"]) == n)) for n in sizes
    )


def _one(by_model: dict[str, Arrival], model: str) -> Arrival:
    if model not in by_model:
        raise NotShownError(
            Standing.INCONCLUSIVE, f"the probe arrival reported nothing about {model}"
        )
    return by_model[model]


def _table(evidence: Evidence) -> Table:
    rows = tuple(
        (
            one.model,
            f"{one.filled}/{one.tries}",
            f"{one.copies:.0f}" if one.copies else "none",
            f"{one.sleeps_waiting:.1f}",
            f"{one.sleeps_copying:.1f}",
            f"{one.own:.0%}",
        )
        for one in arrivals(evidence).values()
    )
    head = (
        "model",
        "in the buffer at the notification",
        "own copying calls (minimum)",
        "blocks, waiting",
        "blocks, copying",
        "own share of the CPU time, 16 MB",
    )
    return Table("A message arrives", head, rows)


def _cpu_table(by_model: dict[str, Arrival]) -> Table:
    sizes = [n for n, _ in next(iter(by_model.values())).app_cpu]
    rows = tuple(
        (one.model, whose, *(f"{ns / 1e3:,.1f}" for _, ns in cpu))
        for one in by_model.values()
        for whose, cpu in (
            ("copying calls", one.copy_cpu),
            ("own thread, all", one.app_cpu),
            ("others", tuple((n, max(0.0, ns)) for n, ns in one.other_cpu)),
        )
    )
    head = ("model", "CPU time of", *(f"{n:,.0f} B" for n in sizes))
    return Table("µs of CPU time for a message", head, rows)


def _overflow_table(evidence: Evidence) -> Table:
    fields = ("sockets", "places", "told", "plain_sigio", "found_by_poll", "served")
    rows = tuple(
        tuple(str(f[name]) for name in fields)
        for f in evidence.findings("arrival", {}, case="overflow")
    )
    return Table("More signals than the queue holds", fields, rows)


def _plot(by_model: dict[str, Arrival]) -> Plot:
    curves = tuple(Curve(one.model, one.app_cpu) for one in by_model.values())
    return Plot("CPU time of the application's own thread for one message", "bytes", "ns", curves)
