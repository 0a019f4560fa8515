"""`report.md`: the report in Markdown. Every text of a submission shows as itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from runner.grade.record import CheckGrade, Grade
from runner.report.grade import detail, mark
from runner.report.grade.terminal import name
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import disarmed, escaped

_MORE = {"_": "\\_", "~": "\\~", "$": "&#36;", "://": ":&#47;/", "www.": "www&#46;"}
"""Beside what `escaped` does: emphasis, formulas, and addresses that would become links."""


_MARKER = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))")
"""What begins a list or underlines a heading."""


def to_markdown(grade: Grade, view: View) -> bytes:
    says = words(view.language)
    return (disarmed("\n\n".join(_parts(seen_by(grade, view), says))) + "\n").encode()


def shown(text: str) -> str:
    """One line, in which no character means anything to Markdown."""
    safe = escaped(text)
    for sign, instead in _MORE.items():
        safe = safe.replace(sign, instead)
    return _MARKER.sub(r"\1\\", safe, count=1)


def _parts(grade: Grade, says: Mapping[str, str]) -> Iterator[str]:
    yield f"# {shown(grade.title) or '–'}"
    yield f"**{mark.headline(grade, says)}** ({shown(grade.submission.name)})"
    if not mark.counts(grade):
        yield f"> {shown(mark.why_no_score(grade, says))}"
    for part in detail.partly(grade):
        yield f"> {says[part]}"
    yield f"## {says['checks']}"
    yield _table(
        ("", says["check"], says["result"], says["points"]),
        [
            (str(number), shown(name(check, says)), says[check.state], mark.of_check(check))
            for number, check in enumerate(grade.checks, 1)
        ],
    )
    for number, check in enumerate(grade.checks, 1):
        yield from _check(number, check, grade, says)
    if grade.proof:
        yield from _proof(grade, says)
    for heading, entries in detail.remarks(grade, says):
        yield f"## {heading}"
        yield "\n".join(f"- {shown(each)}" for each in entries)
    yield f"## {says['about']}"
    yield _table(("", ""), [(key, shown(fact)) for key, fact in detail.facts(grade, says)])
    met = dict.fromkeys(check.state for check in grade.checks)
    yield f"## {says['states']}"
    yield "\n".join(f"- {says[state]}{says['colon']}{says[f'about_{state}']}" for state in met)


def _check(number: int, check: CheckGrade, grade: Grade, says: Mapping[str, str]) -> Iterator[str]:
    heading = f"### {number}. {shown(name(check, says))}{says['colon']}{says[check.state]}"
    yield f"{heading} {mark.of_check(check)}"
    if detail.withheld(check):
        yield says["hidden_check"]
    if check.unmet:
        yield shown(detail.unmet(check, grade, says))
    if check.expected:
        heads = (says["expected"], says["seen"], says["result"], says["points"])
        yield _table(
            heads,
            [
                (
                    shown(each.expected),
                    shown(each.seen),
                    says[each.state],
                    f"{mark.amount(each.earned)}/{mark.amount(each.points)}",
                )
                for each in check.expected
            ],
        )
    if detail.reason(check):
        told = "<br>".join(shown(line) for line in detail.reason(check).split("\n"))
        yield f"**{says['reason']}**{says['colon']}{told}"
    if detail.hinted(check):
        yield f"**{says['hint']}**{says['colon']}{shown(check.hint)}"


def _proof(grade: Grade, says: Mapping[str, str]) -> Iterator[str]:
    yield f"## {says['proof']}"
    heads = [says[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling")]
    yield _table(
        heads,
        [
            (
                shown(row.claim),
                shown(row.demanded),
                *(shown(detail.cell(row, column, says)) for column in detail.COLUMNS),
                f"**{shown(row.ruling)}**",
            )
            for row in grade.proof
        ],
    )
    told = [
        f"- **{shown(row.claim)}**{says['colon']}{shown(each)}"
        for row in grade.proof
        for each in detail.evidence(row, says)
    ]
    if told:
        yield "\n".join(told)
    yield says["proof_about"]
    yield says["columns"]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)
