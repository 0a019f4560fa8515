"""The format of `report.json` as JSON Schema, from classes that describe what data.py writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from runner.described import Described
from runner.judge import Decision
from runner.records.json_line import TrialLine
from runner.results.schema import RunFile

FORMAT = 1
_CLOSED = ConfigDict(extra="forbid", defer_build=True)
Value = str | int | float | bool | list[str] | None
Axes = dict[str, Value]


class IntervalOf(BaseModel):
    """`low` and `high` are null where the repeats are too few for the confidence."""

    model_config = _CLOSED

    estimate: float
    low: float | None
    high: float | None
    confidence: float
    method: str


class Finding(BaseModel):
    """What was measured for one cell, or for one pair of cells."""

    model_config = _CLOSED

    cell: Axes
    to: Axes | None
    """The cell below the fraction line of a ratio."""
    outcome: Decision
    found: str
    """The estimate and its interval as a table shows them."""
    repeats: int
    interval: IntervalOf | None
    margin: float | None
    """How far the interval is from the bound, as a share of the bound."""
    noisy: bool
    notes: list[str]
    reason: str


class VerdictOf(BaseModel):
    """One expectation, as good as the worst of its findings."""

    model_config = _CLOSED

    experiment: str
    index: int
    """Its place under `expect`, from 0."""
    sentence: str
    bound: str
    points: int | float
    reason: str
    not_run: list[str]
    left_out: list[str]
    outcome: Decision
    earned: int | float
    noisy: bool
    findings: list[Finding]


class CellOf(BaseModel):
    """A row of a table."""

    model_config = _CLOSED

    experiment: str
    cell: Axes
    status: str
    repeats: int
    """The valid repeats."""
    medians: dict[str, float]
    """Of every metric, in its unit: docs/guide.md lists them."""
    intervals: dict[str, list[float | None]]
    """Of every metric with repeats enough, the lower and the upper end: as `low` and `high`."""


class AnswerOf(BaseModel):
    """What an experiment says on this machine, as the first table of report.html."""

    model_config = _CLOSED

    experiment: str
    question: str
    outcome: str
    """A verdict's or a claim's word; – where nothing was judged."""
    kept: str
    """How many of how many expectations hold."""
    sentence: str
    short: str
    """The sentence for one line, its figure first."""


class EvidenceOf(BaseModel):
    """A table of the facts that a probe reported, as report.html shows it."""

    model_config = _CLOSED

    experiment: str
    title: str
    head: list[str]
    rows: list[list[str]]


class ReportFile(BaseModel):
    """`report.json`, and `runner run -o json=FILE`."""

    model_config = _CLOSED

    format: int
    run: str
    """The name of the run folder."""
    incomplete: str
    """What is missing because the run ended early; empty if nothing is."""
    changed: bool
    """Whether the folder was changed after it was sealed."""
    environment: RunFile
    answers: list[AnswerOf]
    evidence: list[EvidenceOf]
    verdicts: list[VerdictOf]
    cells: list[CellOf]
    trials: list[TrialLine]


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    made = ReportFile.model_json_schema(schema_generator=Described)
    made["title"] = f"I/O-model lab, report.json, format {FORMAT}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
