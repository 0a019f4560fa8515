"""The lab contract, one case a trial: does a server keep what docs/contract.md asks of it?"""

from __future__ import annotations

from collections.abc import Mapping

from runner.kinds.column import Column
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric
from runner.kinds.shared_metrics import IDLE_CPU, SERVED

CASES: Mapping[str, str] = {
    "ready": "READY names the given port, and a client that comes at once is served",
    "bytes": "bytes of every value come back, in order",
    "pieces": "a message that arrives byte by byte comes back",
    "pipelined": "many messages that are sent without waiting for a reply come back",
    "large": "more bytes than the socket's buffers hold come back to a client that reads late",
    "half_close": "after a client's end of file all its bytes come back, then the server closes",
    "empty": "clients that leave without having sent a byte do no harm",
    "reset": "a reset in mid-reply ends that connection alone",
    "come_and_go": "each descriptor is closed when its client has left",
    "together": "each of several clients that send at the same time gets its own bytes",
    "slow_reader": "a client that does not read stalls no other client, nor makes the server spin",
    "bounded": "the server holds a bounded number of bytes for a client that does not read",
    "crowd": "of a thousand clients each is served, or refused with the name of a limit",
    "limit": "at the descriptor limit new clients are refused, the rest served, without spinning",
    "idle": "idle clients cost no CPU time",
    "sigterm": "SIGTERM ends the server at once with exit status 0, idle or busy",
    "sigterm_silent": "the same beside a client that says nothing: for servers of any protocol",
}
"""Every case by its name; each is a rule of the contract."""

_METRICS = (
    Metric("kept", "cases", "1 if the server keeps the case of the contract, else 0",
           better="higher", fact=True, can_be_zero=True),
    SERVED,
    IDLE_CPU,
)  # fmt: skip
_COLUMNS = (
    Column("kept", "kept", "values"),
    Column("served", "served", "values", spare=2),
    Column("idle CPU", "idle_cpu", "percent", spare=1),
)

CONFORMANCE = Kind(
    name="conformance",
    about="check one `case` of the lab contract (docs/contract.md)",
    axes=("case",),
    tools=("talker",),
    seconds=0.4,
    side_by_side=4,  # the trials are mostly starts and ends of boxes
    metrics=_METRICS,
    columns=_COLUMNS,
    headline="kept",
)
