"""The report on a terminal: one table, the checks that did not pass in full, the proof. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.grade.record import CheckGrade, Grade
from runner.report.grade import detail, score
from runner.report.grade.aligned import aligned
from runner.report.grade.per_check import CheckOfClass
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import disarmed, plain


def to_text(grade: Grade, view: View) -> bytes:
    seen = seen_by(grade, view)
    return report(seen, words(view.language), every=view.instructor).encode()


def report(grade: Grade, texts: Mapping[str, str], *, every: bool = False) -> str:
    """`grade` is what the reader may see. With `every` also the checks that passed are in full."""
    shown = [check for check in grade.checks if every or score.lost(check)]
    return _page(
        grade, texts, _table(grade, texts), *(_full(check, grade, texts) for check in shown)
    )


def about(grade: Grade, texts: Mapping[str, str]) -> str:
    """The same without the checks, for platforms that show these themselves."""
    return _page(grade, texts)


def _page(grade: Grade, texts: Mapping[str, str], *checks: str) -> str:
    colon = texts["colon"].rstrip()
    parts = [
        f"{plain(grade.title)}{texts['colon']}{plain(grade.submission.name)}",
        score.headline(grade, texts),
        plain(score.why_no_score(grade, texts)),
        *(texts[part] for part in detail.partly(grade)),
        *checks,
        *_proof(grade, texts),
        *_differs(grade, texts),
        *(
            "\n".join([f"{heading}{colon}", *(f"  {plain(each)}" for each in entries)])
            for heading, entries in detail.remarks(grade, texts)
        ),
        "\n".join(
            f"{key}{texts['colon']}{plain(fact)}" for key, fact in detail.facts(grade, texts)
        ),
    ]
    return disarmed("\n\n".join(part for part in parts if part)) + "\n"


def name(check: CheckGrade, texts: Mapping[str, str]) -> str:
    """A check's title, and what is special about it."""
    title, kinds = check.title or check.id or "–", kinds_of(check, texts)
    return f"{title} ({kinds})" if kinds else title


def kinds_of(check: CheckGrade | CheckOfClass, texts: Mapping[str, str]) -> str:
    """Whether it is hidden, whether it is a bonus; empty where neither."""
    return texts["comma"].join(texts[kind] for kind in ("hidden", "bonus") if getattr(check, kind))


def _table(grade: Grade, texts: Mapping[str, str]) -> str:
    rows = [
        (texts[check.state], score.of_check(check), plain(name(check, texts)))
        for check in grade.checks
    ]
    heads = (texts["result"], texts["points"], texts["check"])
    return aligned(heads, rows, right=(1,))


def _full(check: CheckGrade, grade: Grade, texts: Mapping[str, str]) -> str:
    lines = (each for line in detail.lines(check, grade, texts) for each in line.split("\n"))
    first = f"{texts[check.state]} {score.of_check(check)} {plain(name(check, texts))}"
    return "\n".join([first, *(f"  {plain(each)}" for each in lines)])


def _differs(grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    intro = detail.differs(grade, texts)
    if not intro:
        return
    lines = [f"{texts['differs']}{texts['colon'].rstrip()}", f"  {intro}"]
    for what, here, grader, effect in detail.differences(grade, texts):
        values = texts["difference"].format(what=what, here=here, grader=grader)
        lines += [f"  - {plain(values)}", f"    {plain(effect)}"]
    yield "\n".join(lines)


def _proof(grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    if not grade.proof:
        return
    heads = [texts[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling")]
    rows = [
        [
            plain(row.claim),
            plain(row.demanded),
            *(plain(detail.cell(row, column, texts)) for column in detail.COLUMNS),
            plain(row.ruling),
        ]
        for row in grade.proof
    ]
    yield f"{texts['proof']}\n\n{aligned(heads, rows)}"
    lines = [
        f"{plain(claim)}{texts['colon']}{plain(each)}"
        for claim, each in detail.sentences(grade, texts)
    ]
    if lines:
        yield "\n".join(lines)
