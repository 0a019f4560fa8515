"""T4: the timelines of Stevens, UNP vol. 1, 6.2."""

from __future__ import annotations

from runner.claims.evidence import Evidence
from runner.claims.rules.arrivals import OWN, arrivals
from runner.claims.ruling import NotShownError, Ruling, Standing, Table
from runner.records.outcome import Outcome

FIVE = {
    "blocking": ("blocking",),
    "nonblocking": ("nonblocking",),
    "multiplexing": ("select", "poll", "epoll"),
    "signal-driven": ("sigio",),
    "asynchronous": ("posix_aio", "io_uring"),
}
"""The five models of UNP 6.2, and the labs that stand for them."""


def t4_timelines(evidence: Evidence) -> Ruling:
    """Two phases, wait and copy, of every model: where the thread blocks, what notifies it; and for
    asynchronous I/O, whether the process is free while the data are copied, as figure 6.5 says."""
    rows, missing, wrong = [], [], []
    for family, labs in FIVE.items():
        ran = [each for each in labs if evidence.maybe(measure="trace", lab=each)]
        if not ran:
            missing.append(family)
        for lab in ran if family == "asynchronous" else ran[:1]:
            m = evidence.trials(measure="trace", lab=lab)[0]
            observed = {name: str(m.metrics.get(name, "unknown")) for name in _SEEN}
            own = _own_share(evidence, lab)
            share = "–" if own is None else f"{own:.0%}"
            rows.append((family, lab, *observed.values(), share, *_phases(m)))
            if "unknown" in observed.values():
                wrong.append(f"{lab} could not be classified")
            elif not _as_stevens(family, observed):
                wrong.append(f"{lab} is not as the book draws {family}")
            elif family == "asynchronous" and own is not None and own > OWN:
                wrong.append(
                    f"figure 6.5 draws the process free during the copy, and {lab} copies on the "
                    "process's own CPU time"
                )
    if not rows:
        evidence.trials(measure="trace")  # says why there is none
    if missing:
        raise NotShownError(Standing.NO_EVIDENCE, f"not traced: {', '.join(missing)}")
    seen = (name.replace("_", " ") for name in _SEEN)
    head = ("model", "lab", *seen, "copy on the process's own CPU time", "wait, of both", "copy")
    tables = (Table("The five models' two phases, from traces", head, tuple(rows)),)
    figure = f"{len(rows) - len(wrong)} of {len(rows)} servers as Stevens draws their models"
    if not wrong:
        because = (
            "The thread blocks in the reading call, nowhere, in the multiplexer, until a signal, "
            "and until a completion, as in figures 6.1 to 6.5."
        )
        return Ruling(Standing.SUPPORTED, figure, "traced calls", because, tables)
    standing = Standing.REFUTED if len(wrong) == len(rows) else Standing.NUANCED
    because = "; ".join(wrong)
    because = f"{because[:1].upper()}{because[1:]}. The others are as in figures 6.1 to 6.5."
    return Ruling(standing, figure, "traced calls", because, tables)


def _own_share(evidence: Evidence, model: str) -> float | None:
    """Of the CPU time of a large copy, from the probe `arrival`; a trace cannot tell."""
    if not evidence.maybe(probe="arrival"):
        return None
    one = arrivals(evidence).get(model)
    return None if one is None else one.own


_SEEN = ("notification_means", "blocks_in", "copied_by", "notified_by")


def _phases(trial: Outcome) -> tuple[str, str]:
    """Each as a share of both. The tracer lengthens the time between the two: it translates a
    signal's numbers between PID namespaces, which takes ten milliseconds and more."""
    trace = trial.record.trace
    line = None if trace is None else trace.timeline
    both = 0 if line is None else line.wait_ns + line.copy_ns
    if line is None or not both:
        return "–", "–"
    return f"{line.wait_ns / both:.1%}", f"{line.copy_ns / both:.1%}"


def _as_stevens(family: str, observed: dict[str, str]) -> bool:
    sleeps, copies, means = (
        observed["blocks_in"],
        observed["copied_by"],
        observed["notification_means"],
    )
    return {
        "blocking": sleeps == "read" and copies == "application",
        "nonblocking": sleeps == "nowhere" and copies == "application",
        "multiplexing": sleeps in ("select", "poll", "epoll") and copies == "application",
        "signal-driven": sleeps == "signal" and means == "readiness" and copies == "application",
        "asynchronous": means == "completion" and copies != "application",
    }[family]
