"""A run begins: its folder is made, with all that belongs beside its figures."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from runner.plan import Plan
from runner.records.json_line import FORMAT
from runner.results import RunFolder
from runner.session.conditions import Conditions
from runner.session.options import Options
from runner.spec import Suite, effective


def begin(
    options: Options, suite: Suite, plan: Plan, conditions: Conditions, folder: RunFolder
) -> None:
    """A new run in an empty folder. Raises ResultsError."""
    about = {
        "format": FORMAT,
        "id": secrets.token_hex(16),
        "started": now(),
        "spec": suite.path.name,
        "spec_hash": suite.hash,
        "seed": plan.seed,
        "quick": plan.quick,
        "trials": len(plan.trials),
        "options": options.as_json(),
        **conditions.as_json(),
    }
    folder.begin(about, effective(suite))


def now() -> str:
    """UTC, in whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
