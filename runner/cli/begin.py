"""Where a run's results go: a new run folder with its environment, or the one to go on with."""

from __future__ import annotations

import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from runner import environment
from runner.cli.progress import tell
from runner.engine.box import Engine
from runner.measurement import FORMAT
from runner.plan import Plan
from runner.results import (
    IntegrityError,
    ResultsError,
    RunFolder,
    Signer,
    read_manifest,
    unseal,
    verify,
)
from runner.spec import Suite, effective

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
            given = getattr(self, name, None)
            before: Any = tuple(recorded) if isinstance(recorded, list) else recorded
            if name in ("spec", "engine"):  # the hash of what it says is compared, and the engine
                continue
            if given and given != before:
                raise click.UsageError(
                    f"--resume {folder.path}: it was begun with {name} {_shown(before)}, "
                    f"not {_shown(given)}; leave the option out, it is remembered"
                )
            changes[name] = before
        if self.engine == "auto":
            changes["engine"] = about.get("engine", {}).get("name", self.engine)
        return replace(self, spec=self.spec or about["options"].get("spec"), **changes)


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
        "host": environment.gather(suite.labs_root),
    }
    folder.begin(about, effective(suite))
    return folder


def resume(folder: RunFolder, suite: Suite, engine: Engine) -> int:
    """Notes the resume in the folder and returns the number of the new session. Refuses where
    figures of then and of now cannot stand in one table. Raises ResultsError, IntegrityError."""
    before = folder.environment()
    now = environment.gather()
    changed = [
        f"{name} was {then}, is {here}"
        for name, then, here in (
            ("spec", str(before.get("spec_hash"))[:12], suite.hash[:12]),
            ("engine", before.get("engine", {}).get("name"), engine.name),
            *((name, before.get("host", {}).get(name), now.get(name)) for name in SAME),
        )
        if then != here
    ]
    if changed:
        raise ResultsError(
            f"{folder.path} was begun under another condition ({'; '.join(changed)}): its figures "
            "and new ones cannot stand in one table; run again without --resume"
        )
    if read_manifest(folder) is not None:
        faults = verify(folder).faults
        if faults:
            raise IntegrityError(f"{folder.path} was changed since it ended: {faults[0]}")
        unseal(folder)
    return folder.resume(
        {"started": _now(), "engine": {"name": engine.name, **engine.environment()}, "host": now}
    )


def signer(*, make: bool = True) -> Signer | None:
    """The user's own key; None where there is none or none can be kept, and the user is told."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "iolab"
    try:
        return Signer.of_user(home) if make else Signer.existing(home)
    except (OSError, ValueError) as error:
        tell(f"results: not signed: {error}")
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _shown(value: object) -> str:
    if isinstance(value, tuple | list):
        return " ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, False) else str(value)
