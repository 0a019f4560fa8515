"""A judged run becomes what was measured, and whether the prediction was right. Pure.

The judge decides: PASS is right, FAIL is wrong. Where noise leaves it undecided, the prediction is
right if it lies in the measured interval. What is INVALID, and what this machine cannot run, has no
value here: nothing is taught from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from runner.judge.run import CellSummary, Run
from runner.judge.verdict import Check, Decision, Verdict
from runner.learn.ask import Asked, Prediction
from runner.learn.question import Measured, Number, Order, Value, Values, labs_of
from runner.records.outcome import Outcome
from runner.trace.classification import UNKNOWN
from runner.words.format import bound, sentence, text
from runner.words.verdict import reason


class Result(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "open"  # noise: neither
    INVALID = "invalid"  # no measurement that anything may be taught from
    LACKS = "lacks"  # this machine cannot run it


@dataclass(frozen=True, slots=True)
class Reading:
    """`value`, `low` and `high` in the learner's unit; `value` None where nothing was measured, and
    then `why` says it. `order` has the metric of each lab. `judged` is the judge's own line."""

    result: Result
    value: Value | None = None
    low: float | None = None
    high: float | None = None
    order: Mapping[str, float] = field(default_factory=dict)
    figures: Values = field(default_factory=dict)
    why: str = ""
    judged: str = ""

    @property
    def measured(self) -> Measured | None:
        return None if self.value is None else Measured(self.value, self.figures)


def read(asked: Asked, run: Run) -> Reading:
    """The run is that of `ask.spec_text`: one experiment, one expectation."""
    verdict = run.verdicts[0]
    cells = run.cells(run.suite.experiments[0])
    check = verdict.deciding
    judged = f"{verdict.outcome}: {_expected(asked, verdict)}"
    if check is None or not (check.interval or check.values):
        lacks = verdict.outcome is Decision.SKIP
        result = Result.LACKS if lacks else Result.INVALID
        return Reading(result, why=reason(verdict), judged=judged)
    if isinstance(asked.question.form, Order):
        return _order(asked, asked.question.form, verdict, cells)
    return _one(asked, verdict.outcome, check, cells, judged)


def _expected(asked: Asked, verdict: Verdict) -> str:
    """The expectation that the prediction became, in the learner's unit."""
    form, predicted = asked.question.form, asked.prediction
    subject = sentence(verdict.expectation).removesuffix(" of every cell")
    if not isinstance(form, Number) or not isinstance(predicted, float) or form.exact:
        return f"{subject} {bound(verdict.expectation)}"
    off = form.off(predicted)
    low, high = text(max(0.0, predicted - off)), text(predicted + off)
    return f"{subject} from {low} to {high} {form.unit}".rstrip()


def _one(
    asked: Asked, outcome: Decision, check: Check, cells: list[CellSummary], judged: str
) -> Reading:
    form = asked.question.form
    scale = form.scale if isinstance(form, Number) else 1.0
    interval, figures = check.interval, _figures(cells)
    if interval is None:
        value = check.values[0]
        if value == UNKNOWN:
            return Reading(Result.INVALID, why="the tracer saw nothing that tells", judged=judged)
        shown = value / scale if isinstance(value, float | int) else value
        result = Result.RIGHT if outcome is Decision.PASS else Result.WRONG
        return Reading(result, shown, figures=figures, judged=judged)
    if interval.low is None or interval.high is None:
        why = "too few valid repeats on this machine at this moment"
        return Reading(Result.INVALID, why=why, judged=judged)
    low, high = interval.low / scale, interval.high / scale
    result = _result(outcome, asked.prediction, low, high)
    return Reading(result, interval.estimate / scale, low, high, {}, figures, judged=judged)


def _result(outcome: Decision, predicted: Prediction, low: float, high: float) -> Result:
    inside = isinstance(predicted, float) and low <= predicted <= high
    if outcome is Decision.PASS or inside:
        return Result.RIGHT
    return Result.WRONG if outcome is Decision.FAIL else Result.OPEN


def _order(asked: Asked, form: Order, verdict: Verdict, cells: list[CellSummary]) -> Reading:
    """Every lab must have been measured: half an order is none."""
    by_lab = {
        str(each.cell.get("lab")): middle
        for each in cells
        if (middle := each.median(form.metric)) is not None
    }
    missing = [lab for lab in labs_of(asked.variant) if lab not in by_lab]
    if missing:
        lacks = Decision.SKIP in {check.outcome for check in verdict.checks} or verdict.not_run
        why = reason(verdict) or f"{missing[0]} was not measured"
        return Reading(Result.LACKS if lacks else Result.INVALID, why=why)
    right = sorted(by_lab, key=by_lab.__getitem__)
    order = {lab: by_lab[lab] for lab in right}
    predicted = asked.prediction if isinstance(asked.prediction, tuple) else ()
    swapped = swaps(form, predicted, by_lab)
    result = Result.WRONG if swapped else Result.RIGHT
    figures: dict[str, Value] = {
        "swapped": swapped, "least": right[0], "most": right[-1],
        "least_value": order[right[0]], "most_value": order[right[-1]],
    }  # fmt: skip
    words = ", ".join(f"{lab} {number:.2f}" for lab, number in order.items())
    judged = f"{form.metric}: {words}"
    return Reading(result, " ".join(right), order=order, figures=figures, judged=judged)


def swaps(form: Order, predicted: tuple[str, ...], by_lab: Mapping[str, float]) -> int:
    """How many pairs stand the wrong way round; a tie stands both ways."""
    return sum(
        by_lab[first] > by_lab[later] * (1 + form.tie)
        for place, first in enumerate(predicted)
        for later in predicted[place + 1 :]
    )


def _figures(cells: list[CellSummary]) -> dict[str, Value]:
    """All metrics of a single cell, and the findings of its first trial, numbers as medians."""
    if len(cells) != 1:
        return {}
    sound = cells[0].sound
    names = dict.fromkeys(name for trial in sound for name in trial.metrics)
    return {name: _middle([trial.metrics[name] for trial in sound if name in trial.metrics])
            for name in names} | _findings(sound)  # fmt: skip


def _findings(sound: tuple[Outcome, ...]) -> dict[str, Value]:
    return {
        f"{number}.{name}": value
        for trial in sound[:1]
        for number, finding in enumerate(trial.record.findings or ())
        for name, value in finding.items()
    }


def _middle(values: list[float | str]) -> Value:
    numbers = [value for value in values if isinstance(value, int | float)]
    return median(numbers) if len(numbers) == len(values) else str(values[0])
