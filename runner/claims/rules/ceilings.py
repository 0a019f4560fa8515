"""C7, C8, C12, C15: which events wake the calls, and which limits stop them."""

from __future__ import annotations

from runner.claims.evidence import Evidence, values
from runner.claims.rules.sharing import NEARLY_ALL, counts, sharing
from runner.claims.rules.sharing import table as sharing_table
from runner.claims.ruling import NotShownError, Ruling, Standing, Table, holding
from runner.records.outcome import Outcome
from runner.records.trial_record import Fact
from runner.stats.interval import FEWEST

FD_SETSIZE = 1024
SPARE = 16
"""Descriptors that a server needs for itself: standard streams, listener, spare."""

UNCHANGED = 0.75
"""A rate that keeps three quarters of itself beside ten thousand idle connections is not about
them; what a search through all of them leaves is a tenth."""


def c7_reasons_to_wake(evidence: Evidence) -> Ruling:
    """Four reasons, one at a time; then an error, which the third set is often taken for."""
    findings = evidence.findings("wake_up", {})
    errors = [f for f in findings if f["reason"] == "reset"]
    reasons = [f for f in findings if f["reason"] != "reset"]
    right = [f for f in reasons if f["told"] == f["reason"] and f["before"] == "timeout"]
    rows = tuple(
        (str(f["call"]), str(f["reason"]), str(f["told"]), str(f["before"])) for f in findings
    )
    table = Table(
        "One reason at a time", ("call", "event", "result", "result before the event"), rows
    )
    figure = f"{len(right)} of {len(reasons)} reasons woke the call"
    for f in reasons:
        if f not in right:
            because = f"{f['call']} reported {f['told']}; the reason was {f['reason']}."
            met = holding(f["told"] != f["reason"], f["before"] != "timeout")
            return Ruling(Standing.REFUTED, figure, "each tried", because, (table,), met=met)
    tried = len({(f["call"], f["reason"]) for f in right})
    if tried < 12 or not errors:
        reason = f"only {tried} of 12 pairs of call and reason were tried, and {len(errors)} resets"
        raise NotShownError(Standing.INCONCLUSIVE, reason)
    by_call = {str(f["call"]): str(f["told"]) for f in errors}
    figure += "; a reset is reported as " + ", ".join(f"{c}: {t}" for c, t in by_call.items())
    because = (
        "Each of the four reasons wakes select, poll and epoll; without a reason the call blocks "
        "until its time-out. "
    )
    confidence = f"{len(findings)} tries"
    if all("exceptional" in told for told in by_call.values()):
        because += "A reset connection is reported as exceptional."
        return Ruling(Standing.SUPPORTED, figure, confidence, because, (table,))
    because += (
        "But exceptional means out-of-band data here, and not an error: a connection that was "
        f"reset is {by_call['select'].replace('+', ' and ')} for select, and not in its third set."
    )
    return Ruling(Standing.NUANCED, figure, confidence, because, (table,))


def c8_select_has_a_ceiling(evidence: Evidence) -> Ruling:
    findings = evidence.findings("select_ceiling", {})

    def outcome(variant: str, fd: int) -> str:
        return values([f["outcome"] for f in findings if (f["variant"], f["fd"]) == (variant, fd)])

    table = _ceiling_table(findings)
    tables = (table, *_served_tables(evidence))
    library = {v: outcome(v, FD_SETSIZE) for v in ("refuse", "fortify", "plain", "python")}
    kernel = outcome("raw", FD_SETSIZE)
    tried = {v: result for v, result in library.items() if result not in ("", "limit")}
    figure = ", ".join(f"{v}: {result}" for v, result in tried.items()) + f"; the kernel: {kernel}"
    confidence = f"{len(findings)} cases, each in a process of its own"
    if not tried or kernel in ("", "limit"):
        because = "This machine grants no descriptor numbered 1024, so nothing can be shown."
        raise NotShownError(Standing.SKIP, because)
    stopped = [v for v, result in tried.items() if result != "ready"]
    many_fit = outcome("plain", 20) == "ready"
    number = "The number of the descriptor counts, not how many are open. " if many_fit else ""
    if not stopped:
        because = "Every variant waited for descriptor 1024, and nothing was overwritten."
        return Ruling(Standing.REFUTED, figure, confidence, because, tables)
    if kernel == "ready":
        because = (
            "The ceiling of 1024 is the C library's fd_set (and Python's check of it); the kernel "
            f"takes a longer bitmap. {number}Below an RLIMIT_NOFILE of 1024, EMFILE comes first."
        )
        return Ruling(Standing.NUANCED, figure, confidence, because, tables)
    because = f"Library and kernel both stop at 1024. {number}".strip()
    return Ruling(Standing.SUPPORTED, figure, confidence, because, tables)


