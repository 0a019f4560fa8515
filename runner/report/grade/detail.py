"""What a check shows beside its result, line by line, as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.grade.proof.ruling import NOT_PROVEN
from runner.grade.record import CheckGrade, Grade, ProofRow, Seen, State
from runner.words.format import text

COLUMNS = ("enforced", "untraced", "traced", "behaves")
"""Of the proof, from the box to the load."""
DIFFERS = ("fact", "here", "grader", "can_change")
"""The heads of a table of differences."""


def titles(grade: Grade) -> dict[str, str]:
    return {check.id: check.title for check in grade.checks}


def partly(grade: Grade) -> list[str]:
    """The words for what was left out of the assignment on purpose."""
    return [part for part in ("public", "untimed") if getattr(grade, part)]


def unmet(check: CheckGrade, grade: Grade, texts: Mapping[str, str]) -> str:
    """Which checks kept it from running, by their titles."""
    if not check.unmet:
        return ""
    named = titles(grade)
    return texts["unmet"].format(names=texts["comma"].join(named.get(n, n) for n in check.unmet))


def withheld(check: CheckGrade) -> bool:
    """Whether its details were taken away, because it is hidden from this reader."""
    known = check.expected or check.reason or check.hint or check.state is State.WAITING
    return check.hidden and not known


def reason(check: CheckGrade) -> str:
    """Why it did not pass; empty where `unmet` says it by titles."""
    return "" if check.unmet else check.reason


def hinted(check: CheckGrade) -> bool:
    return bool(check.hint) and check.state in (State.FAIL, State.INCONCLUSIVE)


def lines(check: CheckGrade, grade: Grade, texts: Mapping[str, str]) -> Iterator[str]:
    """Everything that the reader may see of it, for formats that take one text a check."""
    colon = texts["colon"]
    if withheld(check):
        yield texts["hidden_check"]
    if check.unmet:
        yield unmet(check, grade, texts)
    for each in check.expected:
        yield f"{texts['expected']}{colon}{each.expected}"
        yield f"{texts['seen']}{colon}{each.seen} → {texts[each.state]}"
    if reason(check):
        yield f"{texts['reason']}{colon}{reason(check)}"
    if hinted(check):
        yield f"{texts['hint']}{colon}{check.hint}"


def short(check: CheckGrade, grade: Grade, texts: Mapping[str, str]) -> str:
    """The same in one line, for formats that take one message a check."""
    missed = [each for each in check.expected if each.state is not State.PASS]
    if missed and not check.unmet:
        first = missed[0]
        return f"{texts['expected']} {first.expected}, {texts['seen']} {first.seen}"
    line = next(lines(check, grade, texts), "")
    return line or texts[f"about_{check.state}"]


def cell(row: ProofRow, column: str, texts: Mapping[str, str]) -> str:
    """What a column says of a claim: its value, and whether that agrees."""
    seen = next((each for each in row.seen if each.column == column), None)
    if seen is None or (not seen.value and seen.agrees is None):
        return "–"
    if seen.agrees is None:
        return seen.value
    word = texts["agrees" if seen.agrees else "contradicts"]
    return f"{seen.value} ({word})" if seen.value else word


def evidence(row: ProofRow, texts: Mapping[str, str]) -> Iterator[str]:
    """The reasons, contradictions first."""
    if row.why:
        yield row.why
    order: tuple[bool | None, ...] = (False, True, None)
    for seen in sorted(row.seen, key=lambda each: order.index(each.agrees)):
        said = row.ruling == NOT_PROVEN and seen.agrees is None  # `why` names each silent column
        if seen.why and not said:
            yield f"{_name(seen, texts)}{texts['colon']}{seen.why}"


def sentences(grade: Grade, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The evidence for every claim of the proof: the claim, and a sentence. Where the checks that
    examine the model were not run, that alone."""
    seen = any(each.agrees is not None for row in grade.proof for each in row.seen)
    not_run = any(check.state in (State.NEEDS, State.WAITING) for check in grade.checks)
    if grade.proof and not seen and not_run:
        yield texts["proof"], texts["nothing_seen"]
        return
    for row in grade.proof:
        yield from ((row.claim, each) for each in evidence(row, texts))


def _name(seen: Seen, texts: Mapping[str, str]) -> str:
    return texts[seen.column] if seen.column in COLUMNS else seen.column


def differs(grade: Grade, texts: Mapping[str, str]) -> str:
    """What stands above the differences; empty where the grade is no student's own."""
    if not grade.public or grade.machine is None:
        return ""
    if grade.grader is None:
        return texts["differs_unknown"]
    return texts["differs_known" if grade.differs else "differs_nothing"]


def differences(grade: Grade, texts: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """What differs, here, at the grader, and what that can change."""
    for each in grade.differs:
        yield each.what, each.here, each.grader or texts["not_known"], each.effect


def facts(grade: Grade, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where, when and with what it was graded."""
    given = grade.submission
    yield texts["submission"], f"{given.name} (SHA-256 {given.sha256[:16]})"
    yield texts["language"], given.language or "–"
    yield texts["files"], f"{given.files:,}"
    yield texts["bytes"], f"{given.size:,}"
    yield (
        texts["graded"],
        f"{grade.started} ({texts['seconds'].format(seconds=text(grade.seconds))})",
    )
    yield texts["engine"], grade.engine
    if grade.kernel:
        yield texts["kernel"], grade.kernel
    yield texts["seed"], str(grade.seed)
    if grade.spec_hash:
        yield texts["spec"], grade.spec_hash[:16]


def remarks(grade: Grade, texts: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Lists below the tables, each with its heading."""
    for heading, entries in (
        ("lacks", grade.lacks),
        ("notes", grade.notes),
    ):
        if entries:
            yield texts[heading], entries
