"""Runs made of figures, for comparing."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.records.outcome import Outcome, Status
from runner.spec import Cell
from tests.recorded import recorded

HOST: dict[str, Any] = {
    "kernel": "6.1",
    "cpu": "a CPU",
    "cpus": [0, 1],
    "sysctl": {"net.ipv4.tcp_congestion_control": "cubic"},
}
ASKED: dict[str, Any] = {
    "experiment": "e",
    "block": 0,
    "seed": 1,
    "measure": "load",
    "idle": 0,
    "drive": {"payload": 64},
    "warmup_ns": 10**8,
    "duration_ns": 10**9,
    "server_cpus": [0],
    "fleet_cpus": [1],
}
Change = Callable[[Outcome], Outcome]


def environment(engine: str = "process", **host: Any) -> dict[str, Any]:
    return {"id": "x", "spec_hash": "h", "engine": {"name": engine}, "host": {**HOST, **host}}


def run(
    figures: Mapping[str, Sequence[float]],
    metric: str = "rate",
    isolation: Sequence[str] = ("net",),
    **asked: Any,
) -> list[Outcome]:
    """`figures` by lab, one for each block."""
    record = recorded(
        asked={**ASKED, **asked}, isolation=isolation, granted={"server": {"soft": 1024}}
    )
    return [
        Outcome(
            f"e/lab={lab}#{block + 1}",
            Cell("e", (("lab", lab), ("language", "c"))),
            block,
            Status.OK,
            metrics={metric: figure},
            record=record,
        )
        for lab, some in figures.items()
        for block, figure in enumerate(some)
    ]


def around(centre: float, count: int = 9, spread: float = 0.01) -> list[float]:
    """Figures that differ as repeats do: evenly over ±spread, in an order that is drawn, another
    one for every centre: two runs have nothing in common but what is measured."""
    steps = [k / (count - 1) * 2 - 1 for k in range(count)]
    order = random.Random(round(centre * 1000)).sample(steps, count)
    return [centre * (1 + spread * step) for step in order]
