"""The report on a terminal: one table, the checks that did not pass in full, the proof. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.grade.record import CheckGrade, Grade
from runner.report.grade import detail, mark
from runner.report.grade.aligned import aligned
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import disarmed, plain


def to_text(grade: Grade, view: View) -> bytes:
    seen = seen_by(grade, view)
    return report(seen, words(view.language), every=view.instructor).encode()


def report(grade: Grade, says: Mapping[str, str], *, every: bool = False) -> str:
    """`grade` is what the reader may see. With `every` also the checks that passed are in full."""
    shown = [check for check in grade.checks if every or mark.lost(check)]
    return _page(grade, says, _table(grade, says), *(_full(check, grade, says) for check in shown))


def about(grade: Grade, says: Mapping[str, str]) -> str:
    """The same without the checks, for platforms that show these themselves."""
    return _page(grade, says)


def _page(grade: Grade, says: Mapping[str, str], *checks: str) -> str:
    colon = says["colon"].rstrip()
    parts = [
        f"{plain(grade.title)}{says['colon']}{plain(grade.submission.name)}",
        mark.headline(grade, says),
        plain(mark.why_no_score(grade, says)),
        *(says[part] for part in detail.partly(grade)),
        *checks,
        *_proof(grade, says),
        *(
            "\n".join([f"{heading}{colon}", *(f"  {plain(each)}" for each in entries)])
            for heading, entries in detail.remarks(grade, says)
        ),
        "\n".join(f"{key}{says['colon']}{plain(fact)}" for key, fact in detail.facts(grade, says)),
    ]
    return disarmed("\n\n".join(part for part in parts if part)) + "\n"


def name(check: CheckGrade, says: Mapping[str, str]) -> str:
    """A check's title, and what is special about it."""
    kinds = [says[kind] for kind in ("hidden", "bonus") if getattr(check, kind)]
    title = check.title or check.id or "–"
    return f"{title} ({says['comma'].join(kinds)})" if kinds else title


def _table(grade: Grade, says: Mapping[str, str]) -> str:
    rows = [
        (says[check.state], mark.of_check(check), plain(name(check, says)))
        for check in grade.checks
    ]
    heads = (says["result"], says["points"], says["check"])
    return aligned(heads, rows, right=(1,))


def _full(check: CheckGrade, grade: Grade, says: Mapping[str, str]) -> str:
    told = (each for line in detail.lines(check, grade, says) for each in line.split("\n"))
    first = f"{says[check.state]} {mark.of_check(check)} {plain(name(check, says))}"
    return "\n".join([first, *(f"  {plain(each)}" for each in told)])


def _proof(grade: Grade, says: Mapping[str, str]) -> Iterator[str]:
    if not grade.proof:
        return
    heads = [says[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling")]
    rows = [
        [
            plain(row.claim),
            plain(row.demanded),
            *(plain(detail.cell(row, column, says)) for column in detail.COLUMNS),
            plain(row.ruling),
        ]
        for row in grade.proof
    ]
    yield f"{says['proof']}\n\n{aligned(heads, rows)}"
    told = [
        f"{plain(row.claim)}{says['colon']}{plain(each)}"
        for row in grade.proof
        for each in detail.evidence(row, says)
    ]
    if told:
        yield "\n".join(told)
