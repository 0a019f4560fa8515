"""What the fleets of a trial say, as one: counts added, histograms merged without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hdrh.histogram import HdrHistogram

LOWEST_NS, HIGHEST_NS, DIGITS = 1_000, 3_600_000_000_000, 3


@dataclass(frozen=True, slots=True)
class Net:
    """What the fleets' network namespace says: counts since the fleets began, `time_wait` and
    `conntrack` as they are in the end. What a kernel does not tell is 0."""

    dropped: int
    """Connections that the listen queue had no room for."""
    retransmits: int
    time_wait: int
    time_wait_overflows: int
    conntrack: int
    conntrack_most: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """All fleets of a trial as one: counts added, histograms merged without loss."""

    requests: int
    seconds: float
    errors: Mapping[str, int]
    idle_alive: int
    latency: HdrHistogram
    uncorrected: HdrHistogram
    """Open loop: latencies from the sending, as a closed loop would have them; else empty."""
    lag: HdrHistogram
    """How late the fleets were by their own clocks: open loop and think times; else empty."""
    scheduled: int
    unsent: int
    """Open loop: requests due in the window, and of them those that no connection was free for."""
    accepted: int
    """Connections that were opened anew in the window, and answered."""
    cpu: float
    waited: float
    net: Net
    served: int
    stopped_by: tuple[str, ...]
    overrun: float
    """Share of its own time for which its last requests were in flight in the turns of others."""
    lacked: tuple[str, ...]
    """What the fleets themselves ran out of: nofile, ports, memory."""


def merged(results: Sequence[Mapping[str, Any]]) -> Fleet:
    """`cpu` and `waited` are those of the busiest fleet, in seconds a second; the fleets share a
    network namespace, so its drop counters are read once."""
    errors: dict[str, int] = {}
    for result in results:
        for kind, count in result["errors"].items():
            errors[kind] = errors.get(kind, 0) + int(count)
    walls = [max(1, int(result["cpu"]["wall_ns"])) for result in results]
    loops = [result.get("loop") or {} for result in results]
    return Fleet(
        requests=sum(int(result["requests"]) for result in results),
        seconds=max(float(result["seconds"]) for result in results),
        errors=errors,
        idle_alive=sum(int(result.get("idle_alive") or 0) for result in results),
        latency=histograms(result["latency"] for result in results),
        uncorrected=histograms(loop.get("uncorrected", "") for loop in loops),
        lag=histograms(loop.get("lag", "") for loop in loops),
        scheduled=sum(int(loop.get("scheduled") or 0) for loop in loops),
        unsent=sum(int(loop.get("unsent") or 0) for loop in loops),
        accepted=sum(int(result.get("accepted") or 0) for result in results),
        cpu=max(busy(result["cpu"]) / wall for result, wall in zip(results, walls, strict=True)),
        waited=max(
            int(result["cpu"].get("wait_ns") or 0) / wall
            for result, wall in zip(results, walls, strict=True)
        ),
        net=_net(results[0].get("net") or {}),
        served=sum(int(result.get("served") or 0) for result in results),
        stopped_by=tuple(str(r["stopped_by"]) for r in results if r.get("stopped_by")),
        overrun=max(
            float((result.get("turns") or {}).get("overrun_ns") or 0)
            / max(1e-9, float(result["seconds"]) * 1e9)
            for result in results
        ),
        lacked=tuple(str(r["own_limit"]["what"]) for r in results if r.get("own_limit")),
    )


def _net(said: Mapping[str, Any]) -> Net:
    return Net(
        dropped=int(said.get("listen_overflows") or 0) + int(said.get("listen_drops") or 0),
        retransmits=int(said.get("retransmits") or 0),
        time_wait=int(said.get("time_wait") or 0),
        time_wait_overflows=int(said.get("time_wait_overflows") or 0),
        conntrack=int(said.get("conntrack") or 0),
        conntrack_most=int(said.get("conntrack_most") or 0),
    )


def histograms(encoded: Iterable[str]) -> HdrHistogram:
    """Counts added bucket by bucket: nothing is lost."""
    whole = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for text in encoded:
        if text:
            whole.add(HdrHistogram.decode(text))
    return whole


def busy(cpu: Mapping[str, Any]) -> float:
    """The CPU time of a fleet inside its window, ns: the scheduler's where the kernel has it, else
    by ticks."""
    if cpu.get("run_ns"):
        return float(cpu["run_ns"])
    return float(cpu["user_ns"]) + float(cpu["system_ns"])


def stretch(results: Sequence[Mapping[str, Any]]) -> float:
    """How many times their own time the window lasted, where the fleets took turns with others;
    else 1. By their own clock it is as long as asked."""
    spans = [float((result.get("turns") or {}).get("span_ns") or 0) for result in results]
    seconds = max(float(result["seconds"]) for result in results)
    return max(1.0, max(spans) / 1e9 / seconds) if seconds > 0 else 1.0
