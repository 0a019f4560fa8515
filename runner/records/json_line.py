"""A trial's outcome as a line of `trials.jsonl`, and back: the only place that knows both.

A line is held against the types of `trial_record.py` as JSON: a field of another type is named.
Text was cleaned as it entered (runner/untrusted.py), that of a program that was measured as well
as that of a stranger's file, so it is not cleaned here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.records.outcome import Outcome, Status
from runner.records.trial_record import TrialRecord
from runner.spec import METRICS, Cell
from runner.untrusted import clean

FORMAT = 2
"""Version of a line in `trials.jsonl` and of `run.json`; `results/upgrade.py` reads older ones."""
_SHOWN = 80


class TrialLine(BaseModel):
    """One line of `trials.jsonl`: one trial, complete enough to be judged again elsewhere."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    format: Literal[2]
    """Version of this format."""
    trial: str
    """Its id: experiment, cell and repeat. A trial that was run again has two lines; the last
    one counts."""
    experiment: str
    """The id of its experiment."""
    cell: dict[str, int | str]
    """The value of every axis: bytes and counts as plain numbers."""
    block: Annotated[int, Field(ge=0, le=100_000)]
    """The repeat, counted from 0."""
    session: Annotated[int, Field(ge=1)]
    """Which start of the runner measured it: 1, or more where the run was resumed."""
    status: Literal["OK", "FAIL", "SKIP", "INVALID", "ERROR"]
    """Only FAIL is the server's doing."""
    reason: str
    """Why it is not OK."""
    metrics: dict[str, int | float | str]
    """What `runner run` judges, by name, in the units of docs/guide.md."""
    record: TrialRecord
    """All that the metrics were computed from."""


def line_of(measurement: Outcome) -> str:
    """Its line, with the newline. Raises TypeError, ValueError where JSON cannot hold it."""
    return json.dumps(to_json(measurement), ensure_ascii=False) + "\n"


def to_json(measurement: Outcome) -> dict[str, Any]:
    """Plain data, as `json.dumps` takes it."""
    return {
        "format": FORMAT,
        "trial": measurement.trial,
        "experiment": measurement.cell.experiment,
        "cell": dict(measurement.cell.values),
        "block": measurement.block,
        "session": measurement.session,
        "status": str(measurement.status),
        "reason": measurement.reason,
        "metrics": dict(measurement.metrics),
        "record": _written(measurement.record),
    }


def _written(record: TrialRecord) -> dict[str, Any]:
    fields = _known(asdict(record))
    fields["granted"] = _known(fields["granted"])
    for name in ("final", "granted"):
        if not fields[name]:
            del fields[name]
    if record.disturbed is not None:
        fields["disturbed"] = record.disturbed or None
    if record.placement is not None:
        fields["placement"] = _known(fields["placement"])
        if record.placement.pinned is not None:
            fields["placement"]["pinned"] = record.placement.pinned or None
    return fields


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _looked_at(record: Any) -> Any:
    """A null on disk says that it was looked at, and that there was nothing."""
    if not isinstance(record, dict):
        return record
    fields = {**record}
    if "disturbed" in fields:
        fields["disturbed"] = "" if fields["disturbed"] is None else fields["disturbed"]
    place = fields.get("placement")
    if isinstance(place, dict) and "pinned" in place:
        fields["placement"] = {
            **place,
            "pinned": "" if place["pinned"] is None else place["pinned"],
        }
    return fields


def from_json(line: Mapping[str, Any]) -> Outcome:
    """The line is one of this format. Which axes vary is the suite's to say, so a cell from a line
    is called by all of its axes. Raises ValueError that names the field."""
    try:
        whole = {**line, "record": _looked_at(line.get("record"))}
        held = TrialLine.model_validate_json(json.dumps(whole), strict=True)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
    for name, value in held.metrics.items():
        if isinstance(value, str) and name in METRICS and METRICS[name].is_number:
            raise ValueError(f"metrics.{name}: {_short(value)} is no number")
    axes = tuple((clean(axis), _name(value)) for axis, value in held.cell.items())
    return Outcome(
        trial=clean(held.trial),
        cell=Cell(clean(held.experiment), axes, tuple(axis for axis, _ in axes)),
        block=held.block,
        status=Status(held.status),
        reason=held.reason,
        metrics=held.metrics,
        record=held.record,
        session=held.session,
    )


def _name(value: int | str) -> int | str:
    """A name is one line; other text of a record may have several."""
    return clean(value) if isinstance(value, str) else value


def first_fault(error: ValidationError, *, partial: bool = False) -> str:
    """One line: where, what is wrong; empty where nothing but missing fields is."""
    for fault in error.errors(include_url=False, include_context=False):
        if partial and fault["type"] == "missing":
            continue
        where = ".".join(str(part) for part in fault["loc"]) or "it"
        value = "" if fault["type"] == "missing" else f", and not {_short(fault['input'])}"
        text = fault["msg"][:1].lower() + fault["msg"][1:]
        return f"{where[:_SHOWN]}: {text}{value}"
    return ""


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
