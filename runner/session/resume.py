"""A run is resumed: the same options, the same spec, the same machine, or not at all.

Figures that were measured under two conditions cannot stand in one table.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runner.results import IntegrityError, ResultsError, RunFolder, shown, unseal, verify
from runner.session.begin import now
from runner.session.budget import OVERHEAD
from runner.session.conditions import Conditions
from runner.session.options import Options
from runner.spec import SpecError, Suite, load

SAME = ("kernel", "machine", "cpu", "cpus")
"""What of the host must not have changed between a run and its resume."""


class ResumeError(Exception):
    """What was typed contradicts the run that is to be resumed."""


def options_of(folder: RunFolder, given: Options) -> Options:
    """The options that the run was begun with; those that are given again must agree. Raises
    ResumeError, ResultsError."""
    about = folder.environment()
    changes: dict[str, Any] = {}
    for name, recorded in about["options"].items():
        # Spec and engine are checked by what they are: the hash of the one, the name of the other.
        if name in ("spec", "engine") or name not in Options.__slots__:
            continue
        again = getattr(given, name)
        before: Any = tuple(recorded) if isinstance(recorded, list) else recorded
        if again and again != before:
            option = {"only": "--filter", "overrides": "--set"}.get(name, f"--{name}")
            raise ResumeError(
                f"--resume {folder.shown}: the run was begun {_typed(option, before)}, not "
                f"{_typed(option, again)}; leave {option} out: the run's own is remembered"
            )
        changes[name] = before
    if given.engine == "auto":
        changes["engine"] = _engine_of(about)
    return replace(given, spec=given.spec or about["options"].get("spec"), **changes)


def suite_of(folder: RunFolder, options: Options, *, named: bool) -> Suite:
    """The spec of the run. The folder may be another user's, and the path in its run.json may lead
    anywhere: where the user did not name the spec, nothing that the file holds is quoted before its
    hash fits. Raises ResumeError, ResultsError; SpecError where it is `named`."""
    begun_with = folder.environment().get("spec_hash")
    suite = None
    try:
        suite = load(options.path, options.overrides)
    except SpecError:
        if named:
            raise
    if suite is None or suite.hash != begun_with:
        differs = "its hash differs" if os.path.lexists(options.path) else "there is no such file"
        raise ResumeError(
            f"--resume {folder.shown}: {shown(options.path)} is not the spec that this run was "
            f"begun with ({differs}); type runner run SPEC --resume {folder.shown} with the spec "
            "as it was, or run again without --resume"
        )
    return suite


def require_unchanged(folder: RunFolder) -> None:
    """What was sealed must be as it was. Raises IntegrityError, ResultsError."""
    changed = verify(folder).unfit()
    if changed:
        raise IntegrityError(f"{folder.shown} was changed since it ended: {changed}")


def resume(folder: RunFolder, conditions: Conditions) -> int:
    """Notes the resume in the folder and returns the number of the new session. Raises
    ResultsError where engine or host are others than at the begin; IntegrityError."""
    before = folder.environment()
    hosts: Mapping[str, Mapping[str, Any]] = before.get("hosts", {})
    _require_same_way(folder, hosts, conditions)
    if hosts:  # one that is new measures what no other has measured
        again = conditions.hosts.items()
        pairs = [(f"{name}: ", hosts[name], now) for name, now in again if name in hosts]
    else:
        pairs = [("", before, conditions.as_json())]
    changed = [line for who, then, now in pairs for line in _changed(who, then, now)]
    if changed:
        raise ResultsError(
            f"{folder.shown} was begun under another condition ({'; '.join(changed)}): its figures "
            "and new ones cannot stand in one table; run again without --resume"
        )
    require_unchanged(folder)
    unseal(folder.path)
    return folder.resume({"started": now(), **conditions.as_json()})


def _require_same_way(
    folder: RunFolder, hosts: Mapping[str, object], conditions: Conditions
) -> None:
    """What one machine has begun is no part of a run over hosts, and the other way round."""
    if hosts and not conditions.hosts:
        raise ResumeError(
            f"--resume {folder.shown}: the run was begun on a cluster, by {', '.join(hosts)}; type "
            "--cluster ADDRESS as well"
        )
    if conditions.hosts and not hosts:
        raise ResumeError(
            f"--resume {folder.shown}: the run was begun on one machine; leave --cluster out"
        )


def _changed(who: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Which conditions of one machine are others than at the begin."""
    values = [("engine", then["engine"].get("name"), now["engine"].get("name"))]
    values += [(name, then["host"].get(name), now["host"].get(name)) for name in SAME]
    return [
        f"{who}{name} was {before}, is {here}" for name, before, here in values if before != here
    ]


def _engine_of(about: Mapping[str, Any]) -> str:
    name = str(about["engine"].get("name", "auto"))
    if name not in (*OVERHEAD, "auto"):
        raise ResultsError(f"run.json: engine.name: {name[:40]!r} is no engine of this runner")
    return name


def _typed(option: str, value: object) -> str:
    """An option as it is typed: with --repeat 5, without --quick."""
    if value in (None, False, ()):
        return f"without {option}"
    if value is True:
        return f"with {option}"
    values = value if isinstance(value, tuple | list) else (value,)
    return "with " + " ".join(f"{option} {each}" for each in values)
