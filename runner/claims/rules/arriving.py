"""C4, C6, C18, and half of C1: where the bytes are at the notification, what copies them, whether
the thread blocks. From the probe `arrival`."""

from __future__ import annotations

from collections.abc import Sequence

from runner.claims.curves import curve
from runner.claims.evidence import Evidence
from runner.claims.rules.arrivals import (
    ASLEEP,
    COMPLETION,
    OWN,
    POLLED,
    READINESS,
    Arrival,
    arrivals,
)
from runner.claims.ruling import NotShownError, Plot, Ruling, Standing, Table, holding


def c4_signal_first_then_the_copy(evidence: Evidence) -> Ruling:
    sigio = _one(arrivals(evidence), "sigio")
    overflow = evidence.findings("arrival", {}, case="overflow")
    served = sum(int(f["served"]) for f in overflow)
    sockets = sum(int(f["sockets"]) for f in overflow)
    plain = sum(int(f["plain_sigio"]) for f in overflow)
    lost = sockets - sum(int(f["told"]) for f in overflow)
    unnamed = evidence.findings("arrival", {}, case="plain")
    ready, signals, told = (sum(int(f[k]) for f in unnamed) for k in ("sockets", "signals", "told"))
    figure = (
        f"at the signal {sigio.filled} of {sigio.tries} messages were in the buffer; "
        f"{sigio.copies:.0f} copying call each"
    )
    tables = (_table(evidence), _overflow_table(evidence))
    confidence = f"{sigio.tries} messages"
    if sigio.filled or sigio.copies < 1:
        because = "Bytes were in the application's buffer at the signal."
        met = holding(sigio.filled > 0, sigio.copies < 1)
        return Ruling(Standing.REFUTED, figure, confidence, because, tables, met=met)
    because = (
        "The signal comes while all bytes are still in the kernel; the application then copies "
        f"them itself. An overflowing queue lost {lost} of {sockets} signals, reported that by "
        f"{plain} plain SIGIO, and after one poll {served} of {sockets} clients were served. The "
        "signal names the descriptor because F_SETSIG asks for a real-time signal: without it "
        f"{ready} ready sockets brought {signals} SIGIO, and {told} of the sockets were named."
    )
    met = holding(served != sockets, bool(lost and not plain))
    standing = Standing.NUANCED if met else Standing.SUPPORTED
    return Ruling(standing, figure, confidence, because, tables, met=met or (0,))


def c6_complete_against_can_start(evidence: Evidence) -> Ruling:
    by_model = arrivals(evidence)
    sigio = _one(by_model, "sigio")
    complete = [by_model[model] for model in COMPLETION if model in by_model]
    if not complete:
        raise NotShownError(Standing.SKIP, "no completion model runs here")
    figure = "in the buffer at the notification: " + ", ".join(
        f"{one.model} {one.filled}/{one.tries}" for one in (sigio, *complete)
    )
    whole = all(one.complete for one in complete)
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
    met = holding(none, not none)
    return Ruling(Standing.NUANCED, figure, tries, because, tables, met=met)


def c18_only_the_last_is_truly_asynchronous(evidence: Evidence) -> Ruling:
    """Three questions: is the read complete at the notification; is the thread of signal-driven I/O
    blocked while it copies, or busy; on whose CPU time does each asynchronous model copy?"""
    by_model = arrivals(evidence)
    sigio = _one(by_model, "sigio")
    last = [by_model[model] for model in (*COMPLETION, *POLLED) if model in by_model]
    if not last:
        raise NotShownError(Standing.SKIP, "no completion model runs here")
    size, busy = sigio.copy_cpu[-1]
    figure = (
        f"sigio: blocked {sigio.blocked_large:.1f} times while it copied "
        f"{size / (1 << 20):.0f} MiB, busy for {busy / 1e3:,.0f} µs; own share of the CPU time: "
        + ", ".join(f"{one.model} {one.own:.0%}" for one in (sigio, *last))
    )
    tries = f"{len(evidence.trials(probe='arrival'))} repeats"
    tables, plots = (_table(evidence), _cpu_table(by_model)), (_plot(by_model),)

    def ruling(standing: Standing, because: str, *met: int) -> Ruling:
        return Ruling(standing, figure, tries, because, tables, plots, met=met or (0,))

    complete = [one.model for one in last if one.complete]
    early = [model for model in READINESS if model in by_model and by_model[model].complete]
    if early or not complete:
        because = f"Complete at the notification: {', '.join([*early, *complete]) or 'no model'}."
        return ruling(Standing.REFUTED, because)
    if sigio.own <= OWN or sigio.copy_cpu[-1][1] <= 10 * sigio.copy_cpu[0][1]:
        because = "In signal-driven I/O the application's thread does not copy."
        return ruling(Standing.REFUTED, because, 1)
    ours = [one.model for one in last if one.own > OWN]
    theirs = [one.model for one in last if one.own <= OWN]
    blocked = sigio.blocked_large >= ASLEEP
    because = (
        f"Only at the notifications of {_and(complete)} the read is complete. In signal-driven "
        "I/O the application's thread copies afterwards, for a time that grows with the message. "
    ) + (
        "It blocks meanwhile."
        if blocked
        else "But it is busy, not blocked: the data are there, and no copy gave up the CPU."
    )
    if ours:
        because += (
            f" With {_and(ours)} the copy runs on the application's own CPU time as well, as "
            "kernel code and without a reading call."
        )
    if theirs:
        because += f" With {_and(theirs)} another thread copies."
    met = holding(not blocked, bool(ours), len(complete) < len(last))
    return ruling(Standing.NUANCED if met else Standing.SUPPORTED, because, *met)


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


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
            f"{one.blocked_waiting:.1f}",
            f"{one.blocked_copying:.1f}",
            f"{one.blocked_large:.1f}" if one.copies else "–",
            f"{one.own:.0%}",
        )
        for one in arrivals(evidence).values()
    )
    head = (
        "model",
        "in the buffer at the notification",
        "own copying calls (minimum)",
        "blocked before the copying call, 1 B",
        "blocked in the copying call, 1 B",
        "blocked in copying calls, 16 MiB",
        "own share of the copy's CPU time, 16 MiB",
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
            ("other threads", tuple((n, max(0.0, ns)) for n, ns in one.other_cpu)),
        )
        if any(ns for _, ns in cpu)
    )
    head = ("model", "CPU time of", *(f"{n:,.0f} B" for n in sizes))
    return Table("µs of CPU time for a message", head, rows)


def _overflow_table(evidence: Evidence) -> Table:
    heads = {
        "sockets": "ready sockets",
        "places": "places in the queue",
        "told": "signals with a descriptor",
        "plain_sigio": "plain SIGIO",
        "found_by_poll": "found by one poll",
        "served": "served",
    }
    findings = evidence.findings("arrival", {}, case="overflow")
    rows = dict.fromkeys(tuple(str(f[name]) for name in heads) for f in findings)
    return Table("More signals than the queue holds", tuple(heads.values()), tuple(rows))


def _plot(by_model: dict[str, Arrival]) -> Plot:
    curves = tuple(curve(one.model, one.app_samples) for one in by_model.values())
    return Plot(
        "CPU time of the application's own thread for one message",
        "size of the message",
        "CPU time",
        curves,
        x_unit="bytes",
        y_unit="ns",
    )
