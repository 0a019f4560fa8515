"""SIGKILL at random moments: nothing that was measured is lost, and `--resume` completes the rest.

A moment is drawn from the whole life of a run: while Python starts, before there is a folder, in
mid-trial, in mid-write, while reports are rendered, while the manifest is signed. What is killed
is gone on with, and killed again, until it is complete; then a new run begins, until there were as
many kills as were asked for.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from runner.records.outcome import Status
from runner.results import RunFolder, runs
from tests.faults.runs import Run, runner, small

SETTLED = (Status.OK, Status.FAIL)
WORDS = ("small.yaml", "--quick", "--engine", "process", "-q")


@dataclass
class Tally:
    """What happened; `torn` lines were being written when the kill came."""

    kills: int = 0
    completed: int = 0
    trials: int = 0
    torn: int = 0
    when: Counter[str] = field(default_factory=Counter)


class LostError(AssertionError):
    """Something that was measured is no longer there, or was measured twice."""


def crash(folder: Path, kills: int, seed: int, repeat: int = 12) -> Tally:
    """Raises LostError."""
    draw = random.Random(seed)
    small(folder, repeat)
    life, planned = _undisturbed(folder)
    tally = Tally()
    current: RunFolder | None = None
    seen = b""
    while tally.kills < kills or current is not None or not tally.completed:
        before = {each.path for each in runs(folder / "results")}
        words = WORDS if current is None else ("--resume", str(current.path), "-q")
        run = Run(folder, *words)
        killed = tally.kills < kills and _killed(run, draw.uniform(0.0, 1.1 * life))
        if not killed:
            ended = run.end()
            if ended.code not in (0, 4) or "Traceback" in ended.err:
                raise LostError(f"exit code {ended.code}: {ended.err}")
        tally.kills += killed
        if current is None:
            new = [each for each in runs(folder / "results") if each.path not in before]
            current, seen = (new[0] if new else None), b""
        tally.when[_moment(current)] += killed
        if current is None:
            continue
        seen = _require_kept(folder, current, seen)
        if not killed:
            _require_complete(folder, current, planned)
            tally.completed += 1
            tally.trials += len(planned)
            tally.torn += len(current.unreadable())
            current = None
    return tally


def _undisturbed(folder: Path) -> tuple[float, set[str]]:
    """How long a run lasts here (by the kernel's clock of a child), and what its plan is."""
    began = time.monotonic()
    run = Run(folder, *WORDS)
    ended = run.end()
    if ended.code not in (0, 4):
        raise LostError(f"the undisturbed run ends with {ended.code}: {ended.err}")
    (first,) = runs(folder / "results")
    return time.monotonic() - began, {m.trial for m in first.measurements()}


def _killed(run: Run, after: float) -> bool:
    """Whether it still ran then. The moment is the experiment: it waits for nothing."""
    try:
        run.process.wait(after)
    except subprocess.TimeoutExpired:
        run.kill()
        return True
    return False


def _moment(folder: RunFolder | None) -> str:
    if folder is None:
        return "before there was a run folder"
    if (folder.path / "manifest.json").exists():
        return "after the seal"
    if (folder.path / "table.txt").exists():
        return "while reports were written"
    return "between trials and in them" if folder.trials.exists() else "before the first trial"


def _require_kept(cwd: Path, folder: RunFolder, seen: bytes) -> bytes:
    """Every byte that was there is there; every whole line is a trial; a report can be had."""
    now = folder.trials.read_bytes() if folder.trials.exists() else b""
    if not now.startswith(seen):
        raise LostError(f"{folder.trials}: what was on disk before has changed")
    for line in now.splitlines()[:-1]:
        try:
            json.loads(line)
        except ValueError:
            if not folder.unreadable():
                raise LostError(f"{folder.trials}: a torn line is not known as one") from None
    settled = Counter(m.trial for m in folder.measurements() if m.status in SETTLED)
    twice = [trial for trial, count in settled.items() if count > 1]
    if twice:
        raise LostError(f"measured again though it was settled: {twice}")
    if folder.running():
        raise LostError(f"{folder.path} is still held, though its runner is dead")
    shown = runner(cwd, "show", str(folder.path))
    if shown.code != 0 or "Traceback" in shown.err:
        raise LostError(f"runner show: {shown.err}")
    return now


def _require_complete(cwd: Path, folder: RunFolder, planned: set[str]) -> None:
    """The totals of an undisturbed run, and a manifest that fits."""
    found = {m.trial for m in folder.measurements()}
    if found != planned:
        raise LostError(f"missing {planned - found}, beyond the plan {found - planned}")
    verified = runner(cwd, "verify", str(folder.path))
    if verified.code != 0:
        raise LostError(f"runner verify: {verified.out}{verified.err}")
