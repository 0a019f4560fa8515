"""Requests for a while: the rate, the latency and the cost of the replies."""

from __future__ import annotations

from runner.kinds.errors import LATE, LOST, STATUS, WRONG
from runner.kinds.kind import Kind

LOAD = Kind(
    name="load",
    about="requests for `duration`",
    axes=(
        "idle",
        "active",
        "payload",
        "rate",
        "pipeline",
        "requests_per_connection",
        "churn",
        "slow_readers",
        "slow_writers",
    ),
    settings=("loop", "arrivals", "think", "exchange", "close", "ramp"),
    tools=("fleet",),
    windowed=True,
    requests=True,
    faults=(*WRONG, *LOST),
    unanswered=STATUS,
    silences=LATE,
)