def c12_poll_has_no_such_ceiling(evidence: Evidence) -> Ruling:
    """No maximum of its own; and where the maximum moved to: held against several limits."""
    standing, figure, because, tables = _no_maximum(evidence, "poll")
    held = {
        _granted(m): int(m.metrics["served"])
        for m in evidence.trials(measure="ceiling", lab="poll")
    }
    figure += "; held of granted: " + ", ".join(f"{held[n]:,} of {n:,}" for n in sorted(held))
    met = (0,)
    follows = all(granted - served <= SPARE for granted, served in held.items())
    if standing is Standing.SUPPORTED and not follows:
        standing, because = Standing.NUANCED, "It stops before the descriptor limit is used up."
        met = (1,)
    elif standing is Standing.SUPPORTED:
        because += (
            f" With {len(held)} limits it held as many as each allows. The maximum is the "
            "program's to choose: setrlimit sets it, up to the hard limit, and the array grows, so "
            "the program needs no constant for it."
        )
    return Ruling(standing, figure, "every trial", because, tables, met=met)


def c15_epoll_is_safe_unbounded_and_minds_the_active(evidence: Evidence) -> Ruling:
    """Three claims in one: the worst of them stands."""
    parts = [_threads_of_epoll(evidence), _no_maximum(evidence, "epoll")[:3], _idle(evidence)]
    order = (Standing.INCONCLUSIVE, Standing.REFUTED, Standing.NUANCED, Standing.SUPPORTED)
    standing = min((part[0] for part in parts), key=order.index)
    return Ruling(
        standing,
        "; ".join(part[1] for part in parts),
        "interval of the rates' ratio, as the run judges it; every try",
        " ".join(part[2] for part in parts),
        (*_served_tables(evidence), sharing_table(evidence)),
        met=(0,)
        if standing is Standing.SUPPORTED
        else holding(*(part[0] is standing for part in parts)),
    )


def _threads_of_epoll(evidence: Evidence) -> tuple[Standing, str, str]:
    shared = sharing(evidence, "epoll")
    add = counts(evidence, "epoll", "add")
    reused = counts(evidence, "epoll", "reuse_held")
    safe = add["woken"] >= NEARLY_ALL * sum(add.values())
    if not safe:
        return (
            Standing.REFUTED,
            shared.figure,
            "Threads: an added descriptor does not wake the waiting thread.",
        )
    if reused["wrong_file"]:
        because = (
            "Threads: an added descriptor wakes the waiting thread at once. But closing one wakes "
            "no thread, and while a copy of it is open elsewhere epoll keeps reporting it, under a "
            "number that may belong to another file by then."
        )
        return Standing.NUANCED, shared.figure, because
    return (
        Standing.SUPPORTED,
        shared.figure,
        "Threads: an added descriptor wakes the waiting thread.",
    )


