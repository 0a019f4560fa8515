"""A verdict in words: what was measured, why it was not decided, what a reader must know. Pure."""

from __future__ import annotations

from runner.judge import Check, Verdict
from runner.judge.verdict import Sides
from runner.spec import METRICS, MetricExpectation, RatioExpectation
from runner.stats.spread import NOISY
from runner.words.cause import worded
from runner.words.format import ends, figure, sentence, text, unit_of

NO_DATA = "no data"


def title(verdict: Verdict) -> str:
    return verdict.expectation.title or sentence(verdict.expectation)


def covers(verdict: Verdict) -> str:
    """How many cells, or pairs of cells, were checked; empty where it is one."""
    count, left = len(verdict.checks), len(verdict.left_out)
    if not left:
        return f"{count} cells" if count > 1 else ""
    return f"{count} of {count + left} cells"


def measured(verdict: Verdict) -> str:
    """What the deciding check measured."""
    return observed(verdict, verdict.deciding) if verdict.deciding else NO_DATA


def observed(verdict: Verdict, check: Check) -> str:
    """The estimate with its interval, or the different values of a fact."""
    expectation, interval = verdict.expectation, check.interval
    scale = unit_of(expectation)
    if interval is None:
        return " / ".join(dict.fromkeys(figure(v, scale) for v in check.values)) or NO_DATA
    if isinstance(expectation, RatioExpectation):
        return f"×{text(interval.estimate)}{ends(interval, '×')}"
    unit = ""
    if isinstance(expectation, MetricExpectation) and not scale:
        unit = f" {METRICS[expectation.metric].unit}"
    return f"{figure(interval.estimate, scale)}{ends(interval, '', scale)}{unit}"


def reason(verdict: Verdict) -> str:
    """Why the deciding check has no data or no decision, and which cells did not run."""
    deciding = verdict.deciding
    if deciding is None:
        return "this run left its cells out"
    first = why(deciding)
    if not verdict.not_run:
        return first
    skipped = next(check for check in verdict.checks if not check.ran)
    cells = ", ".join(cell.name for cell in verdict.not_run)
    rest = f"{cells} did not run: {why(skipped)}"
    return f"{first}; {rest}" if deciding.ran and first else rest


def why(check: Check) -> str:
    return "" if check.cause is None else worded(check.cause)


def notes(verdict: Verdict) -> list[list[str]]:
    """Sentences beside the outcome, a list for each check; the first one also says which cells
    were left out, where points depend on them."""
    every = [_notes(check) for check in verdict.checks]
    left = [pair(sides) for sides in verdict.left_out]
    if left and verdict.points:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        # A verdict without checks has left nothing out, so there is a first one.
        without = f"no points without {left[0]}{more}, which this run left out: {title(verdict)}"
        every[0].append(without)
    return every


def pair(sides: Sides) -> str:
    of, to = sides
    return of.name if to is None else f"{of.name} ÷ {to.name}"


def _notes(check: Check) -> list[str]:
    noisy = [
        f"{each.cell.name}: a typical repeat is off the median by {text(each.deviation * 100)}%, "
        f"more than {NOISY:.0%}"
        for each in check.noise
    ]
    shared = ["server and load generator shared one CPU: the figures are of both together"]
    return [*noisy, *(shared if check.shared_cpu else [])]
