"""The format of a run folder as JSON Schema, made from the classes that describe it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.measurement import FORMAT

_CONFIG = ConfigDict(extra="forbid", use_attribute_docstrings=True)
_OPEN = ConfigDict(extra="allow", use_attribute_docstrings=True)


class TrialLine(BaseModel):
    """One line of `trials.jsonl`: one trial, complete enough to be judged again elsewhere."""

    model_config = _CONFIG

    format: Literal[2]
    """Version of this format."""
    trial: str
    """Its id: experiment, cell and repeat. A trial that was run again has two lines; the last
    one counts."""
    experiment: str
    """The id of its experiment."""
    cell: dict[str, int | str]
    """The value of every axis: bytes and counts as plain numbers."""
    block: Annotated[int, Field(ge=0)]
    """The repeat, counted from 0."""
    session: Annotated[int, Field(ge=1)]
    """Which start of the runner measured it: 1, or more where the run was resumed."""
    status: Literal["OK", "FAIL", "SKIP", "INVALID", "ERROR"]
    """Only FAIL is the server's doing."""
    reason: str
    """Why it is not OK."""
    metrics: dict[str, float | str]
    """What `runner run` judges, by name, in the units of docs/guide.md."""
    record: dict[str, Any]
    """All that the metrics were computed from: samples of the accounting, the fleets' results with
    their histograms in HdrHistogram's encoding, what was asked and what was granted."""


class Named(BaseModel):
    """The engine, with all that it says of itself."""

    model_config = _OPEN

    name: str
    """docker or process."""


class RunFile(BaseModel):
    """`run.json`: what belongs beside every number of the run."""

    model_config = _OPEN

    format: Literal[2]
    """Version of this format."""
    id: str
    """A name of the run that stays when the folder is renamed."""
    started: str
    """UTC, ISO 8601."""
    spec: str
    """The file's name; what it said is in `effective.yaml`."""
    spec_hash: str
    """SHA-256 over the effective text."""
    seed: int
    """Where all that is random starts."""
    quick: bool
    """Whether it was run with --quick."""
    trials: Annotated[int, Field(ge=0)]
    """How many were planned."""
    options: dict[str, Any]
    """How it was called: `--resume` goes on in the same way."""
    engine: Named
    """Where boxes ran: versions, images, isolation, and what it lacks."""
    host: dict[str, Any]
    """Kernel, CPUs, limits, settings, versions; null is what could not be read."""


def trial_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of one line of `trials.jsonl`."""
    return _schema(TrialLine, "a line of trials.jsonl")


def run_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of `run.json`."""
    return _schema(RunFile, "run.json")


def _schema(model: type[BaseModel], of: str) -> dict[str, Any]:
    schema = model.model_json_schema()
    schema["title"] = f"I/O-model lab, {of}, format {FORMAT}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