def _no_maximum(evidence: Evidence, lab: str) -> tuple[Standing, str, str, tuple[Table, ...]]:
    trials = [m for m in evidence.trials(measure="ceiling", lab=lab) if _granted(m) > FD_SETSIZE]
    if not trials:
        raise NotShownError(Standing.SKIP, "no limit above 1024 descriptors was granted")
    most = max(trials, key=lambda m: float(m.metrics["served"]))
    served, granted = int(most.metrics["served"]), _granted(most)
    limits = values([m.metrics["limit"] for m in trials])
    figure = f"{lab} held {served:,} of {granted:,} descriptors, stopped by {limits}"
    tables = _served_tables(evidence)
    if all(float(m.metrics["served"]) < FD_SETSIZE for m in trials):
        return Standing.REFUTED, figure, f"{lab} stops below 1024 as select does.", tables
    names = {str(m.metrics["limit"]) for m in trials}
    if names <= {"EMFILE", "ENFILE", "none"}:
        because = f"Maximum: only the process's descriptor limit stops {lab}, whatever it is."
        return Standing.SUPPORTED, figure, because, tables
    because = f"Maximum: beyond 1024, {lab} is stopped by a limit of its own: {limits}."
    return Standing.NUANCED, figure, because, tables


def _idle(evidence: Evidence) -> tuple[Standing, str, str]:
    """The rate beside many idle connections against the rate alone."""
    crowded = [
        m
        for m in evidence.trials(measure="load", lab="epoll", language="c")
        if m.cell.get("idle") == "max" or int(m.cell.get("idle") or 0) >= 5000
    ]
    if not crowded:
        raise NotShownError(Standing.NO_EVIDENCE, "no load beside thousands of idle connections")
    where = {"experiment": crowded[0].cell.experiment}
    crowds: dict[int, list[Outcome]] = {}
    for m in crowded:
        if "rate" in m.metrics:
            crowds.setdefault(m.record.asked.idle, []).append(m)
    most = max(crowds, key=lambda n: (len(crowds[n]) >= FEWEST, n))
    alone = [
        m
        for m in evidence.trials(measure="load", lab="epoll", language="c", idle=0)
        if m.cell.experiment == where["experiment"] and "rate" in m.metrics
    ]
    if not alone:
        raise NotShownError(Standing.NO_EVIDENCE, "no load without idle connections")
    ratio = evidence.ratio("rate", crowds[most], alone)
    if ratio is None or ratio.low is None or ratio.high is None:
        finding = f"rate ×{ratio.estimate:.2f}" if ratio else "no block has both"
        return Standing.INCONCLUSIVE, finding, "Too few repeats."
    figure = f"rate beside {most:,} idle ×{ratio.estimate:.3g} [{ratio.low:.3g}, {ratio.high:.3g}]"
    if ratio.low >= UNCHANGED:
        return Standing.SUPPORTED, figure, "Idle connections hardly change the rate."
    if ratio.high < UNCHANGED:
        return Standing.REFUTED, figure, "Idle connections lower the rate."
    return Standing.INCONCLUSIVE, figure, "The interval straddles three quarters of the rate."


def _granted(trial: Outcome) -> int:
    """The descriptors that its server could have."""
    limits = trial.record.granted.server
    return 0 if limits is None else limits.soft


def _ceiling_table(findings: list[Fact]) -> Table:
    rows = tuple(
        (str(f["variant"]), str(f["fd"]), str(f["open"]), str(f["outcome"]), str(f["detail"]))
        for f in findings
    )
    return Table(
        "One descriptor, by its number", ("guard", "fd", "open", "outcome", "details"), rows
    )


def _served_tables(evidence: Evidence) -> tuple[Table, ...]:
    """Servers that were filled until they refused; languages that did alike share a row."""
    languages: dict[tuple[str, ...], dict[str, None]] = {}
    for m in sorted(
        evidence.maybe(measure="ceiling"), key=lambda m: (str(m.cell.get("lab")), _granted(m))
    ):
        row = (
            str(m.cell.get("lab")),
            str(_granted(m)),
            str(m.metrics.get("served")),
            str(m.metrics.get("refused_fd", "–")),
            str(m.metrics.get("limit")),
        )
        languages.setdefault(row, {})[str(m.cell.get("language"))] = None
    rows = tuple((lab, ", ".join(sorted(some)), *rest) for (lab, *rest), some in languages.items())
    head = ("server", "language", "RLIMIT_NOFILE", "served", "first refused fd", "limit")
    return (Table("Servers filled until they refused", head, rows),) if rows else ()
