"""Checks objects of a run folder against their schema before anything else reads them. Pure.

Text is cleaned already (runner/untrusted.py). Each field that the lab reads must have the type that
it relies on; fields that nothing reads may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from runner.records.json_line import first_fault, from_json
from runner.records.outcome import Outcome
from runner.results import upgrade
from runner.results.schema import ResumeLine, RunFile


def trial(line: Mapping[str, Any]) -> Outcome:
    """Raises ValueError that names the field; upgrade.NewerError."""
    return from_json(upgrade.trial(line))


def run(about: Mapping[str, Any]) -> dict[str, Any]:
    """`run.json` in today's format. A field that is missing stays missing, but `options`, `engine`
    and `host` are always objects. Raises ValueError; upgrade.NewerError."""
    today = upgrade.run(about)
    _require(RunFile, today, partial=True)
    return {"options": {}, "engine": {}, "host": {}, **today}


def resume(line: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ValueError that names the field."""
    _require(ResumeLine, line)
    return dict(line)


def _require(model: type[BaseModel], content: Mapping[str, Any], *, partial: bool = False) -> None:
    try:
        model.model_validate(content, strict=True)
    except ValidationError as error:
        fault = first_fault(error, partial=partial)
        if fault:
            raise ValueError(fault) from None
