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
from runner.report.page.engine import render
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
    remarks: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[tuple[str, str], ...]
    states: tuple[str, ...]


def to_html(grade: Grade, view: View) -> bytes:
    texts = words(view.language)
    page = _page(seen_by(grade, view), texts)
    return render("grade.html", texts["html"], page=page, says=texts).encode()


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
        remarks=tuple(detail.remarks(grade, texts)),
        facts=tuple(detail.facts(grade, texts)),
        states=tuple(dict.fromkeys(str(check.state) for check in grade.checks)),
    )


<<<<<<< HEAD
def _page(grade: Grade, texts: Texts) -> Iterator[str]:
    title = shown(grade.title) or "–"
    yield f'<!doctype html>\n<html lang="{texts["html"]}">\n<head>\n<meta charset="utf-8">'
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}{texts['colon']}{shown(grade.submission.name)}</title>"
    yield f"<style>{CSS}</style>\n</head>\n<body>\n<main>"
    yield from _head(grade, title, texts)
    yield from _overview(grade, texts)
    for number, check in enumerate(grade.checks, 1):
        yield from _check(number, check, grade, texts)
    if grade.proof:
        yield from _proof(grade, texts)
    yield from _differs(grade, texts)
    yield from _foot(grade, texts)
    yield "</main>\n</body>\n</html>"


def _head(grade: Grade, title: str, texts: Texts) -> Iterator[str]:
    yield f"<header>\n<h1>{title}</h1>"
    yield f'<p class="score">{escape(score.headline(grade, texts))}</p>'
    yield f"<p>{texts['submission']}{texts['colon']}{shown(grade.submission.name)}</p>"
    if not score.counts(grade):
        yield f'<p class="note">{shown(score.why_no_score(grade, texts))}</p>'
    for part in detail.partly(grade):
        yield f'<p class="note">{texts[part]}</p>'
    yield "</header>"


def _overview(grade: Grade, texts: Texts) -> Iterator[str]:
    yield f'<section>\n<h2 id="checks">{texts["checks"]}</h2>'
    rows = [
        f'<tr><td class="result {check.state}">{texts[check.state]}</td>'
        f'<td class="points">{score.of_check(check)}</td>'
        f'<th scope="row"><a href="#check-{number}">{shown(name(check, texts))}</a></th></tr>'
=======
def _overview(grade: Grade, texts: Texts) -> Sheet:
    rows = tuple(
        (
            Entry(texts[check.state], str(check.state)),
            Entry(score.of_check(check)),
            Entry(name(check, texts), link=f"#check-{number}"),
        )
>>>>>>> f690963 (A class on one page: grades.html beside grades.csv; a grade's report has the templates and the style of a run's)
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
<<<<<<< HEAD


def _differs(grade: Grade, texts: Texts) -> Iterator[str]:
    intro = detail.differs(grade, texts)
    if not intro:
        return
    yield f"<section>\n<h2>{texts['differs']}</h2>\n<p>{intro}</p>"
    rows = [
        f'<tr><th scope="row">{shown(what)}</th><td>{shown(here)}</td><td>{shown(grader)}</td>'
        f"<td>{shown(effect)}</td></tr>"
        for what, here, grader, effect in detail.differences(grade, texts)
    ]
    if rows:
        yield from _table([texts[each] for each in detail.DIFFERS], rows)
    yield "</section>"


def _foot(grade: Grade, texts: Texts) -> Iterator[str]:
    for heading, entries in detail.remarks(grade, texts):
        items = "\n".join(f"<li>{shown(each)}</li>" for each in entries)
        yield f"<section>\n<h2>{heading}</h2>\n<ul>\n{items}\n</ul>\n</section>"
    yield f"<footer>\n<h2>{texts['about']}</h2>\n<dl>"
    for key, fact in detail.facts(grade, texts):
        yield f"<dt>{key}</dt><dd>{shown(fact)}</dd>"
    yield f"</dl>\n<h3>{texts['states']}</h3>\n<dl>"
    for state in dict.fromkeys(check.state for check in grade.checks):
        yield f'<dt class="{state}">{texts[state]}</dt><dd>{texts[f"about_{state}"]}</dd>'
    yield "</dl>\n</footer>"


def _table(heads: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    yield '<div class="scroll">\n<table>\n<thead><tr>'
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead>\n<tbody>"
    yield from rows
    yield "</tbody>\n</table>\n</div>"
=======
>>>>>>> f690963 (A class on one page: grades.html beside grades.csv; a grade's report has the templates and the style of a run's)
