"""What a trial is given to run on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from runner.engine.box import Engine
from runner.measure.fleet import Told
from runner.measure.together import Together
from runner.records.outcome import Status
from runner.records.trial_record import TrialRecord

Outcome = tuple[Status, str, Mapping[str, float | str], TrialRecord]


@dataclass(frozen=True, slots=True)
class Bench:
    """`boxes` removes every box when the trial is over, `told` hears the load generator's progress,
    `together` is where trials that run at the same time meet."""

    engine: Engine
    boxes: ExitStack
    told: Told
    together: Together
