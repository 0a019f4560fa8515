"""`report.md`: the report in Markdown. Every text of a submission shows as itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from runner.grade.record import CheckGrade, Grade
from runner.report.grade import detail, score
from runner.report.grade.terminal import name
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import disarmed, escaped

_MORE = {"_": "\\_", "~": "\\~", "$": "&#36;", "://": ":&#47;/", "www.": "www&#46;"}
"""Beside what `escaped` does: emphasis, formulas, and addresses that would become links."""


_MARKER = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))")
"""What begins a list or underlines a heading."""


def to_markdown(grade: Grade, view: View) -> bytes:
    texts = words(view.language)
    return (disarmed("\n\n".join(_parts(seen_by(grade, view), texts))) + "\n").encode()


def shown(text: str) -> str:
    """One line, in which no character means anything to Markdown."""
    safe = escaped(text)
    for sign, instead in _MORE.items():
        safe = safe.replace(sign, instead)
    return _MARKER.sub(r"\1\\", safe, count=1)


def _parts(grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    yield f"# {shown(grade.title) or '–'}"
    yield f"**{score.headline(grade, texts)}** ({shown(grade.submission.name)})"
    if not score.counts(grade):
        yield f"> {shown(score.why_no_score(grade, texts))}"
    for part in detail.partly(grade):
        yield f"> {texts[part]}"
    yield f"## {texts['checks']}"
    yield _table(
        ("", texts["check"], texts["result"], texts["points"]),
        [
            (str(number), shown(name(check, texts)), texts[check.state], score.of_check(check))
            for number, check in enumerate(grade.checks, 1)
        ],
    )
    for number, check in enumerate(grade.checks, 1):
        yield from _check(number, check, grade, texts)
    if grade.proof:
        yield from _proof(grade, texts)
    yield from _differs(grade, texts)
    for heading, entries in detail.remarks(grade, texts):
        yield f"## {heading}"
        yield "\n".join(f"- {shown(each)}" for each in entries)
    yield f"## {texts['about']}"
    yield _table(("", ""), [(key, shown(fact)) for key, fact in detail.facts(grade, texts)])
    met = dict.fromkeys(check.state for check in grade.checks)
    yield f"## {texts['states']}"
    yield "\n".join(f"- {texts[state]}{texts['colon']}{texts[f'about_{state}']}" for state in met)


def _check(number: int, check: CheckGrade, grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    heading = f"### {number}. {shown(name(check, texts))}{texts['colon']}{texts[check.state]}"
    yield f"{heading} {score.of_check(check)}"
    if detail.withheld(check):
        yield texts["hidden_check"]
    if check.unmet:
        yield shown(detail.unmet(check, grade, texts))
    if check.expected:
        heads = (texts["expected"], texts["seen"], texts["result"], texts["points"])
        yield _table(
            heads,
            [
                (
                    shown(each.expected),
                    shown(each.seen),
                    texts[each.state],
                    f"{score.amount(each.earned)}/{score.amount(each.points)}",
                )
                for each in check.expected
            ],
        )
    if detail.reason(check):
        lines = "<br>".join(shown(line) for line in detail.reason(check).split("\n"))
        yield f"**{texts['reason']}**{texts['colon']}{lines}"
    if detail.hinted(check):
        yield f"**{texts['hint']}**{texts['colon']}{shown(check.hint)}"


def _differs(grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    intro = detail.differs(grade, texts)
    if not intro:
        return
    yield f"## {texts['differs']}"
    yield intro
    rows = [tuple(map(shown, row)) for row in detail.differences(grade, texts)]
    if rows:
        yield _table([texts[each] for each in detail.DIFFERS], rows)


def _proof(grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    yield f"## {texts['proof']}"
    heads = [texts[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling")]
    yield _table(
        heads,
        [
            (
                shown(row.claim),
                shown(row.demanded),
                *(shown(detail.cell(row, column, texts)) for column in detail.COLUMNS),
                f"**{shown(row.ruling)}**",
            )
            for row in grade.proof
        ],
    )
    lines = [
        f"- **{shown(claim)}**{texts['colon']}{shown(each)}"
        for claim, each in detail.sentences(grade, texts)
    ]
    if lines:
        yield "\n".join(lines)
    yield texts["proof_about"]
    yield texts["columns"]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)
