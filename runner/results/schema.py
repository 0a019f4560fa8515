"""The format of a run folder as JSON Schema, made from the classes that describe it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.described import Described
from runner.records.json_line import FORMAT, TrialLine

_OPEN = ConfigDict(extra="allow", defer_build=True)


class Named(BaseModel):
    """The engine, with all that it reports of itself."""

    model_config = _OPEN

    name: str
    """docker or process."""
    lacks: list[str] = []
    """The isolation and accounting that it does not have on this machine."""
    images: dict[str, str | None] = {}
    programs: dict[str, str | None] = {}
    """The name of each program that ran, with the SHA-256 of its content."""


class Machine(BaseModel):
    """Kernel, CPUs, limits, settings, versions; null for what could not be read."""

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


class OneHost(BaseModel):
    """A host of a cluster."""

    model_config = _OPEN

    engine: Named
    host: Machine


class Options(BaseModel):
    """The options that `runner run` was started with: `--resume` continues with the same."""

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
    """`run.json`: what every number of the run depends on."""

    model_config = _OPEN

    format: Literal[2]
    """Version of this format."""
    id: str
    """The id of the run: it stays the same when the folder is renamed."""
    started: str
    """UTC, ISO 8601."""
    spec: str
    """The name of the spec file; its content is in `effective.yaml`."""
    spec_hash: str
    """SHA-256 over the effective text."""
    seed: int
    """The seed of everything random in the run."""
    quick: bool
    """Whether it was run with --quick."""
    trials: Annotated[int, Field(ge=0)]
    """How many were planned."""
    options: Options
    engine: Named
    """What the boxes ran in: versions, images, isolation, and what the engine lacks."""
    host: Machine
    hosts: dict[str, OneHost] = {}
    """Where a cluster measured: each host by the name that the records have. `host` is then the
    first of them."""


class ResumeLine(BaseModel):
    """One line of `resumes.jsonl`: a later start of the runner for the same run."""

    model_config = _OPEN

    session: Annotated[int, Field(ge=1)]
    started: str = ""
    engine: Named | None = None
    host: Machine | None = None
    hosts: dict[str, OneHost] = {}


def trial_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of one line of `trials.jsonl`."""
    return _schema(TrialLine, "a line of trials.jsonl")


def run_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of `run.json`."""
    return _schema(RunFile, "run.json")


def _schema(model: type[BaseModel], of: str) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=Described)
    schema["title"] = f"I/O-model lab, {of}, format {FORMAT}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
