"""What was seen of a server that broke an expectation, beside the figure: one example. Pure.

A count says how often a rule was broken; a student needs to know where. The tracer's record names a
call and a descriptor, a probe says what the server did instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runner.grade.blame import server_of
from runner.records.outcome import Outcome
from runner.spec import SUBMISSION, Expectation, FindingExpectation, MetricExpectation
from runner.untrusted import clean

MOST = 3
_SHOWN = 160


def examples(expectation: Expectation, records: Iterable[Outcome]) -> list[str]:
    """Sentences, of the trials of the submission; a few at most."""
    own = [each for each in records if server_of(each.cell) == SUBMISSION]
    found: Iterable[str] = ()
    if isinstance(expectation, FindingExpectation):
        found = (text for each in own for text in _findings(expectation, each))
    elif isinstance(expectation, MetricExpectation):
        found = (text for each in own for text in _calls(expectation.metric, each))
    return list(dict.fromkeys(found))[:MOST]


def _findings(expectation: FindingExpectation, record: Outcome) -> Iterable[str]:
    """Where a probe says what it saw."""
    for fact in record.record.findings or ():
        about = all(fact.get(name) == value for name, value in expectation.where.items())
        if about and fact.get("seen") and fact.get(expectation.finding) != expectation.equals:
            words = [str(fact[name]) for name in ("case", "seen") if name in fact]
            yield clean(": ".join(words))[:_SHOWN]


def _calls(metric: str, record: Outcome) -> Sequence[str]:
    trace = record.record.trace
    counts = trace.counts if trace is not None else None
    broken = (counts or {}).get("rules_broken")
    text = broken.get(metric) if isinstance(broken, Mapping) else None
    return [f"for example: {clean(text)[:_SHOWN]}"] if isinstance(text, str) else []
