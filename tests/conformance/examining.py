"""Servers held against cases of the contract, as a run does it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from runner import measure, plan
from runner.engine.box import Engine
from runner.records.outcome import Outcome
from runner.spec import load

HOST = plan.Host(1 << 16, (0, 1))
SPEC = """
version: 1
experiments:
  - id: contract
    title: Does the server keep the contract?
    measure: conformance
    server: {{lab: {lab}, language: {language}}}
    fleet: {{case: [{cases}]}}
    repeat: 1
    seed: {seed}
"""


def trials_of(
    folder: Path, lab: str, language: str, cases: Collection[str], seed: int = 42
) -> tuple[plan.Trial, ...]:
    """One trial a case. The lab is one of the project, or lies in `labs` of the folder."""
    spec = folder / "spec.yaml"
    text = SPEC.format(lab=lab, language=language, cases=", ".join(cases), seed=seed)
    spec.write_text(text, encoding="utf-8")
    return plan.expand(load(spec), HOST).trials


def examined(engine: Engine, trials: Collection[plan.Trial]) -> Mapping[str, Outcome]:
    """The outcome of each case; trials run side by side."""
    programs = dict.fromkeys(each for trial in trials for each in measure.programs(trial))
    problems = engine.prepare(programs, print)
    assert not problems, problems
    outcomes = {}
    for group in plan.turn_groups(trials):
        for trial, outcome in zip(group, measure.run_all(group, engine, {}), strict=True):
            outcomes[str(trial.cell.get("case"))] = outcome
    return outcomes


def told(outcomes: Mapping[str, Outcome]) -> str:
    """For the message of an assertion."""
    return "\n".join(f"{case}: {each.status} {each.reason}" for case, each in outcomes.items())
