"""What one monitoring call costs against the number watched: the figures that C9, C13, C16, T1 and
T2 rest on, from the probe `monitoring`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from runner.claims.curves import curve
from runner.claims.evidence import Evidence
from runner.claims.ruling import NotShownError, Plot, Standing, Table
from runner.records.facts import matching
from runner.stats.growth import fit
from runner.stats.law import Growth

CALLS = ("select", "poll", "epoll")
TRANSPORTS = ("unix", "tcp")
LINEAR = (0.8, 1.3)
"""An exponent whose whole interval lies here grows as the number does: a cache that overflows on
the way from ten to ten thousand adds to a pure 1."""

STEADY = 1.5
"""A cost that grows by less than half over the whole range is one that does not search."""


@dataclass(frozen=True, slots=True)
class Costs:
    """One call on one kind of connection: ns by the number watched, one sample for each trial."""

    call: str
    transport: str
    kernel: Mapping[int, Sequence[float]]
    user: Mapping[int, Sequence[float]]

    @property
    def whole(self) -> dict[int, list[float]]:
        return {
            n: [a + b for a, b in zip(self.kernel[n], self.user[n], strict=True)]
            for n in self.kernel
        }

    @property
    def most(self) -> int:
        return max(self.kernel)

    def growth(self, part: str = "whole") -> Growth:
        """Of `kernel`, `user` or the `whole`. Raises NotShownError for too few sizes."""
        samples: Mapping[int, Sequence[float]] = getattr(self, part)
        try:
            return fit(samples)
        except ValueError as error:
            raise NotShownError(Standing.INCONCLUSIVE, f"{self.call}: {error}") from None

    def user_share(self) -> float:
        """The application's part of the cost where most are watched."""
        user, whole = median(self.user[self.most]), median(self.whole[self.most])
        return user / whole


def costs(evidence: Evidence, call: str, transport: str) -> Costs:
    kernel: dict[int, list[float]] = {}
    user: dict[int, list[float]] = {}
    for trial in evidence.trials(probe="monitoring"):
        batches: dict[int, list[tuple[float, float]]] = {}
        for f in matching(trial, {"case": "call", "call": call, "transport": transport}):
            pair = float(f["kernel_ns"]), float(f["user_ns"])
            batches.setdefault(int(f["watched"]), []).append(pair)
        for n, pairs in batches.items():
            kernel.setdefault(n, []).append(median(a for a, _ in pairs))
            user.setdefault(n, []).append(median(b for _, b in pairs))
    if not kernel:
        raise NotShownError(Standing.INCONCLUSIVE, f"monitoring reported nothing about {call}")
    return Costs(call, transport, kernel, user)


def ready_costs(evidence: Evidence, call: str) -> dict[int, list[float]]:
    """ns of one call with its search, by how many of the watched are ready; one sample a trial."""
    by_ready: dict[int, list[float]] = {}
    for trial in evidence.trials(probe="monitoring"):
        batches: dict[int, list[float]] = {}
        for f in matching(trial, {"case": "ready", "call": call}):
            whole = float(f["kernel_ns"]) + float(f["user_ns"])
            batches.setdefault(int(f["ready"]), []).append(whole)
        for ready, sample in batches.items():
            by_ready.setdefault(ready, []).append(median(sample))
    if not by_ready:
        why = f"monitoring reported nothing about {call} and the number ready"
        raise NotShownError(Standing.INCONCLUSIVE, why)
    return dict(sorted(by_ready.items()))


def ready_growth(evidence: Evidence) -> Growth:
    """What one more ready descriptor adds to a call of epoll. Raises NotShownError."""
    try:
        return fit(ready_costs(evidence, "epoll"))
    except ValueError as error:
        raise NotShownError(Standing.INCONCLUSIVE, f"epoll, ready: {error}") from None


def watched_with_ready(evidence: Evidence) -> int:
    """How many were watched while the number ready was varied."""
    return max(int(f["watched"]) for f in evidence.findings("monitoring", {}, case="ready"))


def ready_shown(evidence: Evidence) -> tuple[Table, Plot]:
    """The three calls against the number ready."""
    by_call = {call: ready_costs(evidence, call) for call in CALLS}
    rows = tuple(
        (call, *(f"{median(sample):,.0f}" for sample in by_ready.values()))
        for call, by_ready in by_call.items()
    )
    watched = watched_with_ready(evidence)
    title = f"ns of CPU time for one call, {watched} watched, R of them ready"
    curves = tuple(curve(call, by_ready) for call, by_ready in by_call.items())
    head = ("call", *(f"R={ready}" for ready in by_call["epoll"]))
    return Table(title, head, rows), Plot(
        f"CPU time of one call, {watched} watched, R of them ready",
        "R ready",
        "CPU time of one call",
        curves,
        y_unit="ns",
    )


def table(evidence: Evidence) -> Table:
    """ns of one call by the number watched: the kernel's part, then the application's."""
    rows = []
    for transport in TRANSPORTS:
        for call in CALLS:
            one = costs(evidence, call, transport)
            growth = one.growth()
            k = growth.exponent.text() if growth.factor.low > STEADY else "flat"
            for part, samples in (("kernel", one.kernel), ("application", one.user)):
                rows.append(
                    (
                        f"{call}, {transport}",
                        part,
                        *(f"{median(samples[n]):,.0f}" for n in sorted(samples)),
                        k if part == "kernel" else "",
                        growth.factor.text(1) if part == "kernel" else "",
                    )
                )
    sizes = sorted(costs(evidence, "epoll", "unix").kernel)
    head = ("call", "part", *(f"N={n}" for n in sizes), "k of both [99%]", "growth [99%]")
    return Table("ns of CPU time for one call, one of N ready", head, tuple(rows))


def plot(evidence: Evidence, transport: str) -> Plot:
    curves = []
    for call in CALLS:
        one = costs(evidence, call, transport).whole
        try:
            law = fit(one).law
        except ValueError:  # too few sizes
            law = None
        curves.append(curve(call, one, law))
    title = f"CPU time of one monitoring call, one of N ready ({transport} connections)"
    return Plot(title, "N watched", "CPU time of one call", tuple(curves), y_unit="ns")
