"""The effective text that a run folder kept, as it would be written today.

Nobody can correct what a run was: a key that has become an error since, and that had no effect
where it stood, is left out instead of being refused; a metric that was renamed since gets its name
of today.
"""

from __future__ import annotations

from typing import Any

from runner.kinds import KINDS, RENAMED
from runner.spec.fleet import unused_keys
from runner.untrusted import clean


def as_today(data: Any) -> None:
    """Changes plain YAML data in place; data that has not the form of a suite is left as it is. The
    text that people read is cleaned: the folder may be a stranger's."""
    task = data.get("assignment") if isinstance(data, dict) else None
    if isinstance(task, dict) and isinstance(task.get("title"), dict):
        _clean_text(task["title"], ("en", "zh"))
    for experiment in _mappings(data, "experiments"):
        _clean_text(experiment, ("title", "hint"))
        _forget_keys_without_effect(experiment)
        for expectation in _mappings(experiment, "expect"):
            for key in {"metric", "ratio"} & expectation.keys():
                name = expectation[key]
                expectation[key] = RENAMED.get(name, name) if isinstance(name, str) else name


def _clean_text(mapping: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in keys:
        if isinstance(mapping.get(key), str):
            mapping[key] = clean(mapping[key])


def _mappings(data: Any, key: str) -> list[dict[str, Any]]:
    """The entries of the list at `key` that are mappings."""
    entries = data.get(key) if isinstance(data, dict) else None
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _forget_keys_without_effect(experiment: dict[str, Any]) -> None:
    """Format 1 wrote `loop` for kinds of measurement that have none."""
    fleet, measure = experiment.get("fleet"), experiment.get("measure")
    kind = KINDS.get(measure) if isinstance(measure, str) else None
    if kind is None or not isinstance(fleet, dict):
        return
    for name in unused_keys(kind):
        fleet.pop(name, None)
