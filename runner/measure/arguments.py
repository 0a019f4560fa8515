"""A trial in the fleet's own words: its command line. `runner fleet --help` explains each."""

from __future__ import annotations

from runner.measure.steady import interval_ns
from runner.plan import Trial


def arguments(trial: Trial, index: int, port: int) -> tuple[str, ...]:
    """Of fleet number `index`. All fleets of a trial are told the same numbers, and which part
    of them is theirs."""
    return (
        "--connect", f"127.0.0.1:{port}",
        "--part", f"{index + 1}/{trial.fleets}",
        "--sources", str(trial.sources),
        "--seed", str(trial.seed % 2**31),
        "--wait",
        *_turns(trial),
        *_measured(trial),
    )  # fmt: skip


def _turns(trial: Trial) -> tuple[str, ...]:
    if trial.turns == 0:
        return ()
    return ("--turn", f"{trial.turn + 1}/{trial.turns}", "--slot", f"{trial.slot_ns // 1000}us")


def _measured(trial: Trial) -> tuple[str, ...]:
    timing = (
        "--warmup", f"{trial.warmup_ns // 1000}us",
        "--duration", f"{trial.duration_ns // 1000}us",
    )  # fmt: skip
    if trial.measure == "ceiling":
        words = ("--until-refused", "--connections", str(trial.connections))
        return words + _exchange(trial)
    if trial.measure == "stream":
        return (
            "--stream",
            "--listeners", str(trial.listeners),
            "--stalled", str(trial.stalled),
            *timing,
        )  # fmt: skip
    return (
        "--idle", str(trial.idle),
        "--active", str(trial.active),
        *_load(trial),
        "--interval", f"{interval_ns(trial.duration_ns) // 1000}us",
        *timing,
    )  # fmt: skip


def _load(trial: Trial) -> tuple[str, ...]:
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
    if drive.ramp > 1:
        words += ["--ramp", str(drive.ramp)]
    if drive.close != "rst":
        words += ["--close", drive.close]
    return (*words, *_exchange(trial))


def _exchange(trial: Trial) -> tuple[str, ...]:
    if not trial.drive.send:
        return ()
    return ("--send", trial.drive.send, "--reply", trial.drive.reply)


def _drawn(value: int | str, unit: str) -> str:
    """A distribution is written alike in a spec and on the fleet's command line."""
    return value if isinstance(value, str) else f"{value}{unit}"
