"""A trial on its way to a host: paths below the lab's own folders, which every host has.

The host has the same lab (examine.py checks it), in another place perhaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from runner.cluster.address import AddressError
from runner.paths import LABS
from runner.plan import Plan, Trial


def require_travels(plan: Plan) -> None:
    """Raises AddressError for a trial whose server is not the lab's own."""
    for trial in plan.trials:
        own = trial.own is not None
        if own or not _ours(trial.folder) or (trial.probe and not _ours(trial.probe)):
            raise AddressError(
                f"{trial.cell.experiment}/{trial.cell.name}: a server of your own does not travel "
                "to the hosts of a cluster; leave it out with --filter, or leave --cluster out"
            )


def packed(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """With paths that are relative to the folder of the labs."""
    return tuple(
        replace(
            trial,
            folder=_resolved(trial.folder).relative_to(LABS),
            probe=_resolved(trial.probe).relative_to(LABS) if trial.probe else None,
        )
        for trial in trials
    )


def unpacked(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """With paths of this host."""
    return tuple(
        replace(
            trial,
            folder=LABS / trial.folder,
            probe=LABS / trial.probe if trial.probe else None,
        )
        for trial in trials
    )


def _ours(folder: Path) -> bool:
    return _resolved(folder).is_relative_to(LABS)


def _resolved(folder: Path) -> Path:
    return folder.resolve()
