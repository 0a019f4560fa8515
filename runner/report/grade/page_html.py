"""`report.html`: one file that needs no network and no script. Pure.

Every text is escaped, and the page's policy forbids scripts and whatever lies outside of it, so
that a text that slipped through could still do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from runner.grade.record import CheckGrade, Expected, Grade, ProofRow
from runner.report.grade import detail, score
from runner.report.grade.terminal import name
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import plain
from runner.words.format import text

Texts = Mapping[str, str]
CSS = files("runner.report.grade").joinpath("report.css").read_text("utf-8")


def to_html(grade: Grade, view: View) -> bytes:
    texts = words(view.language)
    return ("\n".join(_page(seen_by(grade, view), texts)) + "\n").encode()


def shown(text: str) -> str:
    """One line that no browser takes for anything but text."""
    return escape(plain(text))


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
        for number, check in enumerate(grade.checks, 1)
    ]
    yield from _table((texts["result"], texts["points"], texts["check"]), rows)
    yield "</section>"


def _check(number: int, check: CheckGrade, grade: Grade, texts: Texts) -> Iterator[str]:
    yield f'<section class="check" aria-labelledby="check-{number}">'
    yield f'<h3 id="check-{number}">{number}. {shown(name(check, texts))}</h3>'
    result = f'<span class="verdict {check.state}">{texts[check.state]}</span>'
    yield f"<p>{result} {score.of_check(check)} {texts['points']}</p>"
    if detail.withheld(check):
        yield f"<p>{texts['hidden_check']}</p>"
    if check.unmet:
        yield f"<p>{shown(detail.unmet(check, grade, texts))}</p>"
    if check.expected:
        heads = (texts["expected"], texts["seen"], texts["result"], texts["points"])
        yield from _table(heads, [_expected(each, texts) for each in check.expected])
    if detail.reason(check):
        lines = "<br>".join(shown(line) for line in detail.reason(check).split("\n"))
        yield f"<p><strong>{texts['reason']}</strong>{texts['colon']}{lines}</p>"
    if detail.hinted(check):
        yield f"<p><strong>{texts['hint']}</strong>{texts['colon']}{shown(check.hint)}</p>"
    if check.trials:
        took = texts["seconds"].format(seconds=text(check.seconds))
        names = shown(", ".join(check.trials))
        yield f'<p class="faint">{texts["evidence"]}{texts["colon"]}{names}; {took}</p>'
    yield "</section>"


def _expected(each: Expected, texts: Texts) -> str:
    return (
        f"<tr><td>{shown(each.expected)}</td><td>{shown(each.seen)}</td>"
        f'<td class="result {each.state}">{texts[each.state]}</td>'
        f'<td class="points">{score.amount(each.earned)}/{score.amount(each.points)}</td></tr>'
    )


def _proof(grade: Grade, texts: Texts) -> Iterator[str]:
    yield f"<section>\n<h2>{texts['proof']}</h2>"
    heads = [texts[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling")]
    yield from _table(heads, [_claim(row, texts) for row in grade.proof])
    lines = [
        f"<li><strong>{shown(claim)}</strong>{texts['colon']}{shown(each)}</li>"
        for claim, each in detail.sentences(grade, texts)
    ]
    if lines:
        yield "<ul>\n" + "\n".join(lines) + "\n</ul>"
    yield f'<p class="faint">{texts["proof_about"]}</p>\n<p class="faint">{texts["columns"]}</p>'
    yield "</section>"


def _claim(row: ProofRow, texts: Texts) -> str:
    agrees = {each.column: each.agrees for each in row.seen}
    kinds: Mapping[bool | None, str] = {True: "agrees", False: "contradicts", None: ""}
    cells = "".join(
        f'<td class="{kinds[agrees.get(column)]}">{shown(detail.cell(row, column, texts))}</td>'
        for column in detail.COLUMNS
    )
    return (
        f'<tr><th scope="row">{shown(row.claim)}</th><td>{shown(row.demanded)}</td>{cells}'
        f'<td class="verdict">{shown(row.ruling)}</td></tr>'
    )


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
