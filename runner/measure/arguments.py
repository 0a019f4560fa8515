"""A trial as options of the load generator. `runner fleet --help` explains each."""

from __future__ import annotations

from collections.abc import Sequence

from runner.plan import Trial


def arguments(trial: Trial, index: int, address: str, workload: Sequence[str]) -> tuple[str, ...]:
    """The options of load generator number `index`. All load generators of a trial have the same
    `workload`, and `--part` says which part of it is theirs."""
    return (
        "--connect", address,
        "--part", f"{index + 1}/{trial.parts}",
        "--sources", str(trial.sources),
        "--seed", str(trial.seed % 2**31),
        "--wait",
        *_turns(trial),
        *workload,
    )  # fmt: skip


def timing(trial: Trial) -> tuple[str, ...]:
    """The warm-up and the window."""
    return (
        "--warmup", f"{trial.warmup_ns // 1000}us",
        "--duration", f"{trial.duration_ns // 1000}us",
    )  # fmt: skip


def exchange(trial: Trial) -> tuple[str, ...]:
    """The request and the reply where they are not an echo."""
    if not trial.drive.send:
        return ()
    return ("--send", trial.drive.send, "--reply", trial.drive.reply)


def _turns(trial: Trial) -> tuple[str, ...]:
    if trial.turns == 0:
        return ()
    return ("--turn", f"{trial.turn + 1}/{trial.turns}", "--slot", f"{trial.slot_ns // 1000}us")
