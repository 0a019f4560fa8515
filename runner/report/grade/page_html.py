"""`report.html`: one file that needs no network and no script. Pure.

Every text is escaped, and the page's policy forbids scripts and whatever lies outside of it, so
that a text that slipped through could still do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from runner.grade.record import CheckGrade, Expected, Grade, ProofRow
from runner.report.grade import detail, mark
from runner.report.grade.terminal import name
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import plain
from runner.words.format import text

Says = Mapping[str, str]
CSS = files("runner.report.grade").joinpath("report.css").read_text("utf-8")


def to_html(grade: Grade, view: View) -> bytes:
    says = words(view.language)
    return ("\n".join(_page(seen_by(grade, view), says)) + "\n").encode()


def shown(text: str) -> str:
    """One line that no browser takes for anything but text."""
    return escape(plain(text))


def _page(grade: Grade, says: Says) -> Iterator[str]:
    title = shown(grade.title) or "–"
    yield f'<!doctype html>\n<html lang="{says["html"]}">\n<head>\n<meta charset="utf-8">'
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}{says['colon']}{shown(grade.submission.name)}</title>"
    yield f"<style>{CSS}</style>\n</head>\n<body>\n<main>"
    yield from _head(grade, title, says)
    yield from _overview(grade, says)
    for number, check in enumerate(grade.checks, 1):
        yield from _check(number, check, grade, says)
    if grade.proof:
        yield from _proof(grade, says)
    yield from _foot(grade, says)
    yield "</main>\n</body>\n</html>"


def _head(grade: Grade, title: str, says: Says) -> Iterator[str]:
    yield f"<header>\n<h1>{title}</h1>"
    yield f'<p class="score">{escape(mark.headline(grade, says))}</p>'
    yield f"<p>{says['submission']}{says['colon']}{shown(grade.submission.name)}</p>"
    if not mark.counts(grade):
        yield f'<p class="note">{shown(mark.why_no_score(grade, says))}</p>'
    for part in detail.partly(grade):
        yield f'<p class="note">{says[part]}</p>'
    yield "</header>"


def _overview(grade: Grade, says: Says) -> Iterator[str]:
    yield f'<section>\n<h2 id="checks">{says["checks"]}</h2>'
    rows = [
        f'<tr><td class="result {check.state}">{says[check.state]}</td>'
        f'<td class="points">{mark.of_check(check)}</td>'
        f'<th scope="row"><a href="#check-{number}">{shown(name(check, says))}</a></th></tr>'
        for number, check in enumerate(grade.checks, 1)
    ]
    yield from _table((says["result"], says["points"], says["check"]), rows)
    yield "</section>"


def _check(number: int, check: CheckGrade, grade: Grade, says: Says) -> Iterator[str]:
    yield f'<section class="check" aria-labelledby="check-{number}">'
    yield f'<h3 id="check-{number}">{number}. {shown(name(check, says))}</h3>'
    result = f'<span class="verdict {check.state}">{says[check.state]}</span>'
    yield f"<p>{result} {mark.of_check(check)} {says['points']}</p>"
    if detail.withheld(check):
        yield f"<p>{says['hidden_check']}</p>"
    if check.unmet:
        yield f"<p>{shown(detail.unmet(check, grade, says))}</p>"
    if check.expected:
        heads = (says["expected"], says["seen"], says["result"], says["points"])
        yield from _table(heads, [_expected(each, says) for each in check.expected])
    if detail.reason(check):
        told = "<br>".join(shown(line) for line in detail.reason(check).split("\n"))
        yield f"<p><strong>{says['reason']}</strong>{says['colon']}{told}</p>"
    if detail.hinted(check):
        yield f"<p><strong>{says['hint']}</strong>{says['colon']}{shown(check.hint)}</p>"
    if check.trials:
        took = says["seconds"].format(seconds=text(check.seconds))
        names = shown(", ".join(check.trials))
        yield f'<p class="faint">{says["evidence"]}{says["colon"]}{names}; {took}</p>'
    yield "</section>"


def _expected(each: Expected, says: Says) -> str:
    return (
        f"<tr><td>{shown(each.expected)}</td><td>{shown(each.seen)}</td>"
        f'<td class="result {each.state}">{says[each.state]}</td>'
        f'<td class="points">{mark.amount(each.earned)}/{mark.amount(each.points)}</td></tr>'
    )


def _proof(grade: Grade, says: Says) -> Iterator[str]:
    yield f"<section>\n<h2>{says['proof']}</h2>"
    heads = [says[each] for each in ("claim", "demanded", *detail.COLUMNS, "ruling")]
    yield from _table(heads, [_claim(row, says) for row in grade.proof])
    told = [
        f"<li><strong>{shown(row.claim)}</strong>{says['colon']}{shown(each)}</li>"
        for row in grade.proof
        for each in detail.evidence(row, says)
    ]
    if told:
        yield "<ul>\n" + "\n".join(told) + "\n</ul>"
    yield f'<p class="faint">{says["proof_about"]}</p>\n<p class="faint">{says["columns"]}</p>'
    yield "</section>"


def _claim(row: ProofRow, says: Says) -> str:
    agrees = {each.column: each.agrees for each in row.seen}
    kinds: Mapping[bool | None, str] = {True: "agrees", False: "contradicts", None: ""}
    cells = "".join(
        f'<td class="{kinds[agrees.get(column)]}">{shown(detail.cell(row, column, says))}</td>'
        for column in detail.COLUMNS
    )
    return (
        f'<tr><th scope="row">{shown(row.claim)}</th><td>{shown(row.demanded)}</td>{cells}'
        f'<td class="verdict">{shown(row.ruling)}</td></tr>'
    )


def _foot(grade: Grade, says: Says) -> Iterator[str]:
    for heading, entries in detail.remarks(grade, says):
        items = "\n".join(f"<li>{shown(each)}</li>" for each in entries)
        yield f"<section>\n<h2>{heading}</h2>\n<ul>\n{items}\n</ul>\n</section>"
    yield f"<footer>\n<h2>{says['about']}</h2>\n<dl>"
    for key, fact in detail.facts(grade, says):
        yield f"<dt>{key}</dt><dd>{shown(fact)}</dd>"
    yield f"</dl>\n<h3>{says['states']}</h3>\n<dl>"
    for state in dict.fromkeys(check.state for check in grade.checks):
        yield f'<dt class="{state}">{says[state]}</dt><dd>{says[f"about_{state}"]}</dd>'
    yield "</dl>\n</footer>"


def _table(heads: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    yield '<div class="scroll">\n<table>\n<thead><tr>'
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead>\n<tbody>"
    yield from rows
    yield "</tbody>\n</table>\n</div>"
