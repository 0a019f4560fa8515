"""Converts older formats to today's: one function a version, applied in turn. Pure.

Files on disk are never rewritten: an old run is read as if it had been written today.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from runner.records.json_line import FORMAT
from runner.spec import RENAMED

Object = dict[str, Any]


class NewerError(Exception):
    """Written by a newer runner than this one."""


def trial(line: Mapping[str, Any]) -> Object:
    """A line of `trials.jsonl` in today's format, with today's names of the metrics. Raises
    NewerError; ValueError where it has no format."""
    today = _with_drive(_upgraded(dict(line), _TRIAL))
    metrics = today.get("metrics")
    if isinstance(metrics, dict):
        today["metrics"] = {RENAMED.get(name, name): value for name, value in metrics.items()}
    return today


def run(about: Mapping[str, Any]) -> Object:
    """`run.json` in today's format; one that states no format has the first. Raises NewerError;
    ValueError where the format is no number."""
    return _upgraded({"format": 1, **about}, _RUN)


def _upgraded(content: Object, steps: Mapping[int, Callable[[Object], Object]]) -> Object:
    version = content.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(
            f"format: {version!r:.40} is no format: write a whole number such as {FORMAT}"
        )
    if version > FORMAT:
        raise NewerError(
            f"format {version} is newer than this runner, which reads 1 to {FORMAT}; "
            "use the runner that wrote it, or a newer one"
        )
    while version < FORMAT:
        content = steps[version](content)
        version += 1
        content["format"] = version
    return content


def _trial_1_to_2(line: Object) -> Object:
    """Format 1 did not say in which session a trial ran."""
    return {**line, "session": 1}


def _with_drive(line: Object) -> Object:
    """The first files of format 2 had only the payload of what an active connection does."""
    record = line.get("record")
    if not isinstance(record, dict) or not isinstance(asked := record.get("asked"), dict):
        return line
    if "payload" not in asked or "drive" in asked:
        return line
    drive = {"payload": asked["payload"]}
    return {**line, "record": {**record, "asked": {**asked, "drive": drive}}}


def _run_1_to_2(about: Object) -> Object:
    """Format 1 gave a run no id, and did not keep the options that it was started with."""
    text = json.dumps(about, sort_keys=True, ensure_ascii=False)
    options = {"seed": about.get("seed"), "quick": about.get("quick", False)}
    return {**about, "id": hashlib.sha256(text.encode()).hexdigest()[:32], "options": options}


_TRIAL = {1: _trial_1_to_2}
_RUN = {1: _run_1_to_2}
