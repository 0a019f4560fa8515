"""The spec: YAML to validated data. Nothing else in the project knows YAML.

    suite = load("experiments.yaml", ["defaults.repeat=3"])

`load` raises SpecError and nothing else; each of its problems is one line for the user.
"""

from __future__ import annotations

from runner.spec.effective import effective
from runner.spec.expect import Expectation, MetricExpectation, RatioExpectation
from runner.spec.load import check_labs, load
from runner.spec.matrix import AXES, Cell, Language, Selector, Value, shown_value
from runner.spec.metrics import METRICS, Measure, Metric
from runner.spec.model import (
    Defaults,
    Experiment,
    Fleet,
    Limits,
    Quick,
    Server,
    Suite,
    Timing,
)
from runner.spec.pairing import pairs
from runner.spec.problem import Place, Problem, Source, SpecError
from runner.spec.schema import json_schema

__all__ = [
    "AXES",
    "METRICS",
    "Cell",
    "Defaults",
    "Expectation",
    "Experiment",
    "Fleet",
    "Language",
    "Limits",
    "Measure",
    "Metric",
    "MetricExpectation",
    "Place",
    "Problem",
    "Quick",
    "RatioExpectation",
    "Selector",
    "Server",
    "Source",
    "SpecError",
    "Suite",
    "Timing",
    "Value",
    "check_labs",
    "effective",
    "json_schema",
    "load",
    "pairs",
    "shown_value",
]
