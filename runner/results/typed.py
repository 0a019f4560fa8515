"""Objects of a run folder held against their schema before anything else reads them. Pure.

Text is cleaned already (runner/untrusted.py). What is checked here is that each field that the
lab reads has the type that it relies on; fields that nothing reads may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from runner.records.outcome import Measurement
from runner.results import upgrade
from runner.results.schema import ResumeLine, RunFile, TrialLine
from runner.spec import METRICS
from runner.untrusted import clean

_SHOWN = 80


def trial(line: Mapping[str, Any]) -> Measurement:
    """Raises ValueError that names the field; upgrade.NewerError."""
    today = upgrade.trial(line)
    _hold(TrialLine, today)
    for name, value in today["metrics"].items():
        if isinstance(value, str) and name in METRICS and METRICS[name].kind == "number":
            raise ValueError(f"metrics.{name}: {_short(value)} is no number")
    return Measurement.from_json(today)


def run(about: Mapping[str, Any]) -> dict[str, Any]:
    """`run.json` in today's format. A field that is missing stays missing, but `options`, `engine`
    and `host` are always objects. Raises ValueError; upgrade.NewerError."""
    today = upgrade.run(about)
    _hold(RunFile, today, partial=True)
    return {"options": {}, "engine": {}, "host": {}, **today}


def resume(line: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ValueError that names the field."""
    _hold(ResumeLine, line)
    return dict(line)


def first_fault(error: ValidationError, *, partial: bool = False) -> str:
    """One line: where, what is wrong; empty where nothing but missing fields is."""
    for fault in error.errors(include_url=False, include_context=False):
        if partial and fault["type"] == "missing":
            continue
        where = ".".join(str(part) for part in fault["loc"]) or "it"
        found = "" if fault["type"] == "missing" else f", and not {_short(fault['input'])}"
        said = fault["msg"][:1].lower() + fault["msg"][1:]
        return clean(f"{where[:_SHOWN]}: {said}{found}")
    return ""


def _hold(model: type[BaseModel], found: Mapping[str, Any], *, partial: bool = False) -> None:
    try:
        model.model_validate(found, strict=True)
    except ValidationError as error:
        fault = first_fault(error, partial=partial)
        if fault:
            raise ValueError(fault) from None


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
