"""How a run is called, as far as that decides what is measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runner import machine, plan
from runner.paths import SPEC
from runner.plan import Host, Plan
from runner.spec import Suite, chosen, lent


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
        return chosen(self.spec)

    def plan(self, suite: Suite, nofile_max: int) -> Plan:
        """The trials on this machine, where a box can be given `nofile_max` descriptors."""
        return self.plan_on(suite, Host(nofile_max, machine.usable_cpus()))

    def plan_on(self, suite: Suite, host: Host) -> Plan:
        """The trials on a machine with these limits and CPUs."""
        return plan.expand(
            suite,
            host,
            quick=self.quick,
            full=self.full,
            only=self.only,
            repeat=self.repeat,
            seed=self.seed,
        )

    def as_json(self) -> dict[str, Any]:
        """With the spec as it is called: the lab's own is found by every user in another place."""
        path = self.path
        spec = self.spec or (SPEC.name if lent(path) else str(path))
        return {**asdict(self), "spec": spec}
