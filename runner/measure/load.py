"""A trial of requests for a while: its steps, top to bottom."""

from __future__ import annotations

from dataclasses import replace

from runner.measure.arguments import exchange, timing
from runner.measure.bench import Bench, Result
from runner.measure.driven import (
    Driven,
    disturbance_of,
    doubt_of,
    drive,
    failure_of,
    record_of,
    result_of,
)
from runner.measure.floor import measured_floor
from runner.measure.metrics import load_metrics
from runner.measure.rig import connect
from runner.measure.steady import INTERVALS, interval_ns, unsettled
from runner.plan import Trial
from runner.records.apart import Floor

_SHOWN = 80


def run(trial: Trial, bench: Bench) -> Result:
    """Requests in a window; a window that was not steady is INVALID."""
    afar = bench.afar if trial.hosts else None
    floor = measured_floor(trial, bench, afar) if afar is not None else None
    rig = connect(trial, bench, workload(trial), _hint(trial), _wrong(trial))
    driven = _with_floor(drive(rig), floor)
    # Without `interleave` the window has no turns: every step of its series counts as one.
    turns = trial.duration_ns // trial.slot_ns if trial.slot_ns else INTERVALS
    unsteady = unsettled([each.series for each in driven.results], turns)
    record = record_of(driven, settled=unsteady is None)
    if driven.faulty:
        return failure_of(driven.faulty, driven, record)
    doubt = doubt_of(driven)
    metrics = load_metrics(driven.window, driven.fleet, rig.connected)
    invalid = driven.network or disturbance_of(driven) or unsteady
    return result_of(driven, record, metrics, doubt, invalid)


def _with_floor(driven: Driven, floor: Floor | None) -> Driven:
    """With what a null server answered between the same hosts."""
    apart = driven.apart
    return driven if apart is None else replace(driven, apart=replace(apart, floor=floor))


def workload(trial: Trial) -> tuple[str, ...]:
    """The options of the load generator."""
    return (
        "--idle", str(trial.idle),
        "--active", str(trial.active),
        *_drive(trial),
        "--interval", f"{interval_ns(trial.duration_ns) // 1000}us",
        *timing(trial),
    )  # fmt: skip


def _drive(trial: Trial) -> tuple[str, ...]:
    drive = trial.drive
    words = ["--pipeline", str(drive.pipeline)]
    if drive.payload:
        words += ["--payload", _drawn(drive.payload, "B")]
    if drive.rate:
        words += ["--rate", str(drive.rate), "--arrivals", drive.arrivals]
    if drive.think:
        words += ["--think", _drawn(drive.think, "ns")]
    if drive.requests_per_connection:
        words += ["--requests-per-connection", str(drive.requests_per_connection)]
    if drive.churn:
        words += ["--churn", str(drive.churn)]
    if drive.slow_readers:
        words += ["--slow-readers", f"{drive.slow_readers}%"]
    if drive.slow_writers:
        words += ["--slow-writers", f"{drive.slow_writers}%"]
    if drive.first_crowd:
        words += ["--first-crowd", str(drive.first_crowd)]
    if drive.ramp > 1:
        words += ["--ramp", str(drive.ramp)]
    if drive.close != "rst":
        words += ["--close", drive.close]
    return (*words, *exchange(trial))


def _drawn(value: int | str, unit: str) -> str:
    """A distribution is written alike in a spec and on the fleet's command line."""
    return value if isinstance(value, str) else f"{value}{unit}"


def _wrong(trial: Trial) -> str:
    """What was sent and expected, where no reply was right."""
    if trial.drive.send:
        sent, expected = trial.drive.send[:_SHOWN], trial.drive.reply[:_SHOWN]
        return f": the load generator sent {sent!r} and expected {expected!r}"
    if trial.own is None or trial.own.folder is not None:
        return ""
    return (
        ": the load generator expected an echo; if it speaks another protocol, add `protocol` or "
        "`exchange`"
    )


def _hint(trial: Trial) -> str:
    """What the server was to answer, where no byte of an answer came."""
    if trial.drive.send:
        return f": the load generator sent {trial.drive.send[:_SHOWN]!r} on each, and no reply came"
    other = trial.own is not None and trial.own.folder is None
    speaks = "; if it speaks another protocol, add `protocol` or `exchange` to it" if other else ""
    return (
        ": the load generator sent 1 byte on each, without a newline, and got no echo; a server "
        "that reads whole lines (fgets, readline) waits for a newline that never comes, and a "
        f"server that buffers its output must flush it{speaks}"
    )
