"""What each platform takes, written from its documentation and its reader, as strict models: a
field that the platform does not know, or of another type, is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    model_validator,
)

Points = (
    Annotated[StrictInt, Field(ge=0)] | Annotated[StrictFloat, Field(ge=0, allow_inf_nan=False)]
)
Whole = Annotated[int, Field(ge=0, strict=True)]
Text = Annotated[str, Field(min_length=1)]
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]
Format = Literal["text", "html", "simple_format", "md", "ansi"]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, value: Any) -> Any:
        """A field that is there has a value."""
        assert not isinstance(value, dict) or all(
            each is not None for name, each in value.items() if name != "id"
        )
        return value


class GradescopeTest(Strict):
    score: Points | None = None
    max_score: Points | None = None
    status: Literal["passed", "failed"] | None = None
    name: Text
    name_format: Format | None = None
    number: str
    output: str
    output_format: Format | None = None
    tags: list[str]
    visibility: Visibility
    extra_data: dict[str, Any]


class GradescopeBoard(Strict):
    name: str
    value: int | float | str
    order: Literal["asc", "desc"]


class Gradescope(Strict):
    score: Points | None = None
    execution_time: Points
    output: str
    output_format: Format
    test_output_format: Format
    test_name_format: Format
    visibility: Visibility
    stdout_visibility: Visibility
    extra_data: dict[str, Any]
    tests: list[GradescopeTest]
    leaderboard: list[GradescopeBoard] | None = None

    @model_validator(mode="after")
    def _scored_or_not(self) -> Gradescope:
        """With a score the tests have theirs; without one Gradescope must not add any up."""
        scored = {test.score is not None for test in self.tests}
        assert scored <= {self.score is not None}
        return self


class PrairieLearnTest(Strict):
    name: Text
    description: str
    points: Points | None = None
    max_points: Points | None = None
    message: str
    output: str


class PrairieLearn(Strict):
    gradable: StrictBool
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    format_errors: list[str] | None = None
    message: str
    output: str
    tests: list[PrairieLearnTest]

    @model_validator(mode="after")
    def _all_or_nothing(self) -> PrairieLearn:
        assert (self.score is not None) == self.gradable
        assert (self.format_errors is not None) != self.gradable
        given = {(test.points is None, test.max_points is None) for test in self.tests}
        assert given <= {(not self.gradable, not self.gradable)}
        return self


class Classroom50Test(BaseModel):
    model_config = ConfigDict(extra="allow")

    test_name: Text = Field(alias="test-name")
    passed: StrictBool
    score: Whole
    max_score: Whole = Field(alias="max-score")

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Classroom50Test:
        assert self.score <= self.max_score
        return self


class Classroom50Account(Strict):
    username: Text
    id: Annotated[int, Field(strict=True)] | None = None


class Classroom50(Strict):
    schema_: Literal["classroom50/result/v1"] = Field(alias="schema")
    classroom: Text
    assignment: Text
    assignment_type: Literal["individual", "group", "team"]
    owner: Text
    submission: Annotated[str, Field(pattern="^submit/")]
    commit: Text
    release: Text
    review: Text
    datetime: Time
    graded_at: Time | None = None
    score: Whole
    max_score: Whole = Field(alias="max-score")
    tests: list[Classroom50Test]
    submitted_by: Classroom50Account | None = None

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Classroom50:
        assert self.score <= self.max_score
        return self


class Autolab(Strict):
    scores: Annotated[dict[str, Points | None], Field(min_length=1)]
    scoreboard: list[Points | str] | None = None


def autolab(content: bytes) -> Autolab:
    """As Autolab reads it: the last line, in which `word:` gets quotation marks."""
    import re

    last = content.decode().rstrip().split("\n")[-1]
    return Autolab.model_validate(json.loads(re.sub(r"([a-zA-Z0-9]+):", r'"\1":', last)))
