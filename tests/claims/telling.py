"""A world told as measurements: what probes, loads and traces would have found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runner.records.outcome import Outcome, Status
from runner.spec import Cell
from tests.claims.world import World
from tests.recorded import SAMPLE, recorded

CALLS = ("select", "poll", "epoll")
SIZES = (10, 30, 100, 300, 1000, 3000, 10_000)
SPREAD = (0.98, 1.0, 1.03)
MS = 1_000_000


def measurements(world: World) -> list[Outcome]:
    return [
        *_monitoring(world),
        *_parts(world),
        *_sharing(world),
        *_arriving(world),
        *_waiting(world),
        *_waking(world),
        *_numbers(world),
        *_filling(world),
        *_loads(world),
        *_calls(world),
        *_connections(world),
        *_play(world),
        *_traced(world),
    ]


def _monitoring(world: World) -> Iterator[Outcome]:
    for repeat, noise in enumerate(SPREAD):
        told = [
            {
                "case": "call",
                "call": call,
                "transport": transport,
                "watched": n,
                "kernel_ns": noise * _law(world.kernel[call], n),
                "user_ns": noise * _law(world.user[call], n),
            }
            for call in CALLS
            for transport in ("unix", "tcp")
            for n in SIZES
        ]
        told += [
            {
                "case": "ready",
                "call": call,
                "watched": 1000,
                "ready": ready,
                "kernel_ns": noise * _law(world.ready[call], ready),
                "user_ns": 0.1 * ready,
            }
            for call in CALLS
            for ready in (1, 3, 10, 30, 100, 300, 1000)
        ]
        told += [
            {
                "case": "writes",
                "call": call,
                "watched": n,
                "active": active,
                "writes": 1000,
                "cpu_ns": noise
                * 1e6
                * (n / 100) ** (power * (1 if active == 1 else world.writes_of_many)),
            }
            for call, power in world.writes.items()
            for active in (1, 100)
            for n in (100, 1000, 9000)
        ]
        yield probe("monitoring", told, repeat)


def _parts(world: World) -> Iterator[Outcome]:
    part = world.parts
    for repeat, noise in enumerate((*SPREAD, 1.01, 0.99)):
        told = []
        for n in (10, 1000, 10_000):
            blank = 115 + part["copy"] * n
            ready = blank + part["examine"] * n
            queued = ready + part["queues"] * n
            alone = blank + part["sleep"]
            one = {
                "nothing_ns": 115,
                "blank_ns": blank,
                "ready_ns": ready,
                "queued_ns": queued,
                "alone_ns": alone,
                "asleep_ns": queued + part["sleep"] + part["again"] * n,
                "search_ns": part["search"] * n,
            }
            cost = 300 + world.epoll_examines * n
            own = {
                **dict.fromkeys(one, 115.0),
                "ready_ns": cost,
                "queued_ns": cost,
                "asleep_ns": 10_000 + cost,
                "search_ns": 8,
                "add_ns": 900,
                "remove_ns": 600,
            }
            told += [
                {
                    "call": call,
                    "watched": n,
                    "sleeping_calls": 6,
                    "sleeps": world.sleeps,
                    **{name: noise * ns for name, ns in times.items()},
                }
                for call, times in (("select", one), ("poll", one), ("epoll", own))
            ]
        yield probe("call_parts", told, repeat)


def _sharing(world: World) -> Iterator[Outcome]:
    names = ("woken", "late", "next_call", "never", "invalid", "closed", "wrong_file")
    told = [
        {
            "call": call,
            "change": change,
            "kernel": "6.1",
            "tries": 64,
            **dict.fromkeys(names, 0),
            outcome: 64,
        }
        for (call, change), outcome in world.shared.items()
    ]
    yield probe("shared_set", told)


def _arriving(world: World) -> Iterator[Outcome]:
    itself = ("blocking", "nonblocking")  # the reading call is the notification
    told: list[dict[str, Any]] = [
        {
            "case": "message",
            "model": model,
            "size": size,
            "tries": 16,
            "filled_at_news": 16 if filled else 0,
            "copy_calls": 0 if filled and model not in itself else 1,
            "copy_cpu_ns": 0 if filled and model not in itself else 100 + size / 8,
            "app_cpu_ns": own * (5000 + size / 8) + (9e5 if model in world.runs else 0),
            "other_cpu_ns": (1 - own) * (5000 + size / 8),
            "sleeps_waiting": 0 if model == "blocking" or model in world.runs else 1,
            "sleeps_copying": float(model == "blocking" and model not in world.runs)
            or (world.blocked_copying if model == "sigio" and size > 4096 else 0),
        }
        for model, (filled, own) in world.arrivals.items()
        for size in (1, 4096, 16 << 20)
    ]
    told.append(
        {
            "case": "overflow",
            "model": "sigio",
            "sockets": 64,
            "places": 8,
            "told": 7,
            "plain_sigio": world.plain_sigio,
            "found_by_poll": 57,
            "served": world.served_after_overflow,
        }
    )
    named = world.named_without_setsig
    counted = {"sockets": 64, "signals": 1, "told": named, "served": 64}
    told.append({"case": "plain", "model": "sigio", **counted})
    yield probe("arrival", told)


def _waiting(world: World) -> Iterator[Outcome]:
    for lab, (waits, cpu, served) in world.neighbours.items():
        told: list[dict[str, Any]] = [
            {
                "case": "think",
                "thought_ns": t * MS,
                "waited_ns": 80_000 + 1000 * n + waits * t * MS,
                "answered": "yes",
            }
            for t in (0, 10, 20, 40, 80)
            for n in range(5)
        ]
        answered = "yes" if served else "no"
        told.append({"case": "stall", "stalled": "yes", "answered": answered, "waited_ns": 90_000})
        began = {**SAMPLE, "threads": world.threads, "processes": 1}
        ended = {**began, "at_ns": 300 * MS, "cpu_ns": int(cpu * 300 * MS)}
        samples = {"idle-began": began, "idle-ended": ended}
        yield probe("neighbours", told, lab=lab, samples=samples)


def _waking(world: World) -> Iterator[Outcome]:
    told = [
        {"call": call, "reason": reason, "told": heard, "before": world.before}
        for call in CALLS
        for reason, heard in world.wake.items()
    ]
    told += [
        {"call": call, "reason": "reset", "told": heard, "before": world.before}
        for call, heard in world.reset.items()
    ]
    yield probe("wake_up", told)


def _numbers(world: World) -> Iterator[Outcome]:
    told: list[dict[str, Any]] = [
        {"variant": v, "fd": 1024, "open": 9, "outcome": outcome, "detail": "d"}
        for v, outcome in world.fd_1024.items()
    ]
    told.append({"variant": "plain", "fd": 20, "open": 1109, "outcome": "ready", "detail": "d"})
    yield probe("select_ceiling", told)


def _filling(world: World) -> Iterator[Outcome]:
    for lab, (served, limit) in world.ceilings.items():
        cell = Cell("c", (("lab", lab), ("language", "c"), ("nofile", 4096)))
        granted = {"server": {"soft": 4096, "hard": 4096}}
        record = recorded(asked={"measure": "ceiling"}, granted=granted)
        metrics: dict[str, float | str] = {"served": served, "limit": limit}
        yield Outcome(f"c/{lab}#1", cell, 0, Status.OK, metrics=metrics, record=record)


def _loads(world: World) -> Iterator[Outcome]:
    for lab, kept in world.kept.items():
        most = 900 if lab == "select" else 10_000
        for idle, rate in ((0, 1e5), (most, 1e5 * kept)):
            for repeat in range(6):
                cell = Cell("s", (("lab", lab), ("language", "c"), ("idle", idle)))
                record = recorded(asked={"measure": "load", "idle": idle})
                noisy = rate * SPREAD[repeat % 3]
                name = f"s/{lab} {idle}#{repeat + 1}"
                metrics: dict[str, float | str] = {"rate": noisy}
                yield Outcome(name, cell, repeat, Status.OK, metrics=metrics, record=record)


def _calls(world: World) -> Iterator[Outcome]:
    told: list[dict[str, Any]] = [
        {"case": "call", "call": f, "family": f, "state": state, "answer": "a"}
        for f, state in world.present.items()
    ]
    mmap = "success" if world.epoll_maps else "ENODEV"
    told.append({"case": "epoll_mmap", "new_mappings": world.epoll_maps, "mmap": mmap})
    yield probe("kernel_has", told)


def _connections(world: World) -> Iterator[Outcome]:
    for lab, each in world.designs.items():
        samples: dict[str, Any] = {}
        for batch, noise in enumerate(world.batches):
            samples[f"batch-{batch}-began"] = SAMPLE
            samples[f"batch-{batch}-ended"] = {**SAMPLE, "cpu_ns": int(noise * each * 250)}
        told = [{"batch": batch, "connections": 250} for batch in range(len(world.batches))]
        yield probe("connections", told, lab=lab, samples=samples)


def _play(world: World) -> Iterator[Outcome]:
    cell = Cell("p", (("lab", "aplay"), ("language", "python"), ("stalled", 1)))
    metrics: dict[str, float | str] = {
        "late_frame_share": world.late_frame_share,
        "gaps": world.gaps,
    }
    record = recorded(asked={"measure": "stream"})
    yield Outcome("p/1#1", cell, 0, Status.OK, metrics=metrics, record=record)


def _traced(world: World) -> Iterator[Outcome]:
    for lab, seen in world.traces.items():
        for watched, crossed in world.border.get(lab, {0: 0.0}).items():
            cell = Cell("t", (("lab", lab), ("language", "c"), ("idle", watched)))
            metrics = {**seen, "syscall_bytes_per_event": crossed}
            record = recorded(asked={"measure": "trace"})
            name = f"t/{lab} {watched}#1"
            yield Outcome(name, cell, 0, Status.OK, metrics=metrics, record=record)


def probe(
    name: str,
    findings: list[dict[str, Any]],
    repeat: int = 0,
    lab: str | None = None,
    samples: Mapping[str, Any] | None = None,
) -> Outcome:
    values = (("probe", name), *((("lab", lab),) if lab else ()), ("language", "c"))
    asked = {"measure": "probe"}
    record = recorded(asked=asked, findings=findings, samples=samples or {})
    cell = Cell(name, values)
    return Outcome(f"{cell.name}#{repeat + 1}", cell, repeat, Status.OK, record=record)


def _law(law: tuple[float, float, float], n: int) -> float:
    a, b, k = law
    return float(a + b * float(n) ** k)
