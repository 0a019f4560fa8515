"""`grades.html`: a class on one page, beside the reports of its submissions. Pure.

Its numbers are those of `grades.csv`. The names are those of folders, which anyone chose: each is
text, and a link leads to nothing but the report in the folder of that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from markupsafe import Markup

from runner.grade.record import CheckGrade, Grade, State
from runner.report.grade import score
from runner.report.grade.class_figures import figures, percent
from runner.report.grade.detail import partly
from runner.report.grade.page_html import RULINGS
from runner.report.grade.per_check import CheckOfClass, checks_of_class
from runner.report.grade.terminal import kinds_of
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.page.engine import fixed, render
from runner.report.page.view import Entry, Sheet

NONE = "–"
LONGEST = 500
"""Characters of one text, as in `grades.csv`."""
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClassPage:
    title: str
    tally: str
    notes: tuple[str, ...]
    figures: tuple[Markup, ...]
    checks: Sheet
    submissions: Sheet
    reasons: tuple[tuple[str, str], ...]


def to_page(grades: Sequence[Grade], view: View) -> bytes:
    texts = words(view.language)
    seen = [seen_by(grade, view, LONGEST) for grade in grades]
    checks = checks_of_class(seen)
    page = ClassPage(
        title=texts["comma"].join(dict.fromkeys(each.title for each in seen)) or NONE,
        tally=_tally(seen, texts),
        notes=tuple(dict.fromkeys(texts[part] for grade in seen for part in partly(grade))),
        figures=tuple(figures(seen, checks, texts)),
        checks=_checks(checks, texts),
        submissions=_submissions(seen, checks, view.reports, texts),
        reasons=tuple(_reasons(seen, texts)),
    )
    return render("class.html", texts["html"], page=page, says=fixed(texts)).encode()


def _tally(grades: Sequence[Grade], texts: Texts) -> str:
    counted = [grade for grade in grades if score.counts(grade)]
    said = texts["class_tally"].format(count=len(grades), counted=len(counted))
    if not counted:
        return said
    shares = [grade.share for grade in counted]
    return said + texts["class_spread"].format(
        median=percent(median(shares)), low=percent(min(shares)), high=percent(max(shares))
    )


def _checks(checks: Sequence[CheckOfClass], texts: Texts) -> Sheet:
    """What costs points first; the states that no check has are left out."""
    states = [state for state in State if any(each.states.get(state) for each in checks)]
    heads = (
        texts["check"],
        *(texts[state] for state in states),
        texts["class_lost_axis"],
        texts["class_worth"],
        texts["class_lost_share"],
    )
    ordered = sorted(checks, key=lambda each: -each.all_lost)
    rows = tuple(
        (
            Entry(_titled(each, texts)),
            *(Entry(str(each.states.get(state, 0))) for state in states),
            Entry(score.amount(each.all_lost)),
            Entry(score.amount(each.worth)),
            Entry(percent(each.share) if each.worth else NONE),
        )
        for each in ordered
    )
    return Sheet(heads, (True, *(False,) * (len(heads) - 1)), rows)


def _titled(check: CheckOfClass, texts: Texts) -> str:
    """The title, and the name that the columns of the other table have."""
    named = f"{check.title} ({check.id})" if check.title else check.id
    kinds = kinds_of(check, texts)
    return f"{named} · {kinds}" if kinds else named


def _submissions(
    grades: Sequence[Grade], checks: Sequence[CheckOfClass], reports: str | None, texts: Texts
) -> Sheet:
    proven = any(grade.proof for grade in grades)
    heads = (
        texts["class_name"],
        texts["class_state"],
        texts["points"],
        texts["class_share"],
        *([texts["class_proof"]] if proven else []),
        *(each.id or NONE for each in checks),
        texts["class_missed"],
    )
    numbers = len(checks)
    left = (True, True, False, False, *([True] if proven else []), *(False,) * numbers, True)
    rows = tuple(_row(grade, checks, reports, texts, proven=proven) for grade in grades)
    return Sheet(heads, left, rows)


def _row(
    grade: Grade,
    checks: Sequence[CheckOfClass],
    reports: str | None,
    texts: Texts,
    *,
    proven: bool,
) -> tuple[Entry, ...]:
    scored, name = score.counts(grade), grade.submission.name
    own = {check.id: check for check in grade.checks}
    missed = [check.id for check in grade.checks if score.lost(check)]
    return (
        Entry(name or NONE, link=link_to(name, reports)),
        _state(grade, texts),
        Entry(
            f"{score.amount(score.total(grade))}/{score.amount(grade.points)}" if scored else NONE
        ),
        Entry(score.percent(grade) if scored else NONE),
        *([_proof(grade)] if proven else []),
        *(_points(own.get(each.id)) for each in checks),
        Entry(", ".join(missed) or NONE),
    )


def link_to(name: str, reports: str | None) -> str:
    """The report in the folder of that name, and no other file; empty where there is none."""
    if reports is None or name in ("", ".", "..") or "/" in name:
        return ""
    return f"{quote(reports)}/{quote(name, safe='')}/report.html"


def _state(grade: Grade, texts: Texts) -> Entry:
    if score.counts(grade):
        return Entry(texts["class_graded"], "PASS")
    state = State.UNGRADABLE if not grade.gradable else State.WAITING
    return Entry(texts[state], str(state))


def _proof(grade: Grade) -> Entry:
    """The ruling that says least for the submission."""
    rulings = [row.ruling for row in grade.proof]
    worst = next((each for each in ("CONTRADICTED", "NOT PROVEN") if each in rulings), "")
    found = worst or ("PROVEN" if rulings else NONE)
    return Entry(found, RULINGS.get(found, ""))


def _points(check: CheckGrade | None) -> Entry:
    if check is None or check.state in score.UNDECIDED:
        return Entry(NONE, "" if check is None else str(check.state))
    return Entry(score.amount(check.earned), str(check.state))


def _reasons(grades: Sequence[Grade], texts: Texts) -> Iterator[tuple[str, str]]:
    """Why a submission has no score: what the page says, and what its checks say."""
    for grade in grades:
        if not score.counts(grade):
            said = [check.reason for check in grade.checks if check.state in score.UNDECIDED]
            why = next(filter(None, said), "")
            yield (
                grade.submission.name or NONE,
                " ".join(filter(None, (score.why_no_score(grade, texts), why))),
            )
