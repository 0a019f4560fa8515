"""How a run is called, as far as that decides what is measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runner import machine, plan
from runner.plan import Plan
from runner.spec import Suite

DEFAULT_SPEC = "experiments.yaml"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `runner run` that decide what is measured; `only` is `--filter`, `overrides`
    is `--set`. They are kept in `run.json`."""

    spec: str | None
    engine: str
    only: tuple[str, ...]
    overrides: tuple[str, ...]
    repeat: int | None
    seed: int | None
    quick: bool
    full: bool

    @property
    def path(self) -> Path:
        return Path(self.spec or DEFAULT_SPEC)

    def plan(self, suite: Suite, nofile_max: int) -> Plan:
        """The trials on this machine, where a box can be given `nofile_max` descriptors."""
        return plan.expand(
            suite,
            plan.Host(nofile_max, machine.usable_cpus()),
            quick=self.quick,
            full=self.full,
            only=self.only,
            repeat=self.repeat,
            seed=self.seed,
        )

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "spec": str(self.path)}
