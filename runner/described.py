"""JSON Schemas in which the docstring below a field is its description.

The sources are read when a schema is printed. pydantic's `use_attribute_docstrings` reads them each
time that a class is made: a seventh of the time in which a command starts.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


class Described(GenerateJsonSchema):
    """The `schema_generator` of a `json_schema` call."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _described(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _described(super().dataclass_schema(schema), schema["cls"])


def _described(made: JsonSchemaValue, cls: type[Any]) -> JsonSchemaValue:
    """A description that a field has already stays."""
    for each in cls.__mro__:
        if each.__module__.startswith("runner."):
            for name, text in _docstrings(each):
                if name in made.get("properties", {}):
                    made["properties"][name].setdefault("description", text)
    return made


def _docstrings(cls: type[Any]) -> Iterator[tuple[str, str]]:
    (definition,) = ast.parse(inspect.getsource(cls)).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, below in pairwise(body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
