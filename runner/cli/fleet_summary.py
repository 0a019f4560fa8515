"""What `runner fleet` says in the end: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hdrh.histogram import HdrHistogram
from tabulate import tabulate

from runner.cli.exit_codes import Exit
from runner.kinds import CEILING, LOAD, STREAM, Kind
from runner.measure.metrics import (
    MergedResult,
    merged,
    remarks,
    series,
    share_of,
    spoilers,
    without_steps,
)
from runner.records.fleet_output import FleetResult

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9, "max": 100.0}
LITTLE = 0.1
"""CPUs: with less than this left, it is not known which program used the others."""


@dataclass(frozen=True, slots=True)
class CrewResult:
    """What the fleets said in the end, one object each; `free_cpus` of the machine in the window,
    None where nothing was measured."""

    results: Sequence[FleetResult]
    free_cpus: float | None
    interrupted: bool

    @property
    def whole(self) -> MergedResult:
        return merged(self.results)


def reasons(result: CrewResult) -> list[str]:
    """Why the figures may be the fleet's own, by the rules of a trial."""
    if result.free_cpus is None:
        return []
    whole = result.whole
    late = whole.scheduled > 0 and whole.answered > 0  # all that it answered was due before
    answered = whole.requests > 0 or late or not _kind(result).requests
    if result.interrupted:  # by the user, who sees it: the window is as long as it was
        whole = replace(whole, interrupted=())
    return list(spoilers(_kind(result), whole, None, answered=answered))


def _kind(result: CrewResult) -> Kind:
    """Where no request is driven only connections are counted, as at the ceiling."""
    if any(each.stream for each in result.results):
        return STREAM
    driven = any(each.loop.driven for each in result.results)
    counted = any(each.served is not None for each in result.results)
    return LOAD if driven and result.whole.seconds > 0 and not counted else CEILING


def notes(result: CrewResult) -> list[str]:
    """What must be said beside the figures."""
    sentences = []
    driven = _kind(result).windowed
    if driven and result.free_cpus is not None and result.free_cpus < LITTLE:
        sentences.append(
            "no CPU was idle on this machine: if the server runs here too, it is unclear whether "
            "client or server was the bottleneck; give each its own CPU (taskset)"
        )
    whole = result.whole
    sentences += remarks(_kind(result), whole, None)
    if whole.unsent:
        sentences.append(
            f"{whole.unsent} of {whole.scheduled} due requests were never sent, because no "
            "connection was free: the server did not keep up, or `--active` is too low"
        )
    return sentences


def judged(result: CrewResult) -> Exit:
    """The exit code."""
    if result.interrupted:
        return Exit.INTERRUPTED
    if any(count for kind, count in result.whole.errors.items() if kind != "own_limit"):
        return Exit.FAILED
    return Exit.INCONCLUSIVE if reasons(result) else Exit.OK


def as_json(crew_result: CrewResult) -> dict[str, Any]:
    """Durations in ns, rates a second; null where there was none of it."""
    whole = crew_result.whole
    return {
        "interrupted": crew_result.interrupted,
        "requests": whole.requests,
        "seconds": whole.seconds,
        "rate": _rate(whole.counted, whole),
        "latency_ns": _percentiles(whole.latency),
        "uncorrected_ns": _percentiles(whole.uncorrected),
        "lag_ns": _percentiles(whole.lag),
        "scheduled": whole.scheduled or None,
        "unsent": whole.unsent if whole.scheduled else None,
        "accepted": whole.accepted,
        "accept_rate": _rate(whole.accepted, whole),
        "errors": whole.errors,
        "idle_alive": whole.idle_alive,
        "active_alive": sum(result.active_alive for result in crew_result.results),
        "fleet_cpu": [share_of(result.cpu) for result in crew_result.results],
        "free_cpus": crew_result.free_cpus,
        "series": series(crew_result.results),
        "valid": not reasons(crew_result),
        "reasons": reasons(crew_result),
        "notes": notes(crew_result),
        "fleets": [without_steps(result.printed) for result in crew_result.results],
    }


def as_text(crew_result: CrewResult) -> str:
    """One figure a line, the worst last."""
    whole = crew_result.whole
    connections = sum(result.active_alive for result in crew_result.results) + whole.idle_alive
    rows = [("connections held", f"{connections:,}")]
    driven = _kind(crew_result).windowed
    if whole.requests or whole.answered:
        rate = _rate(whole.counted, whole) or 0
        rows.append(
            ("requests", f"{whole.requests:,} in {whole.seconds:.2f} s: {rate:,.0f} a second")
        )
    if whole.accepted:
        rows.append(("opened anew", f"{_rate(whole.accepted, whole):,.0f} connections a second"))
    if driven:
        cpus = ", ".join(f"{share_of(result.cpu):.0%}" for result in crew_result.results)
        rows.append(("CPU of the fleet", cpus))
    lines = [tabulate(rows, tablefmt="plain", disable_numparse=True)]
    if table := _latencies(whole):
        lines += ["", table]
    counted = [f"{kind} {count:,}" for kind, count in whole.errors.items() if count]
    lines += ["", f"errors: {', '.join(counted) or 'none'}"]
    lines += [f"INVALID: {reason}" for reason in reasons(crew_result)]
    lines += [f"note: {note}" for note in notes(crew_result)]
    return "\n".join(lines)


def _latencies(whole: MergedResult) -> str:
    open_loop = whole.uncorrected.get_total_count() > 0
    named = {
        "latency": whole.latency,
        "from the sending": whole.uncorrected,
        "lag of the fleet": whole.lag,
    }
    if open_loop:
        named = {"latency, since due": named.pop("latency"), **named}
    rows = [
        [name, *(_shown(value) for value in values.values())]
        for name, histogram in named.items()
        if (values := _percentiles(histogram)) is not None
    ]
    return tabulate(rows, headers=["", *PERCENTILES], disable_numparse=True) if rows else ""


def _percentiles(histogram: HdrHistogram) -> dict[str, int] | None:
    if not histogram.get_total_count():
        return None
    return {
        name: int(histogram.get_value_at_percentile(percentile))
        for name, percentile in PERCENTILES.items()
    }


def _shown(ns: float) -> str:
    """Three figures and a unit."""
    for unit, size in (("s", 1e9), ("ms", 1e6)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns / 1e3:.3g} us"


def _rate(count: float, whole: MergedResult) -> float | None:
    return count / whole.seconds if whole.seconds > 0 else None
