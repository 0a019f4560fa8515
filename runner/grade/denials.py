"""What an assignment's model denies and needs, in each of its checks."""

from __future__ import annotations

from typing import Any

from runner.grade.models import MODELS, OWN, Model
from runner.spec import Assignment, Check, WrongError
from runner.spec.problem import did_you_mean


def model_of(assignment: Assignment) -> Model:
    """Raises WrongError for a model that is not in the table."""
    name = assignment.assignment.model
    if name in MODELS:
        return MODELS[name]
    raise WrongError(
        f"there is no model '{name}'",
        f"type one of {', '.join(MODELS)}",
        did_you_mean(name, MODELS),
    )


def with_denials(assignment: Assignment) -> Assignment:
    """In each check the servers are denied what the model denies, and have the processes or threads
    that its connections need, unless the check's `limits` say otherwise. The reference is measured
    in the same checks, so both have the same. Raises WrongError."""
    model = model_of(assignment)
    checks = tuple(_limited(check, model) for check in assignment.experiments)
    return assignment.model_copy(update={"experiments": checks})


def _limited(check: Check, model: Model) -> Check:
    if check.server is None:
        return check
    changed: dict[str, Any] = {}
    if check.limits.deny is None:
        changed["deny"] = model.denies
    if "pids" not in check.limits.model_fields_set:
        own = OWN if model.alone else check.limits.pids  # a pool may be large
        changed["pids"] = own + model.each * _connections(check)
    return check.model_copy(update={"limits": check.limits.model_copy(update=changed)})


def _connections(check: Check) -> int:
    """The most at once, in any cell: `idle: max` is as many as `connections` allows."""
    fleet = check.fleet
    idle = max(fleet.connections if isinstance(each, str) else each for each in fleet.idle)
    return idle + max(fleet.active)
