"""A prediction becomes the expectation of a spec: the judge holds it against the trials, as it
holds every expectation of `runner run`. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from runner.learn.question import Name, Number, Order, Question, Value, Values, Written, labs_of

SOME = 0.001
"""A metric that was measured is at least so much; an expectation of 0 could not fail."""
Prediction = float | str | tuple[str, ...]
"""A number in the learner's unit, a name, or labs in their order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the variant that one learner got, with the prediction."""

    question: Question
    variant: Values
    prediction: Prediction


def spec_text(asked: Asked, seed: int) -> str:
    """A spec of one experiment. JSON is YAML as well."""
    question = asked.question
    experiment = {
        "id": question.id,
        "title": f"Prediction: {plain(asked.prediction)}",
        "repeat": 1,
        **question.experiment(asked.variant),
        "expect": [expectation(asked)],
    }
    defaults: Written = {"seed": seed, "budget": "45s", "timeout": "60s"}
    if question.timeless:
        defaults["disturbance"] = "100%"
    whole = {"version": 1, "defaults": defaults, "experiments": [experiment]}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def expectation(asked: Asked) -> Written:
    """Of an order, which no single expectation states, only that its metric was measured."""
    subject = asked.question.subject(asked.variant)
    match asked.question.form, asked.prediction:
        case Number() as form, float(predicted):
            return {**subject, **_bounds(form, predicted)}
        case Name(), str(name):
            return {**subject, "equals": name}
        case Order() as form, tuple():
            of = {"lab": [*labs_of(asked.variant)]}
            return {"metric": form.metric, "of": of, "at_least": SOME}
        case _:
            raise TypeError(f"{asked.question.id}: {asked.prediction!r} has another form")


def _bounds(form: Number, predicted: float) -> Written:
    if form.exact:
        return {"equals": _bound(form, predicted)}
    off = form.off(predicted)
    least: Written = {"at_least": _bound(form, predicted - off)} if predicted > off else {}
    return {**least, "at_most": _bound(form, predicted + off)}


def _bound(form: Number, predicted: float) -> int | float | str:
    number = predicted * form.scale
    if form.written:
        return f"{round(number)}{form.written}"
    return int(number) if number == int(number) else float(f"{number:.6g}")


def plain(value: Value | Prediction) -> str:
    """As a learner would type it."""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str):
        return value
    return f"{value:.10g}"
