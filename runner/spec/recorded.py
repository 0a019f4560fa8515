"""The effective text that a run folder kept, as it would be written today.

What a run was is no longer anybody's to correct: a key that has become an error since, and that
said nothing where it stood, is left out in place of being refused.
"""

from __future__ import annotations

from typing import Any

from runner.spec.fleet import FLEET_KEYS
from runner.untrusted import clean


def as_today(data: Any) -> None:
    """Changes plain YAML data in place; what has not the form of a suite is left as it is. The text
    that people read is cleaned: the folder may be a stranger's."""
    experiments = data.get("experiments") if isinstance(data, dict) else None
    for experiment in experiments if isinstance(experiments, list) else ():
        if isinstance(experiment, dict):
            title = experiment.get("title")
            if isinstance(title, str):
                experiment["title"] = clean(title)
            _forget_what_is_measured_without(experiment)


def _forget_what_is_measured_without(experiment: dict[str, Any]) -> None:
    """Format 1 wrote `loop` for measurements that know none."""
    fleet, measure = experiment.get("fleet"), experiment.get("measure")
    if not isinstance(fleet, dict) or measure not in FLEET_KEYS:
        return
    known = FLEET_KEYS[measure]
    for name in {name for names in FLEET_KEYS.values() for name in names if name not in known}:
        fleet.pop(name, None)
