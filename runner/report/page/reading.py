"""How to read an experiment's figures: sentences made from its verdicts and rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.judge import Decision, Verdict
from runner.judge.cause import Straddles
from runner.judge.run import CellSummary, Run
from runner.plural import number_of
from runner.report import rank
from runner.report.answer import headline
from runner.report.table import legend
from runner.report.why import reasons
from runner.spec import METRICS, Experiment, MetricExpectation, RatioExpectation
from runner.stats.interval import CONFIDENCE
from runner.words.format import bound, sentence
from runner.words.verdict import measured, title


def reading(run: Run, experiment: Experiment, rows: Sequence[CellSummary]) -> tuple[str, ...]:
    own = [verdict for verdict in run.verdicts if verdict.experiment == experiment.id]
    said = list(_verdict(headline(own))) if own else []
    metric = experiment.kind.ranked_by
    remark = rank.remark(rows, metric) if metric else None
    return (*said, *reasons(experiment, rows), *([remark] if remark else []))


def notes(experiment: Experiment, rows: Sequence[CellSummary]) -> dict[str, str]:
    """What the heads of the table mean, by head."""
    return dict(line.split(": ", 1) for line in legend(experiment, rows))


def _verdict(verdict: Verdict) -> Iterator[str]:
    expectation, check = verdict.expectation, verdict.deciding
    if isinstance(expectation, RatioExpectation):
        meaning = METRICS[expectation.ratio].meaning
        yield f"“{title(verdict)}” is a ratio ({sentence(expectation)}) of: {meaning}."
    elif isinstance(expectation, MetricExpectation):
        yield f"“{title(verdict)}” is about: {METRICS[expectation.metric].meaning}."
    if check is None:
        return
    if check.interval is None:
        if check.values:
            yield (
                f"It is a count or a name, which noise does not change: every repeat has to keep "
                f"the bound {bound(expectation)}, and so it has no interval."
            )
        return
    interval = check.interval
    if interval.low is None or interval.high is None:
        yield (
            f"The estimate {measured(verdict)} has no interval yet: "
            f"{number_of(check.repeats, 'repeat')} are too few for one, and nothing is decided."
        )
        return
    yield (
        f"The estimate is {measured(verdict)}, from {number_of(check.repeats, 'repeat')}: the "
        f"true value lies in the brackets. All intervals of this run together are right with a "
        f"chance of {CONFIDENCE:.0%}."
    )
    yield _decision(verdict)


def _decision(verdict: Verdict) -> str:
    limit, check = bound(verdict.expectation), verdict.deciding
    margin = check.margin if check is not None else None
    match verdict.outcome:
        case Decision.PASS:
            spare = "" if margin is None else f", with {margin:+.0%} to spare"
            return f"The whole interval keeps the bound {limit}{spare}: PASS."
        case Decision.FAIL:
            return f"The whole interval lies on the other side of the bound {limit}: FAIL."
    if check is not None and isinstance(check.cause, Straddles):
        return (
            f"The bound {limit} lies inside the interval, so both are possible: INCONCLUSIVE. "
            "More repeats make the interval narrower."
        )
    return f"It is {verdict.outcome}: the data do not carry a decision about {limit}."
