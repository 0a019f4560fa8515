"""What every trial runs with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from runner.engine.box import Engine
from runner.measure.afar import Afar
from runner.measure.fleet import OnProgress
from runner.measure.turn_group import TurnGroup
from runner.records.outcome import Status
from runner.records.trial_record import TrialRecord

Result = tuple[Status, str, Mapping[str, float | str], TrialRecord]


@dataclass(frozen=True, slots=True)
class Bench:
    """`boxes` removes every box when the trial is over, `on_progress` is called with the load
    generator's progress, `group` are the trials that run at the same time, `afar` the hosts that
    send the load where the trial asks for others."""

    engine: Engine
    boxes: ExitStack
    on_progress: OnProgress
    group: TurnGroup
    afar: Afar | None = None
