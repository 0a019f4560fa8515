"""Values that a spec writes in a notation of their own, such as 20ms: how pydantic reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

Value = TypeVar("Value")


class Notation(ABC, Generic[Value]):
    __slots__ = ()

    @abstractmethod
    def read(self, value: object) -> Value:
        """From YAML. Raises WrongError, with what to type."""

    def write(self, value: Value) -> object:
        """For a YAML file. It is read back as the same value."""
        return value

    @abstractmethod
    def json_schema(self) -> dict[str, object]:
        """Of what may be written, for editors."""

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.write, when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return self.json_schema()
