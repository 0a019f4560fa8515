"""Under which conditions a run measures: the engine and the machine, or those of every host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner import machine
from runner.engine.box import Engine
from runner.paths import LABS


@dataclass(frozen=True, slots=True)
class Conditions:
    """`engine` and `host` as `run.json` has them. `hosts` are those of a cluster, by name, each
    with an `engine` and a `host` of its own; empty where this machine measures. All hosts have the
    same kind of engine; `host` is then the first one."""

    engine: Mapping[str, Any]
    host: Mapping[str, Any]
    hosts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        own: dict[str, Any] = {"engine": dict(self.engine), "host": dict(self.host)}
        return {**own, "hosts": dict(self.hosts)} if self.hosts else own


def here(engine: Engine, labs: Path = LABS) -> Conditions:
    """Those of this machine."""
    return Conditions({"name": engine.name, **engine.environment()}, machine.gather(labs))


def of_hosts(hosts: Mapping[str, Conditions]) -> Conditions:
    """Those of a cluster: one host at least."""
    first = next(iter(hosts.values()))
    every = {name: own.as_json() for name, own in hosts.items()}
    return Conditions(first.engine, first.host, every)
