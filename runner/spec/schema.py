"""The JSON Schemas of a spec and of an assignment, made from the classes that validate them."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, Field

from runner.described import Described
from runner.spec.assignment import Assignment
from runner.spec.fleet import Fleet
from runner.spec.model import Defaults, Limits
from runner.spec.suite import Suite

SCHEMASTORE = "https://json.schemastore.org/iolab-1.json"
_NAMED: tuple[BaseModel, ...] = (Defaults(), Fleet(), Limits())


Include = Annotated[str | tuple[str, ...], Field(min_length=1, max_length=32)]


class Document(Suite):
    """Experiments with I/O models: what is run, and what is expected of it."""

    include: Include = ()
    """Other files whose experiments are added: relative paths inside this file's folder."""


class Graded(Assignment):
    """An assignment: its checks, each with what is expected of a submission, and points."""

    include: Include = ()
    """Other files whose checks are added: relative paths inside this file's folder."""


def json_schema() -> dict[str, Any]:
    """The schema of one file as it is written: JSON Schema, draft 2020-12."""
    return _schema(Document, "I/O-model lab experiments, version 1", ["version"])


def assignment_schema() -> dict[str, Any]:
    """The schema of an assignment's grade.yaml."""
    required = ["version", "assignment"]
    schema = _schema(Graded, "I/O-model lab assignment, version 1", required)
    del schema["properties"]["servers"], schema["$defs"]["OwnServer"]
    del schema["$defs"]["Ready"]
    for model, key in (("Check", "hidden"), ("Server", "language")):
        del schema["$defs"][model]["properties"][key]  # grading says it, and no file
    return schema


def schemastore_schema() -> dict[str, Any]:
    """The same for SchemaStore, in the draft that its editors know best. `schema/README.md` says
    how it is sent."""
    text = json.dumps(json_schema()).replace("#/$defs/", "#/definitions/")
    schema = json.loads(text)
    schema["definitions"] = schema.pop("$defs")
    del schema["$schema"]
    draft = "http://json-schema.org/draft-07/schema#"
    return {"$id": SCHEMASTORE, "$schema": draft, **schema}


def _schema(document: type[BaseModel], title: str, required: list[str]) -> dict[str, Any]:
    schema = document.model_json_schema(schema_generator=Described)
    for model in _NAMED:
        written = model.model_dump(mode="json")
        for name, field in schema["$defs"][type(model).__name__]["properties"].items():
            if "default" in field:
                field["default"] = written[name]
    _without_null(schema)
    schema["required"] = required
    schema["anyOf"] = [{"required": ["experiments"]}, {"required": ["include"]}]
    schema["properties"]["experiments"]["minItems"] = 1
    schema["title"] = title
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _without_null(node: Any) -> None:
    """A key that is not given is absent: null is no value in a spec."""
    if isinstance(node, list):
        for item in node:
            _without_null(item)
    if not isinstance(node, dict):
        return
    if {"type": "null"} in node.get("anyOf", []):
        rest = [form for form in node.pop("anyOf") if form != {"type": "null"}]
        node.pop("default", None)
        node.update(rest[0] if len(rest) == 1 else {"anyOf": rest})
    if isinstance(node.get("title"), str) and "properties" not in node:
        del node["title"]
    if isinstance(node.get("default"), dict):
        node["default"] = {key: item for key, item in node["default"].items() if item is not None}
    for item in list(node.values()):
        _without_null(item)
