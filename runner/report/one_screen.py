"""How a run ends on a terminal: one line for each experiment with its answer, what is open and what
would decide it, the counts, where the report is. As many lines as the terminal has. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from runner.claims.of_run import Ruled
from runner.judge import WORST_FIRST, Decision
from runner.judge.run import Run
from runner.report.answer import Answer, answers
from runner.report.fit import fold, wide
from runner.report.summary_line import closing, noise
from runner.words.remedy import remedy

FILE_WIDTH = 160
"""Of a line that goes to a file or a pipe."""
_URGENT = {str(decision): number for number, decision in enumerate(WORST_FIRST[:-1])}
OPEN = 4
"""Lines about what is open; the report has them all."""


def one_screen(
    run: Run, claims: Ruled, width: int | None = None, height: int | None = None, report: str = ""
) -> str:
    """`report` is the path of report.html; empty where it was not written."""
    last = fold([*noise(run), closing(run)], width)
    last += [f"report: {report}"] if report else []
    undecided = list(_open(run, width or FILE_WIDTH))
    taken = sum(part.count("\n") + 1 for part in [*undecided, *last]) + 3
    rows = _fitting(answers(run, claims), None if height is None else height - taken)
    lines = [_line(each, rows, width or FILE_WIDTH) for each in rows]
    left = len(run.experiments()) - len(rows)
    if left:
        lines.append(f"and {left} more, which the report has")
    return "\n".join([*lines, *([""] if lines else []), *undecided, *last])


def _fitting(every: Sequence[Answer], lines: int | None) -> list[Answer]:
    """Where there is no room for all, those that need no look are left out first."""
    if lines is None or len(every) <= lines:
        return list(every)
    urgent = sorted(every, key=lambda each: _URGENT.get(each.outcome, len(_URGENT)))
    kept = urgent[: max(lines - 1, 1)]
    return [each for each in every if each in kept]


def _line(answer: Answer, rows: Sequence[Answer], width: int) -> str:
    """The figure first: the end of a line is what is cut."""
    outcome = max(len(each.outcome) for each in rows)
    kept = max(len(each.kept) for each in rows)
    name = max(len(each.experiment) for each in rows)
    line = f"{answer.outcome:<{outcome}}  {answer.kept:>{kept}}  {answer.experiment:<{name}}  "
    return _cut(line + answer.short, width)


def _cut(line: str, width: int) -> str:
    if wide(line) <= width:
        return line
    while wide(line) > width - 1:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _open(run: Run, width: int) -> Iterator[str]:
    """By what would decide them, the most frequent first."""
    undecided = [
        (remedy(v), v) for v in run.verdicts if v.outcome not in (Decision.PASS, Decision.FAIL)
    ]
    counts = Counter(what for what, _ in undecided)
    for number, (what, count) in enumerate(counts.most_common()):
        if number == OPEN:
            yield f"open: {sum(counts.values())} in all; the report names each"
            return
        own = [v for w, v in undecided if w == what]
        where = Counter(v.experiment for v in own)
        named = ", ".join(f"{name} {n}" if n > 1 else name for name, n in where.items())
        yield _cut(f"open: {count} ({named}): it takes {what or 'another run'}", width)
