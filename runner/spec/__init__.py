"""The spec: YAML to validated data. Nothing else in the project knows YAML.

    suite = load("experiments.yaml", ["defaults.repeat=3"])

`load` raises SpecError and nothing else; each of its problems is one line for the user.
"""

from __future__ import annotations

from runner.kinds import METRICS, RENAMED
from runner.spec.assignment import PROVABLE, REFERENCE, SUBMISSION, Assignment, Check
from runner.spec.chosen import chosen, lent
from runner.spec.effective import effective
from runner.spec.exchange import Exchange
from runner.spec.expect import (
    Expectation,
    FindingExpectation,
    MetricExpectation,
    RatioExpectation,
)
from runner.spec.fleet import Drive, Fleet, drive_of
from runner.spec.labs import probes_root
from runner.spec.load import HIDDEN, check_labs, load, load_assignment
from runner.spec.matrix import AXES, Cell, Language, Selector, Value, shown_value
from runner.spec.model import Defaults, Experiment, Limits, Probe, Server
from runner.spec.own_files import located, program_file
from runner.spec.own_server import OwnServer
from runner.spec.pairing import pairs
from runner.spec.problem import Key, Position, Problem, Source, SpecError, WrongError, problem_at
from runner.spec.schema import assignment_schema, json_schema, schemastore_schema
from runner.spec.suite import Suite
from runner.spec.variant import Full, Quick, Timing

__all__ = [
    "AXES",
    "HIDDEN",
    "METRICS",
    "PROVABLE",
    "REFERENCE",
    "RENAMED",
    "SUBMISSION",
    "Assignment",
    "Cell",
    "Check",
    "Defaults",
    "Drive",
    "Exchange",
    "Expectation",
    "Experiment",
    "FindingExpectation",
    "Fleet",
    "Full",
    "Key",
    "Language",
    "Limits",
    "MetricExpectation",
    "OwnServer",
    "Position",
    "Probe",
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
    "WrongError",
    "assignment_schema",
    "check_labs",
    "chosen",
    "drive_of",
    "effective",
    "json_schema",
    "lent",
    "load",
    "load_assignment",
    "located",
    "pairs",
    "probes_root",
    "problem_at",
    "program_file",
    "schemastore_schema",
    "shown_value",
]
