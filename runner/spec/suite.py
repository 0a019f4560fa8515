"""A whole spec as data: its experiments, what holds for all of them, and where it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from runner.paths import LABS
from runner.spec.matrix import Strict
from runner.spec.model import Defaults, Experiment
from runner.spec.own_server import Servers
from runner.spec.problem import Source, WrongError, shown
from runner.spec.variant import Timing


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a suite was read from; no part of its content."""

    path: Path = field(default=Path("experiments.yaml"), compare=False)
    labs_root: Path = field(default=LABS, compare=False)
    base: Path = field(default=Path(), compare=False)
    folders: Mapping[str, Path] = field(default_factory=dict, compare=False)
    hash: str = field(default="", compare=False)
    source: Source = field(default=Source({}, {}), compare=False)


def _version(value: object) -> int:
    if value != 1 or isinstance(value, bool | float):
        raise WrongError(f"{shown(value)} is not a known version", "type 1")
    return 1


class Suite(Strict):
    """A whole spec, with all that it includes."""

    version: Annotated[Literal[1], BeforeValidator(_version)]
    """The version of this format."""
    defaults: Defaults = Defaults()
    """How every experiment is run, unless the experiment has its own value."""
    servers: Servers = Field(default_factory=dict)
    """Servers that are no labs: such a name stands wherever a lab's does."""
    experiments: Annotated[tuple[Experiment, ...], Field(max_length=1000)]
    """What is run, in this order."""

    _origin: Origin = PrivateAttr(default=Origin())

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self._origin.path

    @property
    def labs_root(self) -> Path:
        """The folder in which labs are looked up: `labs` beside the file, else the project's."""
        return self._origin.labs_root

    @property
    def base(self) -> Path:
        """The folder of the file, at which the paths of `servers` begin."""
        return self._origin.base

    @property
    def folders(self) -> Mapping[str, Path]:
        """Of those `servers` that are folders."""
        return self._origin.folders

    def folder_of(self, lab: str) -> Path:
        """The folder of a lab, without the name of its form, or of one of the `servers`."""
        if lab in self.servers:
            return self.folders.get(lab, self.base)
        return self.labs_root / lab

    @property
    def hash(self) -> str:
        """SHA-256 of the effective text: equal for all files with the same meaning."""
        return self._origin.hash

    @property
    def source(self) -> Source:
        """From a key such as ("experiments", 0, "expect", 1) to its file, line and column."""
        return self._origin.source

    def experiment(self, identifier: str) -> Experiment:
        return next(each for each in self.experiments if each.id == identifier)

    def timing(self, experiment: Experiment, *, quick: bool = False, full: bool = False) -> Timing:
        """How often and how long `experiment` is run."""
        variant = experiment.quick if quick else experiment.full if full else None
        layers: list[Strict | None] = [variant, experiment]
        given = {
            name: value
            for layer in reversed(layers)
            if layer is not None
            for name in Defaults.model_fields
            if (value := getattr(layer, name, None)) is not None
        }
        return Timing(**{**dict(self.defaults), **given})
