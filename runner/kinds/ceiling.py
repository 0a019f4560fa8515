"""Connections until the server refuses: how many it serves at once, and what stopped it."""

from __future__ import annotations

from runner.kinds.column import Column
from runner.kinds.errors import WRONG
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric
from runner.kinds.shared_metrics import DRIVEN, SERVED

_METRICS = (
    SERVED,
    Metric("refused_fd", "descriptor", "first refused descriptor", fact=True),
    Metric("limit", "name", "name of the limit that stopped the server", fact=True),
    *DRIVEN,
)  # fmt: skip
_COLUMNS = (
    Column("served", "served", "values"),
    Column("first refused fd", "refused_fd", "values", spare=1),
    Column("limit", "limit", "values"),
    Column("mem/conn B", "memory_per_connection", spare=2),
)  # fmt: skip

CEILING = Kind(
    name="ceiling",
    about="connect until the server refuses",
    settings=("exchange",),
    tools=("fleet",),
    until_refused=True,
    faults=WRONG,
    metrics=_METRICS,
    columns=_COLUMNS,
    headline="served {served}, stopped by {limit}",
    figures=("ceilings",),
    compared=("limit", "served", "refused_fd"),
)
