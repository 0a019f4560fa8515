"""The format of a run folder as JSON Schema, made from the classes that describe it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.records.outcome import FORMAT

_CONFIG = ConfigDict(extra="forbid", use_attribute_docstrings=True)
_OPEN = ConfigDict(extra="allow", use_attribute_docstrings=True)


class Limits(BaseModel):
    """RLIMIT_NOFILE as a process had it."""

    model_config = _OPEN

    soft: int
    hard: int | None = None


class Place(BaseModel):
    """On which CPUs what ran; empty where it was any."""

    model_config = _OPEN

    server: list[int] | None = None
    fleet: list[int] | None = None
    probe: list[int] | None = None
    shared: bool = False
    """Whether server and load generator had one CPU between them."""
    pinned: str | None = None
    path: str | None = None
    """The way between them."""


class Asked(BaseModel):
    """What the trial was to be, and what decides which trials can be compared."""

    model_config = _OPEN

    measure: str = ""
    idle: int = 0
    looks: list[int] = []
    server_cpus: list[int] | None = None
    fleet_cpus: list[int] | None = None


class Timeline(BaseModel):
    """One request under the tracer."""

    model_config = _OPEN

    total_ns: int | float = 0
    wait_ns: int | float = 0
    copy_ns: int | float = 0


class Traced(BaseModel):
    """What the tracer saw."""

    model_config = _OPEN

    timeline: Timeline | None = None
    switches: int = 0


class Record(BaseModel):
    """All that the metrics were computed from: samples of the accounting, the fleets' results with
    their histograms in HdrHistogram's encoding, what was asked and what was granted."""

    model_config = _OPEN

    asked: Asked = Asked()
    granted: dict[str, Limits] = {}
    """By role: server, fleet, probe."""
    isolation: list[str] = []
    placement: Place = Place()
    settled: bool | None = None
    """Whether the server had come to rest before the window."""
    notes: list[str] = []
    findings: list[dict[str, str | int | float]] = []
    """What a probe said, one object a fact."""
    samples: dict[str, dict[str, Any]] = {}
    """The server's accounting at each moment that a probe named."""
    trace: Traced = Traced()


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
    block: Annotated[int, Field(ge=0, le=100_000)]
    """The repeat, counted from 0."""
    session: Annotated[int, Field(ge=1)]
    """Which start of the runner measured it: 1, or more where the run was resumed."""
    status: Literal["OK", "FAIL", "SKIP", "INVALID", "ERROR"]
    """Only FAIL is the server's doing."""
    reason: str
    """Why it is not OK."""
    metrics: dict[str, float | str]
    """What `runner run` judges, by name, in the units of docs/guide.md."""
    record: Record


class Named(BaseModel):
    """The engine, with all that it says of itself."""

    model_config = _OPEN

    name: str
    """docker or process."""
    lacks: list[str] = []
    """What isolation and accounting it does not have here."""
    images: dict[str, str | None] = {}
    programs: dict[str, str | None] = {}
    """By name: what ran, by content."""


class Machine(BaseModel):
    """Kernel, CPUs, limits, settings, versions; null is what could not be read."""

    model_config = _OPEN

    kernel: str | None = None
    machine: str | None = None
    boot: str | None = None
    cpu: str | None = None
    cpus: list[int] = []
    memory_bytes: int | None = None
    python: str | None = None
    git: str | None = None
    sysctl: dict[str, str | None] = {}


class Options(BaseModel):
    """How `runner run` was called: `--resume` goes on in the same way."""

    model_config = _OPEN

    spec: str | None = None
    engine: str = "auto"
    only: list[str] = []
    overrides: list[str] = []
    repeat: int | None = None
    seed: int | None = None
    quick: bool = False
    full: bool = False


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
    options: Options
    engine: Named
    """Where boxes ran: versions, images, isolation, and what it lacks."""
    host: Machine


class ResumeLine(BaseModel):
    """One line of `resumes.jsonl`: a later start of the runner for the same run."""

    model_config = _OPEN

    session: Annotated[int, Field(ge=1)]
    started: str = ""
    engine: Named | None = None
    host: Machine | None = None


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
