"""The checked-in JSON Schema is the one that the classes give, and experiments.yaml fits it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.spec import assignment_schema, effective, json_schema, load, schemastore_schema
from runner.spec.chosen import SUFFIXES

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json_schema()
GRADED: dict[str, Any] = assignment_schema()
BOTH = pytest.mark.parametrize("schema", [SCHEMA, GRADED], ids=["experiments", "assignment"])


KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def faults(
    value: Any, schema: dict[str, Any], path: str = "", defs: dict[str, Any] | None = None
) -> list[str]:
    """What is wrong with `value`: the few words of JSON Schema that ours uses."""
    defs = schema["$defs"] if defs is None else defs
    if "$ref" in schema:
        return faults(value, defs[schema["$ref"].rsplit("/", 1)[1]], path, defs)
    kind = schema.get("type", [])
    kinds = [kind] if isinstance(kind, str) else kind
    if kinds and not any(isinstance(value, KINDS[name]) for name in kinds):
        return [f"{path}: {value!r} is no {kinds}"]
    right = {
        "anyOf": "anyOf" not in schema or fitting(value, schema["anyOf"], path, defs) >= 1,
        "oneOf": "oneOf" not in schema or fitting(value, schema["oneOf"], path, defs) == 1,
        "enum": value in schema.get("enum", [value]),
        "const": value == schema.get("const", value),
        "pattern": not isinstance(value, str) or re.search(schema.get("pattern", ""), value),
        "minimum": not isinstance(value, int) or value >= schema.get("minimum", value),
        "maximum": not isinstance(value, int) or value <= schema.get("maximum", value),
    }
    found = [f"{path}: {value!r} breaks {word}" for word, holds in right.items() if not holds]
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += faults(item, schema.get("items", {}), f"{path}[{index}]", defs)
    return found + (within(value, schema, path, defs) if isinstance(value, dict) else [])


def fitting(value: Any, forms: list[dict[str, Any]], path: str, defs: dict[str, Any]) -> int:
    return sum(not faults(value, form, path, defs) for form in forms)


def within(
    value: dict[str, Any], schema: dict[str, Any], path: str, defs: dict[str, Any]
) -> list[str]:
    properties = schema.get("properties", {})
    found = [f"{path}.{key}: missing" for key in schema.get("required", []) if key not in value]
    for key, item in value.items():
        if key not in properties and schema.get("additionalProperties") is False:
            found.append(f"{path}.{key}: unknown")
        found += faults(item, properties.get(key, {}), f"{path}.{key}", defs)
    return found


@pytest.mark.parametrize(
    ("of", "file", "schema"),
    [("spec", "experiments.v1.json", SCHEMA), ("assignment", "assignment.v1.json", GRADED)],
)
def test_the_checked_in_schema_is_the_generated_one(
    of: str, file: str, schema: dict[str, Any]
) -> None:
    written = (ROOT / "schema" / file).read_text(encoding="utf-8")
    assert json.loads(written) == schema, f"type: .venv/bin/runner schema --of {of} > schema/{file}"


def test_experiments_yaml_fits_the_schema() -> None:
    text = (ROOT / "experiments.yaml").read_text(encoding="utf-8")
    assert faults(yaml.safe_load(text), SCHEMA) == []


def test_schemastore_gets_the_schema_of_a_spec_in_draft_7() -> None:
    folder = ROOT / "schema" / "schemastore"
    entry = json.loads((folder / "catalog-entry.json").read_text(encoding="utf-8"))
    sent = json.loads((folder / "iolab-1.json").read_text(encoding="utf-8"))
    assert sent == schemastore_schema(), "type: runner schema --of schemastore > this file"
    assert (
        sent["$id"]
        == entry["url"]
        == entry["versions"][str(sent["properties"]["version"]["const"])]
    )
    assert entry["fileMatch"] == [f"*{suffix}" for suffix in SUFFIXES]
    definitions = sent["definitions"]
    experiments = yaml.safe_load((ROOT / "experiments.yaml").read_text(encoding="utf-8"))
    assert faults(experiments, sent, defs=definitions) == []
    assert faults({"version": 1, "experimants": []}, sent, defs=definitions)
    assert "$defs" not in json.dumps(sent)


def test_the_effective_text_fits_the_schema() -> None:
    suite = load(ROOT / "experiments.yaml", labs=False)
    assert faults(yaml.safe_load(effective(suite)), SCHEMA) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"defaults": {"warmup": 500}},
        {"defaults": {"repeet": 5}},
        {"version": 2},
        {"experiments": [{"id": "A", "title": "t", "server": {"lab": "x"}}]},
        {"experiments": [{"id": "a", "title": "t", "server": {"lab": "x", "language": "java"}}]},
        {
            "experiments": [
                {"id": "a", "title": "t", "server": {"lab": "x"}, "fleet": {"payload": 64}}
            ]
        },
        {"experiments": [{"id": "a", "title": "t", "server": {"lab": "x"}, "expect": [{}]}]},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(wrong: dict[str, Any]) -> None:
    right = {"version": 1, "experiments": [{"id": "a", "title": "t", "server": {"lab": "x"}}]}
    assert faults(right, SCHEMA) == []
    assert faults(right | wrong, SCHEMA) != []


@BOTH
def test_every_field_is_described_for_the_editor(schema: dict[str, Any]) -> None:
    silent = [
        f"{name}.{field}"
        for name, model in {**schema["$defs"], "": schema}.items()
        for field, form in model.get("properties", {}).items()
        if field != "version" and "description" not in form and "$ref" not in form
    ]
    assert silent == []


@BOTH
def test_the_schema_knows_no_null(schema: dict[str, Any]) -> None:
    assert "null" not in json.dumps(schema)
