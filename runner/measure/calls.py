"""A trial of requests under a tracer: its steps, top to bottom.

Only counts are taken from it: a traced server is several times slower, so no figure is a time. More
clients are then ready at each wait than without a tracer, so there are fewer waits a request; and
calls that time out, as those for a lock do, are more.
"""

from __future__ import annotations

import time
from dataclasses import replace

from runner.engine.box import EngineError
from runner.measure.attached import READY_TRACED_SECONDS, attached, cut
from runner.measure.attached import record_of as lines_of
from runner.measure.bench import Bench, Result
from runner.measure.boxes import server_box
from runner.measure.held import require_all_held, require_listening
from runner.measure.load import workload
from runner.measure.metrics import faults, merged, silences
from runner.measure.readiness import await_ready
from runner.measure.rig import load_generators
from runner.measure.server import ServerFault, require_alive
from runner.measure.server_output import ServerOutput
from runner.measure.talk import Overtime
from runner.plan import Trial
from runner.records.outcome import Status
from runner.records.trial_record import Traced, TrialRecord
from runner.trace import (
    RequestCalls,
    UnreadableError,
    Wakeups,
    record_of,
    request_calls,
    wakeups,
)

WARMUP_NS, WINDOW_NS = 50_000_000, 150_000_000
"""All requests count, those of the warm-up as well; the first crowd is served as long as that."""


def run(trial: Trial, bench: Bench) -> Result:
    """The record keeps the calls a request, by name."""
    # Not pinned: how many threads a server makes may depend on how many CPUs it sees.
    box = replace(server_box(trial, bench.engine), cpus=())
    server, tracer = attached(bench.boxes, bench.engine, box)
    most = READY_TRACED_SECONDS
    port = await_ready(bench.boxes, bench.engine, server, box, most, most)
    output = ServerOutput(server, bound=box.program.given is None)
    output.require_no_refusal()
    shortened = replace(trial, warmup_ns=WARMUP_NS, duration_ns=WINDOW_NS)
    words = workload(shortened)
    deadline = time.monotonic() + trial.timeout_ns / 1e9
    address = f"127.0.0.1:{port}"
    parts = load_generators(shortened, bench, server, address, words, deadline)
    connected = [part.connected() for part in parts]
    require_listening(server, connected, port, bound=output.bound)
    require_all_held(trial.holds, connected, output, "")
    began = time.time_ns()
    for part in parts:
        part.fleet.write_line("start")
    results = [part.result() for part in parts]
    ended = time.time_ns()
    fleet_result = merged(results)
    errors = faults(trial.kind, fleet_result.errors, fleet_result.requests)
    errors = errors or silences(trial.kind, fleet_result.errors)
    if errors:
        require_alive(server, 1.0)
        raise ServerFault(f"the server made errors under the tracer: {errors}")
    proofs = sum(event.idle + event.active for event in connected)
    requests = sum(result.completed for result in results) - proofs
    if requests <= 0:
        raise EngineError("no request was completed under the tracer")
    lines = lines_of(tracer, server, Overtime())
    if incomplete := cut(lines):
        return Status.INVALID, incomplete, {}, TrialRecord()
    try:
        record = record_of(lines)
    except UnreadableError as error:
        raise EngineError(f"{error}: the lab reads the output of strace 5.10 to 6.x") from None
    counted, rules = request_calls(record, began, ended, requests), wakeups(record)
    traced = Traced(counts=_recorded(counted, rules))
    return Status.OK, "", _metrics(counted, rules), TrialRecord(trace=traced)


def _metrics(counted: RequestCalls, rules: Wakeups) -> dict[str, float | str]:
    metrics: dict[str, float | str] = {
        "syscalls_per_request": sum(counted.calls.values()),
        "memory_calls_per_request": counted.of_memory,
        "lock_calls_per_request": counted.of_locks,
        "calls_by_name": str(counted),
        "multiplexers": rules.multiplexers,
        "reads_per_wakeup": rules.reads,
        "writes_per_wakeup": rules.writes,
        "io_without_readiness": rules.unannounced,
        "partial_waits": rules.partial,
        "kept_after_error": rules.kept,
    }
    if counted.bytes_copied is not None:
        metrics["bytes_copied_per_request"] = counted.bytes_copied
    return metrics


def _recorded(counted: RequestCalls, rules: Wakeups) -> dict[str, object]:
    return {
        "requests": counted.requests,
        "calls": dict(counted.calls),
        "connections_failed": rules.failed,
        "rules_broken": dict(rules.broken),
    }
