"""Where a run's results go: a new run folder with its environment, or the one to go on with."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from runner import machine
from runner.cli import engines
from runner.cli.progress import tell
from runner.engine.box import Engine
from runner.plan import Plan
from runner.records.outcome import FORMAT
from runner.results import (
    IntegrityError,
    ResultsError,
    RunFolder,
    Signer,
    config,
    shown,
    unseal,
    verify,
)
from runner.spec import SpecError, Suite, effective, load

DEFAULT_SPEC = "experiments.yaml"
SAME = ("kernel", "machine", "cpu", "cpus")
"""What of the host must not have changed between a run and its resume."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How `runner run` was called, as far as it says what is run. Kept in `run.json`."""

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

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "spec": str(self.path)}

    def resumed(self, folder: RunFolder) -> Asked:
        """As the run was called that is gone on with; what is said again must agree. Raises
        click.UsageError, ResultsError."""
        about = folder.environment()
        changes: dict[str, Any] = {}
        for name, recorded in about["options"].items():
            # The hash of what the spec says is compared, and the engine.
            if name in ("spec", "engine") or name not in self.__slots__:
                continue
            given = getattr(self, name)
            before: Any = tuple(recorded) if isinstance(recorded, list) else recorded
            if given and given != before:
                option = {"only": "--filter", "overrides": "--set"}.get(name, f"--{name}")
                raise click.UsageError(
                    f"--resume {folder.shown}: the run was begun {_shown(option, before)}, not "
                    f"{_shown(option, given)}; leave {option} out: the run's own is remembered"
                )
            changes[name] = before
        if self.engine == "auto":
            changes["engine"] = self._engine(about)
        return replace(self, spec=self.spec or about["options"].get("spec"), **changes)

    def _engine(self, about: Mapping[str, Any]) -> str:
        name = str(about["engine"].get("name", self.engine))
        if name not in engines.NAMES:
            raise ResultsError(f"run.json: engine.name: {name[:40]!r} is no engine of this runner")
        return name


def begin(asked: Asked, suite: Suite, engine: Engine, agreed: Plan, results: Path) -> RunFolder:
    """A new run folder. Raises ResultsError."""
    folder = RunFolder.create(results, suite.path.stem)
    about = {
        "format": FORMAT,
        "id": secrets.token_hex(16),
        "started": _now(),
        "spec": suite.path.name,
        "spec_hash": suite.hash,
        "seed": agreed.seed,
        "quick": agreed.quick,
        "trials": len(agreed.trials),
        "options": asked.as_json(),
        "engine": {"name": engine.name, **engine.environment()},
        "host": machine.gather(suite.labs_root),
    }
    folder.begin(about, effective(suite))
    return folder


def suite_of(folder: RunFolder, asked: Asked, *, named: bool) -> Suite:
    """The spec of a run that is gone on with. The folder may be a stranger's, and the path in its
    run.json may lead anywhere: where the user did not name the spec, nothing that the file holds is
    quoted before its hash fits. Raises click.UsageError, ResultsError; SpecError where it is
    `named`."""
    begun_with = folder.environment().get("spec_hash")
    suite = None
    try:
        suite = load(asked.path, asked.overrides)
    except SpecError:
        if named:
            raise
    if suite is None or suite.hash != begun_with:
        differs = "its hash differs" if os.path.lexists(asked.path) else "there is no such file"
        raise click.UsageError(
            f"--resume {folder.shown}: {shown(asked.path)} is not the spec that this run was begun "
            f"with ({differs}); type runner run SPEC --resume {folder.shown} with the spec as it "
            "was, or run again without --resume"
        )
    return suite


def require_fitting(folder: RunFolder) -> None:
    """What was sealed must be as it was. Raises IntegrityError, ResultsError."""
    unfit = verify(folder).unfit()
    if unfit:
        raise IntegrityError(f"{folder.shown} was changed since it ended: {unfit}")


def resume(folder: RunFolder, engine: Engine) -> int:
    """Notes the resume in the folder and returns the number of the new session. Refuses where
    figures of then and of now cannot stand in one table. Raises ResultsError, IntegrityError."""
    before = folder.environment()
    now = machine.gather()
    changed = [
        f"{name} was {then}, is {here}"
        for name, then, here in (
            ("engine", before["engine"].get("name"), engine.name),
            *((name, before["host"].get(name), now.get(name)) for name in SAME),
        )
        if then != here
    ]
    if changed:
        raise ResultsError(
            f"{folder.shown} was begun under another condition ({'; '.join(changed)}): its figures "
            "and new ones cannot stand in one table; run again without --resume"
        )
    require_fitting(folder)
    unseal(folder)
    return folder.resume(
        {"started": _now(), "engine": {"name": engine.name, **engine.environment()}, "host": now}
    )


def signer(*, make: bool = True) -> Signer | None:
    """The user's own key; None where there is none or none can be kept, and the user is told."""
    try:
        folder = config()
        if folder is None:
            raise OSError("this user has no home for a key; set XDG_CONFIG_HOME to have one")
        return Signer.of_user(folder) if make else Signer.existing(folder)
    except (OSError, ValueError) as error:
        if make:
            tell(f"results: not signed: {error}")
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _shown(option: str, value: object) -> str:
    """As it is typed: with --repeat 5, without --quick."""
    if value in (None, False, ()):
        return f"without {option}"
    if value is True:
        return f"with {option}"
    values = value if isinstance(value, tuple | list) else (value,)
    return "with " + " ".join(f"{option} {each}" for each in values)
