"""For GitHub Actions: annotations beside the spec's lines, and the summary of a step. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from runner.judge import Decision
from runner.judge.run import Run
from runner.report.sanitize import escaped, guarded, plain
from runner.report.summary_line import closing, origin
from runner.report.table import judged, render
from runner.spec import Experiment, Key
from runner.words.format import bound
from runner.words.verdict import measured, reason, title

SUMMARY_BYTES = 1 << 20
"""What GitHub accepts from one step; it refuses a larger file as a whole."""
OWN_BYTES = 256 << 10
"""The most that one run uses of it: a step may have several runs."""
ANNOTATIONS = 10
"""Of each kind in one step; GitHub drops the others silently."""

_KINDS = {
    Decision.FAIL: "error",
    Decision.ERROR: "error",
    Decision.INVALID: "warning",
    Decision.INCONCLUSIVE: "warning",
    Decision.SKIP: "notice",
}
_REST = "\n*The rest does not fit here; it is in the run folder, or printed by the command.*\n"


def annotation_lines(run: Run) -> list[str]:
    """Workflow commands, one line each: what is not PASS, at the line of its expectation."""
    every = list(_annotations(run))
    lines: list[str] = []
    for kind in ("error", "warning", "notice"):
        own = [line for line in every if line.startswith(f"::{kind} ")]
        if len(own) <= ANNOTATIONS:
            lines += own
            continue
        more = len(own) - ANNOTATIONS + 1
        lines += own[: ANNOTATIONS - 1]
        lines.append(f"::{kind} title=and {more} more::see the step summary or report.md")
    return lines


def step_summary(run: Run, taken: int) -> str:
    """Markdown to be appended to a summary of which `taken` bytes are used: all tables where they
    fit, else the verdicts, else as many lines of them as fit, else nothing."""
    room = min(OWN_BYTES, SUMMARY_BYTES - taken)
    safe = guarded(run, escaped)
    verdicts = _page(safe, _verdicts(safe))
    for text in (_page(safe, render(safe, "github")), verdicts):
        if len(text.encode()) <= room:
            return text
    return cut(verdicts, taken)


def cut(text: str, taken: int) -> str:
    """As many whole lines as fit, and that it was cut; nothing where hardly any does."""
    room = min(OWN_BYTES, SUMMARY_BYTES - taken)
    if len(text.encode()) <= room:
        return text
    kept, left = [], room - len(_REST.encode())
    for line in text.splitlines(keepends=True):
        left -= len(line.encode())
        if left < 0:
            break
        kept.append(line)
    return "".join([*kept, _REST]) if kept else ""


def _page(run: Run, body: str) -> str:
    first = escaped(origin(run))
    where = f"{first}\n\n" if first else ""
    return f"## {escaped(run.name)}: {closing(run)}\n\n{where}{body.strip()}\n\n"


def _verdicts(run: Run) -> str:
    """What is not PASS first."""
    ranked = sorted(run.verdicts, key=lambda verdict: list(Decision).index(verdict.outcome))
    return judged(ranked, "github") if ranked else ""


def _annotations(run: Run) -> Iterator[str]:
    for index, experiment in enumerate(run.suite.experiments):
        for verdict in run.verdicts:
            if verdict.experiment == experiment.id and verdict.outcome in _KINDS:
                figures = f"measured {measured(verdict)}, bound {bound(verdict.expectation)}"
                message = f"{title(verdict)}: {figures}. {reason(verdict)}"
                place = _place(run, ("experiments", index, "expect", verdict.index))
                yield _command(verdict.outcome, place, experiment, message)
        for record in run.unjudged(experiment):
            place = _place(run, ("experiments", index))
            message = f"{record.cell.name}: {record.status}: {record.reason}"
            yield _command(Decision(record.status), place, experiment, message)


def _command(outcome: Decision, place: str, experiment: Experiment, message: str) -> str:
    title = _property(f"{experiment.id}: {outcome}")
    return f"::{_KINDS[outcome]} {place}title={title}::{_data(message)}"


def _place(run: Run, key: Key) -> str:
    """Where it is written: a path inside the workspace, never one outside."""
    place = run.suite.source.at(key)
    if not place.file or place.file.startswith(("/", "..")):
        return ""
    line = f",line={place.line}" if place.line else ""
    return f"file={_property(place.file)}{line},"


def _data(text: str) -> str:
    return plain(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
