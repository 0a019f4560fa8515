"""`report.html` of a graded submission: from the same templates and style as the report of a run.
It needs no network and no script either. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.grade.record import CheckGrade, Expected, Grade, ProofRow
from runner.report.grade import detail, score
from runner.report.grade.terminal import name
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.page.engine import fixed, render
from runner.report.page.view import Entry, Sheet
from runner.words.format import text

Texts = Mapping[str, str]
AGREES: Mapping[bool | None, str] = {True: "agrees", False: "contradicts", None: ""}

RULINGS = {"PROVEN": "PASS", "CONTRADICTED": "FAIL", "NOT PROVEN": "INCONCLUSIVE"}
"""The classes of the style sheet."""


@dataclass(frozen=True, slots=True)
class CheckPart:
    """`first` are sentences that stand in place of details; `reason` is a line each."""

    title: str
    state: str
    points: str
    first: tuple[str, ...]
    expected: Sheet | None
    reason: tuple[str, ...]
    hint: str
    evidence: str


@dataclass(frozen=True, slots=True)
class GradePage:
    title: str
    score: str
    submission: str
    notes: tuple[str, ...]
    overview: Sheet
    checks: tuple[CheckPart, ...]
    proof: Sheet | None
    evidence: tuple[tuple[str, str], ...]
    differs: str
    """What stands above the differences; empty where there is no such section."""
    differences: Sheet | None
    remarks: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[tuple[str, str], ...]
    states: tuple[str, ...]


def to_html(grade: Grade, view: View) -> bytes:
    texts = words(view.language)
    page = _page(seen_by(grade, view), texts)
    return render("grade.html", texts["html"], page=page, says=fixed(texts)).encode()


def _page(grade: Grade, texts: Texts) -> GradePage:
    why = score.why_no_score(grade, texts)
    return GradePage(
        title=grade.title or "–",
        score=score.headline(grade, texts),
        submission=grade.submission.name,
        notes=(*([why] if why else []), *(texts[part] for part in detail.partly(grade))),
        overview=_overview(grade, texts),
        checks=tuple(_check(check, grade, texts) for check in grade.checks),
        proof=_proof(grade, texts) if grade.proof else None,
        evidence=tuple(detail.sentences(grade, texts)),
        differs=detail.differs(grade, texts),
        differences=_differences(grade, texts),
        remarks=tuple(detail.remarks(grade, texts)),
        facts=tuple(detail.facts(grade, texts)),
        states=tuple(dict.fromkeys(str(check.state) for check in grade.checks)),
    )


def _overview(grade: Grade, texts: Texts) -> Sheet:
    rows = tuple(
        (
            Entry(texts[check.state], str(check.state)),
            Entry(score.of_check(check)),
            Entry(name(check, texts), link=f"#check-{number}"),
        )
        for number, check in enumerate(grade.checks, 1)
    )
    return Sheet((texts["result"], texts["points"], texts["check"]), (True, False, True), rows)


def _check(check: CheckGrade, grade: Grade, texts: Texts) -> CheckPart:
    return CheckPart(
        title=name(check, texts),
        state=str(check.state),
        points=score.of_check(check),
        first=tuple(_first(check, grade, texts)),
        expected=_expectations(check.expected, texts) if check.expected else None,
        reason=tuple(detail.reason(check).split("\n")) if detail.reason(check) else (),
        hint=check.hint if detail.hinted(check) else "",
        evidence=_evidence(check, texts) if check.trials else "",
    )


def _first(check: CheckGrade, grade: Grade, texts: Texts) -> Iterator[str]:
    if detail.withheld(check):
        yield texts["hidden_check"]
    if check.unmet:
        yield detail.unmet(check, grade, texts)


def _evidence(check: CheckGrade, texts: Texts) -> str:
    took = texts["seconds"].format(seconds=text(check.seconds))
    return f"{', '.join(check.trials)}; {took}"


def _expectations(every: tuple[Expected, ...], texts: Texts) -> Sheet:
    rows = tuple(
        (
            Entry(each.expected),
            Entry(each.seen),
            Entry(texts[each.state], str(each.state)),
            Entry(f"{score.amount(each.earned)}/{score.amount(each.points)}"),
        )
        for each in every
    )
    heads = (texts["expected"], texts["seen"], texts["result"], texts["points"])
    return Sheet(heads, (True, True, True, False), rows)


def _proof(grade: Grade, texts: Texts) -> Sheet:
    heads = tuple(texts[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling"))
    rows = tuple(_claim(row, texts) for row in grade.proof)
    return Sheet(heads, (True,) * len(heads), rows)


def _differences(grade: Grade, texts: Texts) -> Sheet | None:
    rows = tuple(tuple(map(Entry, row)) for row in detail.differences(grade, texts))
    heads = tuple(texts[each] for each in detail.DIFFERS)
    return Sheet(heads, (True,) * len(heads), rows) if rows else None


def _claim(row: ProofRow, texts: Texts) -> tuple[Entry, ...]:
    agrees = {each.column: each.agrees for each in row.seen}
    return (
        Entry(row.claim),
        Entry(row.demanded),
        *(
            Entry(detail.cell(row, column, texts), AGREES[agrees.get(column)])
            for column in detail.COLUMNS
        ),
        Entry(row.ruling, RULINGS.get(row.ruling, "")),
    )
